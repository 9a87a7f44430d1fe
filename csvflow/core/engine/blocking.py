"""What must see the last row before the first can go on: distinct, sort, query, whole tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import Rejection, RunError
from csvflow.core.engine import nodes as n
from csvflow.core.engine.naming import TABLE
from csvflow.core.engine.operators import (
    RESERVED_FIELDS,
    Operator,
    Out,
    Tally,
    conform,
    refuse,
    with_reserved,
)
from csvflow.core.engine.spool import Spool

if TYPE_CHECKING:
    from csvflow.core.engine.duck import Duck

_POSITION = "p"
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Room:
    """What a blocking operator may use."""

    scratch: Path
    memory_bytes: int
    threads: int
    now: datetime


class Blocking(Operator):
    """Puts all rows aside, then makes of them what goes on."""

    def __init__(self, before: pa.Schema, room: Room) -> None:
        self.before = before
        self.tally = Tally()
        self._room = room
        self._spool: Spool | None = None

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        if self._spool is None:
            self._spool = Spool(self._room.scratch, with_reserved(self.before))
        self._spool.write(batch)
        self.tally.rows_in += batch.num_rows
        return iter(())

    def finish(self) -> Iterator[Out]:
        if self._spool is None and not self.from_nothing:
            return
        if self._spool is None:
            self._spool = Spool(self._room.scratch, with_reserved(self.before))
        try:
            for made in self.release(self._spool):
                if isinstance(made, pa.RecordBatch):
                    self.tally.out += made.num_rows
                yield made
        finally:
            self.close()

    from_nothing = False
    """Whether something may come of no rows at all: a count is a row."""

    @abstractmethod
    def release(self, spool: Spool) -> Iterator[Out]:
        """Yield what comes of all rows."""

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()

    def _duck(self, threads: int) -> Duck:
        from csvflow.core.engine.duck import Duck  # noqa: PLC0415 - heavy, and not always needed

        return Duck(
            scratch=self._room.scratch, memory_bytes=self._room.memory_bytes, threads=threads
        )


class DistinctOperator(Blocking):
    """One row for each key: the first or the last as the rows came."""

    def __init__(self, node: n.Distinct, before: pa.Schema, room: Room) -> None:
        super().__init__(before, room)
        self._node = node

    def release(self, spool: Spool) -> Iterator[Out]:
        node = self._node
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

        node = self._node
        # Under numbers, not under their names, which DuckDB might take for one another.
        keys = [f"k{index}" for index in range(len(node.by))]
        fields = [
            pa.field(k, self.before.field(c).type) for k, c in zip(keys, node.by, strict=True)
        ]
        schema = pa.schema([*fields, pa.field(_POSITION, pa.int64())])

        def numbered() -> Iterator[pa.RecordBatch]:
            position = 0
            for batch in spool.read(list(dict.fromkeys(node.by))):
                numbers = _counted(position, batch.num_rows)
                position += batch.num_rows
                columns = [batch.column(name) for name in node.by]
                yield pa.RecordBatch.from_arrays([*columns, numbers], schema=schema)

        best = "min" if node.keep == "first" else "max"
        present = " AND ".join(f"{key} IS NOT NULL" for key in keys) if node.reject else "true"
        sql = (
            f"SELECT {best}({_POSITION}) AS w FROM k WHERE {present} "
            f"GROUP BY {', '.join(keys)} ORDER BY w"
        )
        duck = self._duck(self._room.threads)
        try:
            for batch in duck.stream(sql, {"k": Scan(schema, numbered)}):
                yield batch.column(0).to_numpy()
        finally:
            duck.close()

    def _reason(self, batch: pa.RecordBatch) -> _Repeated:
        return _Repeated(batch, self._node)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Says of a row which key it repeats."""

    batch: pa.RecordBatch
    node: n.Distinct

    def __call__(self, position: int) -> str:
        values = ", ".join(f"`{self.batch.column(c)[position]}`" for c in self.node.by)
        where = "earlier" if self.node.keep == "first" else "again later"
        return f"{values} stands {where} in the input, and must be unique"


