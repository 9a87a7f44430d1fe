"""Converting columns, losslessly."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from csvflow.contract import Examples, Rows, Settings, Step


class CastSettings(Settings):
    """Settings of the cast step."""

    columns: dict[str, str] = Field(min_length=1)
    """Column: type and constraints, in the short form of the pipeline's `columns`."""


class CastStep(Step[CastSettings]):
    """Converts columns by the rules of the pipeline's `columns`: exactly, or the row is rejected.

    Text is read as a field of the file would be. Other values are converted by way of their
    text: the decimal 12.00 becomes the int 12, and 12.50 is a reject. To round or to cut on
    purpose, say so in `derive`: `cast(amount as int)`.
    """

    shorthand: ClassVar[str | None] = "columns"
    bare: ClassVar[bool] = True
    examples: ClassVar[Examples] = {
        "Read a text as a number": {"columns": {"note": "int"}},
        "Widen a decimal": {"columns": {"amount": "decimal(18,4) required"}},
    }

    def apply(self, rows: Rows) -> Rows:
        return rows.cast(self.settings.columns)
