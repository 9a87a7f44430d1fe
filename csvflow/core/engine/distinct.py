"""One row for each key, in memory that doesn't grow with the keys.

DuckDB groups the keys, spilling if it must, and tells the places of the rows
that stay, in ascending order; a second reading of the spool lets these pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import Rejection
from csvflow.core.arrays import numbers
from csvflow.core.engine import nodes as n
from csvflow.core.engine.blocking import POSITION, Blocking, counted
from csvflow.core.engine.operators import Out, refuse
from csvflow.core.engine.spool import Spool


class DistinctOperator(Blocking[n.Distinct]):
    """One row for each key: the first or the last as the rows came."""

    def release(self, spool: Spool) -> Iterator[Out]:
        node = self.node
        winners = _Ascending(self._winners(spool))
        position = 0
        try:
            for batch in spool.read():
                mask = np.zeros(batch.num_rows, dtype=bool)
                mask[winners.below(position + batch.num_rows) - position] = True
                position += batch.num_rows
                kept = _booleans(mask)
                if node.reject is None:
                    self.tally.dropped += batch.num_rows - kept.true_count
                else:
                    kept = pc.or_(kept, _any_null(batch, node.by))
                    again = Rejection(pc.invert(kept), node.reject, node.by[0], self._reason(batch))
                    refused, _ = refuse(batch, [again], self.tally)
                    if refused:
                        yield refused
                if kept.true_count:
                    yield batch.filter(kept)
        finally:
            winners.close()

    def _winners(self, spool: Spool) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        from csvflow.core.engine.duck import Scan  # noqa: PLC0415

        node = self.node
        # Under numbers, not under their names, which DuckDB might take for one another.
        keys = [f"k{index}" for index in range(len(node.by))]
        fields = [
            pa.field(k, self.before.field(c).type) for k, c in zip(keys, node.by, strict=True)
        ]
        schema = pa.schema([*fields, pa.field(POSITION, pa.int64())])

        def numbered() -> Iterator[pa.RecordBatch]:
            position = 0
            for batch in spool.read(list(dict.fromkeys(node.by))):
                numbers = counted(position, batch.num_rows)
                position += batch.num_rows
                columns = [batch.column(name) for name in node.by]
                yield pa.RecordBatch.from_arrays([*columns, numbers], schema=schema)

        best = "min" if node.keep == "first" else "max"
        present = " AND ".join(f"{key} IS NOT NULL" for key in keys) if node.reject else "true"
        sql = (
            f"SELECT {best}({POSITION}) AS w FROM k WHERE {present} "
            f"GROUP BY {', '.join(keys)} ORDER BY w"
        )
        with closing(self.duck(self.room.threads)) as duck:
            for batch in duck.stream(sql, {"k": Scan(schema, numbered)}):
                yield numbers(batch.column(0))

    def _reason(self, batch: pa.RecordBatch) -> _Repeated:
        return _Repeated(batch, self.node)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Says of a row which key it repeats."""

    batch: pa.RecordBatch
    node: n.Distinct

    def __call__(self, position: int) -> str:
        values = ", ".join(f"`{self.batch.column(c)[position]}`" for c in self.node.by)
        where = "earlier" if self.node.keep == "first" else "again later"
        return f"{values} stands {where} in the input, and must be unique"


class _Ascending:
    """Ascending numbers that arrive in pieces, taken up to a bound at a time."""

    def __init__(self, pieces: Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> None:
        self._pieces = pieces
        self._rest = np.empty(0, dtype=np.int64)

    def below(self, bound: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return the numbers below the bound that weren't returned yet."""
        taken = []
        while True:
            cut = int(np.searchsorted(self._rest, bound))
            taken.append(self._rest[:cut])
            self._rest = self._rest[cut:]
            if len(self._rest):
                break
            following = next(self._pieces, None)
            if following is None:
                break
            self._rest = following
        return np.concatenate(taken)

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def _booleans(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.BooleanArray:
    bits = pa.py_buffer(np.packbits(mask, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits])


def _any_null(batch: pa.RecordBatch, columns: tuple[str, ...]) -> pa.BooleanArray:
    mask = batch.column(columns[0]).is_null()
    for name in columns[1:]:
        mask = pc.or_(mask, batch.column(name).is_null())
    return mask
