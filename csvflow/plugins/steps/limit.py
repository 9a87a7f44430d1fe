"""The first rows only."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from csvflow.contract import Examples, Rows, Settings, Step


class LimitSettings(Settings):
    """Settings of the limit step."""

    count: int = Field(ge=0)
    """How many rows stay."""


class LimitStep(Step[LimitSettings]):
    """Keeps the first rows and drops the others, which are read and counted all the same."""

    shorthand: ClassVar[str | None] = "count"
    examples: ClassVar[Examples] = {"The first three rows": {"count": 3}}

    def apply(self, rows: Rows) -> Rows:
        return rows.limit(self.settings.count)
