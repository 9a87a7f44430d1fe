"""Conditions and computed columns: neighbours become one query over each batch.

A batch is evaluated plainly, which is as fast as DuckDB is. Only if that
raises, the same batch goes through the nodes one by one under ``TRY``, so that
just the rows for which an expression fails are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, Rejection
from csvflow.core.engine import nodes as n
from csvflow.core.engine.careful import Careful
from csvflow.core.engine.duck import Duck, DuckError, Query
from csvflow.core.engine.finite import (
    CODE,
    endless,
    endless_reason,
    may_be_endless,
    seen_by_duckdb,
    whole,
)
from csvflow.core.engine.operators import (
    Alive,
    Operator,
    Out,
    Refused,
    Tally,
    refuse,
    with_reserved,
)

if TYPE_CHECKING:
    from csvflow.core.engine.expressions import Expression
    from csvflow.core.engine.kernels import TextKernel


@dataclass(frozen=True, slots=True)
class _Level:
    """One node in the query: which of its results say what becomes of a row."""

    node: n.RowWise
    mask: str | None
    """The result that is true for the rows that pass."""
    made: tuple[tuple[n.Computed, str], ...]
    """Computed columns, and the results that hold them."""


class RowWiseOperator(Operator):
    """Carries out neighbouring row-wise nodes."""

    def __init__(
        self,
        nodes: Sequence[n.RowWise],
        tallies: Sequence[Tally],
        before: pa.Schema,
        after: pa.Schema,
        duck: Duck,
        now: datetime,
    ) -> None:
        self._tallies = tallies
        self._schema = with_reserved(after)
        self._duck = duck
        self._now = now
        self._before = before
        self._types: list[pa.DataType] = list(before.types)
        self._kernels: list[tuple[int, TextKernel, str]] = []
        self._query: Query | None = None
        self._compile(nodes)

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        try:
            columns = self._prepared(batch)
            results = self._evaluate(columns, batch)
        except DuckError:
            yield from self._carefully(batch)
            return
        refused: list[Refused] = []
        alive = Alive(batch.num_rows)
        for level, tally in zip(self._levels, self._tallies, strict=True):
            tally.rows_in += alive.count
            refused += self._judge(batch, level, tally, results, alive)
            tally.out += alive.count
        if refused:
            yield refused
        if alive.count:
            made = self._assemble(batch, columns, results)
            yield alive.of(made)

    def _compile(self, nodes: Sequence[n.RowWise]) -> None:
        """Write the query: one nested SELECT a node, so that each sees the columns before it."""
        place: dict[str, str | int] = {name: i for i, name in enumerate(self._before.names)}
        inputs: dict[int, str] = {}
        fresh = count()
        guards: list[str] = []
        levels: list[_Level] = []
        selects: list[str] = []

        def seen(expression: Expression) -> str:
            names = {}
            for column in expression.columns:
                at = place[column]
                names[column] = at if isinstance(at, str) else inputs.setdefault(at, f"c{at}")
            return expression.sql(names, self._now)

        for node in nodes:
            if isinstance(node, n.Project):
                place = {new: place[old] for new, old in node.columns}
                levels.append(_Level(node, None, ()))
                continue
            # A row that an earlier condition stopped isn't computed any further: most often
            # that condition stands there because the rest would fail.
            guard = " AND ".join(guards)
            if isinstance(node, n.WithColumns):
                quick = {
                    c.name: at for c in node.columns if (at := self._quick(c, place)) is not None
                }
                slow = [column for column in node.columns if column.name not in quick]
                made = tuple((column, f"v{next(fresh)}") for column in slow)
                listed = [
                    f"{_guarded(column.sql(seen(column.expression)), guard)} AS {name}"
                    for column, name in made
                ]
                place = {**place, **quick, **{column.name: name for column, name in made}}
                levels.append(_Level(node, None, made))
                if not made:
                    continue
            else:
                mask = f"m{next(fresh)}"
                otherwise = "true" if isinstance(node, n.Check) else "false"
                condition = f"coalesce(({seen(node.condition)}), {otherwise})"
                listed = [f"{_guarded(condition, guard, 'false')} AS {mask}"]
                guards.append(mask)
                levels.append(_Level(node, mask, ()))
            selects.append(", ".join(listed))
        self._levels = levels
        self._places = [place[name] for name in self._schema.names[:-2]]
        self._inputs = sorted(inputs)
        wanted = {at for at in self._places if isinstance(at, str)}
        for level in levels:
            wanted |= {level.mask} if level.mask else set()
            wanted |= {name for made, name in level.made if may_be_endless(made.type)}
        self._selects = selects
        self._wanted = sorted(wanted)

    def _sql(self, rows: str) -> str:
        for listed in self._selects:
            rows = f"(SELECT *, {listed} FROM {rows})"
        return f"SELECT {', '.join(self._wanted)} FROM {rows}"

    def _quick(self, column: n.Computed, place: Mapping[str, str | int]) -> int | None:
        """Return the place of a column that a kernel makes, if one can."""
        kernel = column.expression.kernel
        at = place[kernel.column] if kernel is not None else None
        # Of texts in the batch: what DuckDB computes isn't there yet.
        if kernel is None or not isinstance(at, int) or not pa.types.is_string(self._types[at]):
            return None
        sql = column.sql(column.expression.sql({kernel.column: "c"}, self._now))
        self._kernels.append((at, kernel, sql))
        self._types.append(column.type)
        return len(self._types) - 1

    def _prepared(self, batch: pa.RecordBatch) -> list[pa.Array]:
        """Return the batch's columns, and after them those that kernels make of columns."""
        columns = list(batch.columns[:-2])
        for at, kernel, sql in self._kernels:
            made = kernel.apply(columns[at])
            if made is None:
                seen = pa.record_batch([columns[at]], names=["c"])
                made = whole(self._duck.table(f"SELECT {sql} AS v FROM b", seen).column(0))
            columns.append(made)
        return columns

    def _evaluate(self, columns: Sequence[pa.Array], batch: pa.RecordBatch) -> dict[str, pa.Array]:
        if not self._wanted:
            return {}
        seen = seen_by_duckdb(columns, self._inputs, batch)
        if self._query is None:
            self._query = self._duck.query(self._sql, seen.schema)
        table = self._query.over(seen)
        return {name: whole(table.column(name)) for name in self._wanted}

    def _judge(
        self,
        batch: pa.RecordBatch,
        level: _Level,
        tally: Tally,
        results: dict[str, pa.Array],
        alive: Alive,
    ) -> list[Refused]:
        """Take out the rows that end at this node; return those that are refused."""
        node = level.node
        if isinstance(node, n.Where) and level.mask:
            tally.dropped += alive.keep(results[level.mask])
            return []
        if isinstance(node, n.Check) and level.mask:
            rejections = [
                Rejection(pc.invert(results[level.mask]), node.code, node.column, node.reason)
            ]
        else:
            rejections = [
                Rejection(mask, CODE, made.name, endless_reason(made))
                for made, name in level.made
                if name in results and (mask := endless(results[name])) is not None
            ]
        rejections = [
            Rejection(alive.among(r.mask), r.code, r.column, r.reason) for r in rejections
        ]
        refused, mask = refuse(batch, rejections, tally)
        if mask is not None:
            alive.keep(pc.invert(mask))
        return refused

    def _assemble(
        self, batch: pa.RecordBatch, columns: Sequence[pa.Array], results: dict[str, pa.Array]
    ) -> pa.RecordBatch:
        chosen = [results[at] if isinstance(at, str) else columns[at] for at in self._places]
        return pa.RecordBatch.from_arrays(
            [*chosen, batch.column(ROW), batch.column(LINE)], schema=self._schema
        )

    def _carefully(self, batch: pa.RecordBatch) -> Iterator[Out]:
        """Go through the nodes one by one, each over the rows that are still there."""
        careful = Careful(self._duck, self._now)
        for level, tally in zip(self._levels, self._tallies, strict=True):
            tally.rows_in += batch.num_rows
            batch, refused = careful.apply(batch, level.node, tally)
            tally.out += batch.num_rows
            if refused:
                yield refused
            if not batch.num_rows:
                return
        yield pa.RecordBatch.from_arrays(batch.columns, schema=self._schema)


def _guarded(sql: str, guard: str, otherwise: str = "NULL") -> str:
    return f"CASE WHEN {guard} THEN {sql} ELSE {otherwise} END" if guard else sql
