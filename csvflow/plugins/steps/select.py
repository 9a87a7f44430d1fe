"""Choosing columns."""

from __future__ import annotations

from typing import ClassVar

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Names


class SelectSettings(Settings):
    """Settings of the select step."""

    columns: Names
    """The columns that stay, in the order in which they are to come."""


class SelectStep(Step[SelectSettings]):
    """Keeps the named columns, in the named order, and leaves the others out."""

    shorthand: ClassVar[str | None] = "columns"
    examples: ClassVar[Examples] = {"Keep two columns": {"columns": ["id", "amount"]}}

    def apply(self, rows: Rows) -> Rows:
        return rows.project({name: name for name in dict.fromkeys(self.settings.columns)})
