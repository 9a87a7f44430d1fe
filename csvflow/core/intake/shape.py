"""Whether a text keeps the shape that its beginning had."""

from __future__ import annotations

from csvflow.contract import InputError

MANY = 10
"""So many records in a row, up to the end of the file, are no chance damage."""
SOME = 3
"""So many are none either where hardly any others stand above them."""
FEW = 2
"""So many are enough behind a blank line: a header and one record."""


class Shape:
    """Watches for records that no longer fit, from some line to the end of the file."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._clear()

    def _clear(self) -> None:
        self._found = 0
        self._line = 0
        self._count = 0
        self._below_blank = False

    def fits(self) -> None:
        """Take note of a record that has the header's width."""
        self._clear()

    def misfits(self, line: int, found: int, *, below_blank: bool) -> None:
        """Take note of a record that has another width."""
        if found != self._found or below_blank:
            self._clear()
            self._found = found
            self._line = line
            self._below_blank = below_blank
        self._count += 1

    def judge(self, rows: int) -> None:
        """Raise ``InputError`` if the text ended in another shape than it began with.

        ``rows``: how many records there were, all in all.
        """
        others = rows - self._count
        if self._below_blank and self._count >= FEW and self._found > 1:
            raise InputError(
                "input.second-table",
                f"from line {self._line:,} on a second table stands below the first:"
                f" {self._count:,} records have {self._found:,} fields, not {self._width:,}",
                hint=f"{self._remedy(others)}split the file, or let the sender do it; nothing was"
                " loaded",
            )
        if self._count >= MANY or (self._count >= SOME and self._count > SOME * others):
            raise InputError(
                "input.layout-changed",
                f"from line {self._line:,} to the end all {self._count:,} records have"
                f" {self._found:,} fields, not {self._width:,}",
                hint=f"{self._remedy(others)}another delimiter or another layout begins there:"
                " look at that line; nothing was loaded",
            )

    def _remedy(self, others: int) -> str:
        """Return what to say if the table begins only there."""
        if self._count <= others or self._found <= 1:
            return ""
        return (
            f"`csv: {{preamble: {self._line - 1}}}` leaves out what stands above, if the table"
            " begins only there; else "
        )
