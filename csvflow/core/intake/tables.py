"""Whether another table, as wide as the first, stands below it.

Blank lines between records are common, and so are odd records; neither alone means anything. A
second table is told by both: a blank line, and below it a record that reads as a header: words
alone, no two alike, where the columns held figures so far. One such column isn't enough, unless
below that line a column of figures turns into words, or one of words into figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import InputError
from csvflow.core.arrays import arrow, bools
from csvflow.core.intake.line_ends import Inside, Positions

NEAR = 100
"""So many records above a line tell what its columns held; so many at the top of the file too."""
FEWEST = 2
"""Fewer values tell nothing about a column."""
WIDEST = 200
"""Wider tables don't stand below one another."""
MOST = 20
"""So many lines of a batch, at most, are looked at one by one."""


@dataclass(slots=True)
class Kinds:
    """How many values each column has, and how many of them hold a digit."""

    values: Positions
    figures: Positions
    rows: int = 0

    def add(self, columns: Sequence[pa.Array]) -> None:
        """Take more rows into account."""
        self.values += [len(column) - column.null_count for column in columns]
        self.figures += [_count(_have_digits(column)) for column in columns]
        self.rows += len(columns[0])

    def all_figures(self) -> Inside:
        """Tell of each column whether it holds figures alone."""
        found: Inside = (self.values >= FEWEST) & (self.figures == self.values)
        return found

    def all_words(self) -> Inside:
        """Tell of each column whether it holds no figure."""
        found: Inside = (self.values >= FEWEST) & (self.figures == 0)
        return found


class Tables:
    """Watches for the header of a second table."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._top = self._nothing()
        self._below = self._nothing()
        self._before: list[pa.Array] = []
        """The batch before."""
        self._line = 0
        self._held = np.zeros(len(names), np.bool_)
        """Which columns held figures up to that line."""

    def see(self, columns: Sequence[pa.Array], lines: Positions, below_blank: Inside) -> None:
        """Take note of the next records, and of which stand right below a blank line."""
        if not len(lines) or not FEWEST <= len(columns) <= WIDEST:
            return
        if not self._line:
            at = self._header(columns, np.flatnonzero(below_blank))
            if at is None:
                if self._before and len(lines) < NEAR:
                    pairs = zip(self._last(self._before), columns, strict=True)
                    columns = [pa.concat_arrays(pair) for pair in pairs]
                self._before = list(columns)
                return
            self._line = int(lines[at])
            self._before = []
            columns = [column.slice(at + 1) for column in columns]
        self._below.add([column.slice(0, NEAR) for column in columns])

    def judge(self) -> None:
        """Raise ``InputError`` if there was one."""
        if not self._line or not self._below.rows:
            return
        turned = self._held & self._below.all_words()
        turned |= self._top.all_words() & self._below.all_figures()
        if not turned.any() and self._held.sum() < FEWEST:
            return
        names = [f"`{self._names[index]}`" for index in np.flatnonzero(self._held)[:3]]
        raise InputError(
            "input.second-table",
            f"from line {self._line:,} on a second table stands below the first: behind a blank"
            f" line there are words, as in a header, where {', '.join(names)} held figures",
            hint="split the file, or let the sender do it; nothing was loaded",
        )

    def _header(self, columns: Sequence[pa.Array], at: Positions) -> int | None:
        for column in columns:
            if len(at):
                at = at[_are_words(column.take(arrow(at)))]
        room = NEAR - self._top.rows
        if room > 0:
            first = [int(place) for place in at if self._top.rows + place >= FEWEST]
            self._top.add([column.slice(0, min([room, *first])) for column in columns])
        figures = self._top.all_figures()
        if not figures.any():
            return None
        for place in at[:MOST].tolist():
            above = self._nothing()
            above.add([column.slice(max(place - NEAR, 0), min(place, NEAR)) for column in columns])
            if place < FEWEST and self._before:
                above.add(self._last(self._before))
            held = figures & above.all_figures()
            cells = {column[place].as_py() for column in columns}
            if held.any() and len(cells) == len(columns):
                self._held = held
                return int(place)
        return None

    def _nothing(self) -> Kinds:
        width = len(self._names)
        return Kinds(np.zeros(width, np.int64), np.zeros(width, np.int64))

    @staticmethod
    def _last(columns: Sequence[pa.Array]) -> list[pa.Array]:
        return [column.slice(max(len(column) - NEAR, 0)) for column in columns]


def _count(found: pa.Array) -> int:
    return int(pc.sum(found, min_count=0).as_py())


def _have_digits(column: pa.Array) -> pa.Array:
    return pc.match_substring_regex(column, "[0-9]")


def _are_words(column: pa.Array) -> Inside:
    """Tell which cells are text without any digit; one without text or with none isn't."""
    found = pc.and_(pc.invert(_have_digits(column)), pc.greater(pc.binary_length(column), 0))
    return bools(pc.fill_null(found, fill_value=False))
