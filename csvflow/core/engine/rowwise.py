"""Conditions and computed columns: neighbours become one query over each batch.

A batch is evaluated plainly, which is as fast as DuckDB is. Only if that
raises, the same batch goes through the nodes one by one under ``TRY``, so that
just the rows for which an expression fails are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, Rejection
from csvflow.core.engine import nodes as n
from csvflow.core.engine.careful import Careful
from csvflow.core.engine.duck import Duck, DuckError
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
        duck: Duck | None,
        now: datetime,
    ) -> None:
        self._tallies = tallies
        self._schema = with_reserved(after)
        self._duck = duck
        self._now = now
        self._before = before
        self._compile(nodes)

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        if self._sql is None or self._duck is None:
            for tally in self._tallies:
                tally.rows_in += batch.num_rows
                tally.out += batch.num_rows
            yield self._assemble(batch, {})
            return
        try:
            results = self._evaluate(self._duck, batch)
        except DuckError:
            yield from self._carefully(self._duck, batch)
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
            made = self._assemble(batch, results)
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
                made = tuple((column, f"v{next(fresh)}") for column in node.columns)
                listed = [
                    f"{_guarded(column.sql(seen(column.expression)), guard)} AS {name}"
                    for column, name in made
                ]
                place = {**place, **{column.name: name for column, name in made}}
                levels.append(_Level(node, None, made))
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
        sql = "b"
        for listed_columns in selects:
            sql = f"(SELECT *, {listed_columns} FROM {sql})"
        self._wanted = sorted(wanted)
        self._sql = f"SELECT {', '.join(self._wanted)} FROM {sql}" if wanted else None

    def _evaluate(self, duck: Duck, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        assert self._sql is not None  # noqa: S101 - the caller looked
        table = duck.table(self._sql, seen_by_duckdb(batch, self._inputs))
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

    def _assemble(self, batch: pa.RecordBatch, results: dict[str, pa.Array]) -> pa.RecordBatch:
        columns = [results[at] if isinstance(at, str) else batch.column(at) for at in self._places]
        return pa.RecordBatch.from_arrays(
            [*columns, batch.column(ROW), batch.column(LINE)], schema=self._schema
        )

    def _carefully(self, duck: Duck, batch: pa.RecordBatch) -> Iterator[Out]:
        """Go through the nodes one by one, each over the rows that are still there."""
        careful = Careful(duck, self._now)
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
