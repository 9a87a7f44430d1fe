"""Leaving columns out."""

from __future__ import annotations

from typing import ClassVar

from csvflow.contract import ConfigError, Examples, Rows, Settings, Step
from csvflow.kit.names import Names


class DropSettings(Settings):
    """Settings of the drop step."""

    columns: Names
    """The columns to leave out."""


class DropStep(Step[DropSettings]):
    """Leaves the named columns out and keeps the others as they are."""

    shorthand: ClassVar[str | None] = "columns"
    examples: ClassVar[Examples] = {
        "Leave one column out": {"columns": "note"},
        "Leave two columns out": {"columns": ["note", "score"]},
    }

    def apply(self, rows: Rows) -> Rows:
        # Asked for by name first, so that a column that isn't there is an error.
        rows.project({name: name for name in dict.fromkeys(self.settings.columns)})
        kept = [name for name in rows.schema.names if name not in self.settings.columns]
        if not kept:
            raise ConfigError("config.no-columns", "`drop` would leave no column")
        return rows.project({name: name for name in kept})