class SortOperator(Blocking):
    """All rows by keys; equal ones as they came."""

    def __init__(self, node: n.Sort, before: pa.Schema, room: Room) -> None:
        super().__init__(before, room)
        self._node = node

    def release(self, spool: Spool) -> Iterator[Out]:
        from csvflow.core.engine.duck import Scan  # noqa: PLC0415

        schema = with_reserved(self.before)
        names = [f"c{index}" for index in range(len(schema))]
        seen = pa.schema(
            [field.with_name(name) for field, name in zip(schema, names, strict=True)]
            + [pa.field(_POSITION, pa.int64())]
        )

        def numbered() -> Iterator[pa.RecordBatch]:
            position = 0
            for batch in spool.read():
                numbers = _counted(position, batch.num_rows)
                position += batch.num_rows
                yield pa.RecordBatch.from_arrays([*batch.columns, numbers], schema=seen)

        order = "".join(
            f"{names[schema.names.index(name)]} {direction} NULLS LAST, "
            for name, direction in self._node.by
        )
        sql = f"SELECT {', '.join(names)} FROM s ORDER BY {order}{_POSITION}"
        duck = self._duck(self._room.threads)
        try:
            for batch in duck.stream(sql, {"s": Scan(seen, numbered)}):
                yield _typed(batch, schema)
        finally:
            duck.close()


class QueryOperator(Blocking):
    """The result of one SELECT; its rows are new ones, numbered from 1."""

    from_nothing = True

    def __init__(self, node: n.Select, before: pa.Schema, room: Room) -> None:
        super().__init__(before, room)
        self._node = node

    def release(self, spool: Spool) -> Iterator[Out]:
        from csvflow.core.engine.duck import DuckError, Scan  # noqa: PLC0415
        from csvflow.core.engine.plan import converted  # noqa: PLC0415

        node = self._node
        sql = node.query.sql(self._room.now)
        if not node.query.orders:
            # Groups come out in no order of their own, and every attempt must agree.
            sql = f"SELECT * FROM ({sql}\n) ORDER BY ALL"
        sql = converted(sql, node.columns)
        scan = Scan(self.before, lambda: spool.read(self.before.names))
        # One thread: the last digit of a sum of floats depends on the order of adding.
        duck = self._duck(1)
        numbered = _Numbered(self.tally)
        try:
            for batch in duck.stream(sql, {TABLE: scan}):
                yield from numbered(_typed(batch, node.schema))
        except DuckError as error:
            raise RunError(
                "run.step",
                f"the query failed: {error}",
                hint="`TRY_CAST` and `TRY(…)` give NULL where a value can't be computed",
            ) from None
        finally:
            duck.close()
        numbered.settle()


class WholeOperator(Blocking):
    """What a function makes of all rows, in memory; its rows are new ones."""

    from_nothing = True

    def __init__(self, node: n.MapAll, before: pa.Schema, room: Room) -> None:
        super().__init__(before, room)
        self._node = node

    def release(self, spool: Spool) -> Iterator[Out]:
        table = pa.Table.from_batches(list(spool.read(self.before.names)), schema=self.before)
        made = self._node.function(table)
        numbered = _Numbered(self.tally)
        for batch in made.to_batches(max_chunksize=_BATCH):
            yield from numbered(conform(batch, self._node.schema))
        numbered.settle()


class _Numbered:
    """Gives new rows their numbers, and accounts for them against those that went in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._rows = 0

    def __call__(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        if batch.num_rows:
            first = self._rows + 1
            self._rows += batch.num_rows
            numbers = _counted(first, batch.num_rows)
            lines = pa.nulls(batch.num_rows, pa.int64())
            yield pa.RecordBatch.from_arrays(
                [*batch.columns, numbers, lines],
                schema=pa.schema([*batch.schema, *RESERVED_FIELDS]),
            )

    def settle(self) -> None:
        """Count the rows that became fewer as folded, those that became more as added."""
        self._tally.folded += max(0, self._tally.rows_in - self._rows)
        self._tally.added += max(0, self._rows - self._tally.rows_in)


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


def _counted(first: int, count: int) -> pa.Array:
    # `pa.array` imports pandas to see whether it is given any: 400 ms.
    numbers = np.arange(first, first + count, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(numbers)])


def _booleans(mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.BooleanArray:
    bits = pa.py_buffer(np.packbits(mask, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits])


def _any_null(batch: pa.RecordBatch, columns: tuple[str, ...]) -> pa.BooleanArray:
    mask = batch.column(columns[0]).is_null()
    for name in columns[1:]:
        mask = pc.or_(mask, batch.column(name).is_null())
    return mask


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch under the names of a schema, its columns of that schema's types."""
    columns = [
        column if column.type == wanted.type else pc.cast(column, wanted.type)
        for column, wanted in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
