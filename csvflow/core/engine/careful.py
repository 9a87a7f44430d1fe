"""One row-wise node over a batch in which some row fails: only such rows are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, Rejection, RunError
from csvflow.core.engine import nodes as n
from csvflow.core.engine.duck import Duck, DuckError
from csvflow.core.engine.finite import CODE, endless, endless_reason, seen_by_duckdb, whole
from csvflow.core.engine.operators import Alive, Refused, Tally, refuse

if TYPE_CHECKING:
    from csvflow.core.engine.expressions import Expression

_EXPLAINED = 20
"""How many failing rows of one batch are asked what they fail of, at a query each."""


@dataclass(frozen=True, slots=True)
class Careful:
    """Carries out single nodes under ``TRY``."""

    duck: Duck
    now: datetime

    def apply(
        self, batch: pa.RecordBatch, node: n.RowWise, tally: Tally
    ) -> tuple[pa.RecordBatch, list[Refused]]:
        """Return the rows that pass the node, and those that are refused."""
        if isinstance(node, n.Project):
            return _rebuilt(batch, {new: batch.column(old) for new, old in node.columns}), []
        if isinstance(node, n.WithColumns):
            return self._compute(batch, node, tally)
        value, failed = self._try(batch, node.condition, f"({self._plain(batch, node.condition)})")
        passes = pc.fill_null(value, fill_value=isinstance(node, n.Check))
        rejections = [failed]
        if isinstance(node, n.Check):
            rejections.append(Rejection(pc.invert(passes), node.code, node.column, node.reason))
        refused, mask = refuse(batch, rejections, tally)
        alive = Alive(batch.num_rows)
        if mask is not None:
            alive.keep(pc.invert(mask))
        if isinstance(node, n.Where):
            tally.dropped += alive.keep(passes)
        return alive.of(batch), refused

    def _compute(
        self, batch: pa.RecordBatch, node: n.WithColumns, tally: Tally
    ) -> tuple[pa.RecordBatch, list[Refused]]:
        columns = {name: batch.column(name) for name in batch.schema.names[:-2]}
        rejections = []
        for made in node.columns:
            sql = made.sql(self._plain(batch, made.expression))
            value, failed = self._try(batch, made.expression, sql, made.name)
            columns[made.name] = value
            rejections.append(failed)
            if (mask := endless(value)) is not None:
                rejections.append(Rejection(mask, CODE, made.name, endless_reason(made)))
        refused, union = refuse(batch, rejections, tally)
        alive = Alive(batch.num_rows)
        if union is not None:
            alive.keep(pc.invert(union))
        return alive.of(_rebuilt(batch, columns)), refused

    def _plain(self, batch: pa.RecordBatch, expression: Expression) -> str:
        positions = {name: i for i, name in enumerate(batch.schema.names)}
        return expression.sql({c: f"c{positions[c]}" for c in expression.columns}, self.now)

    def _try(
        self, batch: pa.RecordBatch, expression: Expression, sql: str, column: str | None = None
    ) -> tuple[pa.Array, Rejection]:
        """Return the values, and the rows for which there is none because it failed."""
        read = [batch.schema.names.index(c) for c in expression.columns]
        seen = seen_by_duckdb(batch.columns, read, batch)
        try:
            # A NULL struct, unlike a NULL value, means failure.
            table = self.duck.table(f"SELECT TRY(struct_pack(v := {sql})) AS t FROM b", seen)
        except DuckError as error:
            raise RunError("run.step", f"`{expression.text}` can't be computed: {error}") from None
        tried = whole(table.column(0))
        why = _Explained(self.duck, sql, seen, expression.text)
        return pc.struct_field(tried, "v"), Rejection(tried.is_null(), CODE, column, why)


@dataclass(slots=True)
class _Explained:
    """Asks DuckDB of a failing row what it fails of, as long as there are few."""

    duck: Duck
    sql: str
    batch: pa.RecordBatch
    text: str
    asked: int = 0

    def __call__(self, position: int) -> str:
        self.asked += 1
        if self.asked > _EXPLAINED:
            return f"`{self.text}` can't be computed for this row"
        try:
            self.duck.table(f"SELECT {self.sql} AS v FROM b", self.batch.slice(position, 1))
        except DuckError as error:
            return f"`{self.text}` can't be computed for this row: {error}"
        return f"`{self.text}` can't be computed for this row"


def _rebuilt(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [*columns.values(), batch.column(ROW), batch.column(LINE)],
        names=[*columns, ROW, LINE],
    )
