"""One row for each key."""

from __future__ import annotations

from typing import ClassVar, Literal

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Names


class DeduplicateSettings(Settings):
    """Settings of the deduplicate step."""

    by: Names | None = None
    """The columns that make the key; without it all columns."""
    keep: Literal["first", "last"] = "first"
    """Which of the rows with one key stays, as they come into this step."""
    others: Literal["drop", "reject"] = "drop"
    """`drop` leaves the others out on purpose; `reject` refuses them as errors (`row.unique`)."""


class DeduplicateStep(Step[DeduplicateSettings]):
    """Keeps one row for each key.

    Waits for the last row; keys and rows go to disk where memory doesn't hold them. Nulls are
    equal to each other, except with `others: reject`, where a key that has a null never is a
    duplicate. The rows that stay keep their order.
    """

    shorthand: ClassVar[str | None] = "by"
    examples: ClassVar[Examples] = {
        "The last row of each id": {"by": ["id"], "keep": "last"},
        "Refuse a second row": {"by": ["email", "day"], "others": "reject"},
        "Rows that are equal in full": {},
    }

    def apply(self, rows: Rows) -> Rows:
        by = self.settings.by or rows.schema.names
        reject = "row.unique" if self.settings.others == "reject" else None
        return rows.distinct(by, keep=self.settings.keep, reject=reject)
