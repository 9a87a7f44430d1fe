"""Ordering rows."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Names


class SortSettings(Settings):
    """Settings of the sort step."""

    by: Names
    """Columns, the most important first, each with `desc` after it for the other direction."""


class SortStep(Step[SortSettings]):
    """Orders the rows; equal ones stay in input order, nulls come last, text goes by code point.

    Waits for the last row; rows go to disk where memory doesn't hold them.
    """

    shorthand: ClassVar[str | None] = "by"
    examples: ClassVar[Examples] = {
        "By day": {"by": "day"},
        "The largest amounts first": {"by": ["amount desc", "id"]},
    }

    def apply(self, rows: Rows) -> Rows:
        return rows.sort([_key(text, rows.schema.names) for text in self.settings.by])


def _key(text: str, columns: list[str]) -> tuple[str, Literal["asc", "desc"]]:
    if text in columns:
        return text, "asc"
    match = re.fullmatch(r"(.*\S)\s+(asc|desc)", text, re.IGNORECASE | re.DOTALL)
    if match is None:
        return text, "asc"
    return match[1], "desc" if match[2].lower() == "desc" else "asc"
