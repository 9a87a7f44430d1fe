"""Renaming columns."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from csvflow.contract import ConfigError, Examples, Rows, Settings, Step


class RenameSettings(Settings):
    """Settings of the rename step."""

    columns: dict[str, str] = Field(min_length=1)
    """Present name: new name."""


class RenameStep(Step[RenameSettings]):
    """Gives columns other names; order and values stay. Two may swap their names."""

    shorthand: ClassVar[str | None] = "columns"
    bare: ClassVar[bool] = True
    examples: ClassVar[Examples] = {
        "Rename two columns": {"columns": {"id": "order_id", "day": "ordered_on"}}
    }

    def apply(self, rows: Rows) -> Rows:
        new = self.settings.columns
        rows.project({name: name for name in new})
        pairs = [(new.get(name, name), name) for name in rows.schema.names]
        if len({name for name, _ in pairs}) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ConfigError(
                "config.duplicate-column",
                f"there would be two columns `{twice}`",
                hint="drop the other one in a step before",
            )
        return rows.project(dict(pairs))
