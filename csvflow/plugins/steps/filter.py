"""Leaving rows out on purpose."""

from __future__ import annotations

from typing import ClassVar

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Sql


class FilterSettings(Settings):
    """Settings of the filter step."""

    condition: Sql
    """SQL condition over the row's columns, in DuckDB's dialect."""


class FilterStep(Step[FilterSettings]):
    """Keeps the rows for which a condition is true; the others are dropped, not rejected.

    A row for which it is null (`amount > 0` where there is no amount) is dropped too. To
    refuse rows as errors use `validate`.
    """

    shorthand: ClassVar[str | None] = "condition"
    examples: ClassVar[Examples] = {
        "Rows with an amount": {"condition": "amount > 0"},
        "Rows of this year": {"condition": "day >= date_trunc('year', current_date)"},
    }

    def apply(self, rows: Rows) -> Rows:
        return rows.where(self.settings.condition)
