"""Computing columns."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Sql


class DeriveSettings(Settings):
    """Settings of the derive step."""

    columns: dict[str, Sql] = Field(min_length=1)
    """Column: SQL expression over the row's columns, in DuckDB's dialect."""


class DeriveStep(Step[DeriveSettings]):
    """Adds or replaces columns, each computed by an SQL expression.

    All expressions of one step see the columns as they were before it; what builds on a new
    column stands in a step of its own. A row for which an expression fails, or gives NaN or
    infinity, is rejected (`row.expression`). `now()` and `current_date` are the time of the
    run's first attempt.
    """

    shorthand: ClassVar[str | None] = "columns"
    bare: ClassVar[bool] = True
    examples: ClassVar[Examples] = {
        "Tidy a text and compute a number": {
            "columns": {"email": "lower(trim(email))", "total": "amount * 1.2"}
        },
        "Parts of a date": {"columns": {"year": "year(day)", "month": "month(day)"}},
    }

    def apply(self, rows: Rows) -> Rows:
        return rows.with_columns(self.settings.columns)
