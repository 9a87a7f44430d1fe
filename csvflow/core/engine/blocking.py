"""What must see the last row before the first can go on: sort, query, whole tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import RunError
from csvflow.core.engine import nodes as n
from csvflow.core.engine.naming import TABLE
from csvflow.core.engine.operators import (
    RESERVED_FIELDS,
    Operator,
    Out,
    Tally,
    conform,
    with_reserved,
)
from csvflow.core.engine.spool import Spool

if TYPE_CHECKING:
    from csvflow.core.engine.duck import Duck

POSITION = "p"
"""The column that says where in the spool a row stands."""
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Room:
    """What a blocking operator may use."""

    scratch: Path
    memory_bytes: int
    threads: int
    now: datetime


N = TypeVar("N")


class Blocking(Operator, Generic[N]):
    """Puts all rows aside, then makes of them what its node says."""

    def __init__(self, node: N, before: pa.Schema, room: Room) -> None:
        self.node = node
        self.before = before
        self.tally = Tally()
        self.room = room
        self._spool: Spool | None = None

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        if self._spool is None:
            self._spool = Spool(self.room.scratch, with_reserved(self.before))
        self._spool.write(batch)
        self.tally.rows_in += batch.num_rows
        return iter(())

    def finish(self) -> Iterator[Out]:
        if self._spool is None and not self.from_nothing:
            return
        if self._spool is None:
            self._spool = Spool(self.room.scratch, with_reserved(self.before))
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

    def duck(self, threads: int) -> Duck:
        """Return a connection of its own, to be closed."""
        from csvflow.core.engine.duck import Duck  # noqa: PLC0415 - heavy, and not always needed

        return Duck(scratch=self.room.scratch, memory_bytes=self.room.memory_bytes, threads=threads)


class SortOperator(Blocking[n.Sort]):
    """All rows by keys; equal ones as they came."""

    def release(self, spool: Spool) -> Iterator[Out]:
        from csvflow.core.engine.duck import Scan  # noqa: PLC0415

        schema = with_reserved(self.before)
        names = [f"c{index}" for index in range(len(schema))]
        seen = pa.schema(
            [field.with_name(name) for field, name in zip(schema, names, strict=True)]
            + [pa.field(POSITION, pa.int64())]
        )

        def numbered() -> Iterator[pa.RecordBatch]:
            position = 0
            for batch in spool.read():
                numbers = counted(position, batch.num_rows)
                position += batch.num_rows
                yield pa.RecordBatch.from_arrays([*batch.columns, numbers], schema=seen)

        order = "".join(
            f"{names[schema.names.index(name)]} {direction} NULLS LAST, "
            for name, direction in self.node.by
        )
        sql = f"SELECT {', '.join(names)} FROM s ORDER BY {order}{POSITION}"
        with closing(self.duck(self.room.threads)) as duck:
            for batch in duck.stream(sql, {"s": Scan(seen, numbered)}):
                yield _typed(batch, schema)


class QueryOperator(Blocking[n.Select]):
    """The result of one SELECT; its rows are new ones, numbered from 1."""

    from_nothing = True

    def release(self, spool: Spool) -> Iterator[Out]:
        from csvflow.core.engine.duck import DuckError, Scan  # noqa: PLC0415
        from csvflow.core.engine.plan import converted  # noqa: PLC0415

        node = self.node
        sql = node.query.sql(self.room.now)
        if not node.query.orders:
            # Groups come out in no order of their own, and every attempt must agree.
            sql = f"SELECT * FROM ({sql}\n) ORDER BY ALL"
        sql = converted(sql, node.columns)
        scan = Scan(self.before, lambda: spool.read(self.before.names))
        numbered = _Numbered(self.tally)
        try:
            # One thread: the last digit of a sum of floats depends on the order of adding.
            with closing(self.duck(1)) as duck:
                for batch in duck.stream(sql, {TABLE: scan}):
                    yield from numbered(_typed(batch, node.schema))
        except DuckError as error:
            raise RunError(
                "run.step",
                f"the query failed: {error}",
                hint="`TRY_CAST` and `TRY(…)` give NULL where a value can't be computed",
            ) from None
        numbered.settle()


class WholeOperator(Blocking[n.MapAll]):
    """What a function makes of all rows, in memory; its rows are new ones."""

    from_nothing = True

    def release(self, spool: Spool) -> Iterator[Out]:
        table = pa.Table.from_batches(list(spool.read(self.before.names)), schema=self.before)
        made = self.node.function(table)
        numbered = _Numbered(self.tally)
        for batch in made.to_batches(max_chunksize=_BATCH):
            yield from numbered(conform(batch, self.node.schema))
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
            numbers = counted(first, batch.num_rows)
            lines = pa.nulls(batch.num_rows, pa.int64())
            yield pa.RecordBatch.from_arrays(
                [*batch.columns, numbers, lines],
                schema=pa.schema([*batch.schema, *RESERVED_FIELDS]),
            )

    def settle(self) -> None:
        """Count the rows that became fewer as folded, those that became more as added."""
        self._tally.folded += max(0, self._tally.rows_in - self._rows)
        self._tally.added += max(0, self._rows - self._tally.rows_in)


def counted(first: int, count: int) -> pa.Array:
    """Return so many numbers from the first."""
    # `pa.array` imports pandas to see whether it is given any: 400 ms.
    numbers = np.arange(first, first + count, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(numbers)])


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch under the names of a schema, its columns of that schema's types."""
    columns = [
        column if column.type == wanted.type else pc.cast(column, wanted.type)
        for column, wanted in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
