"""Guesses about dates and times: each format is counted by itself, so that none is preferred."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.convert import converter
from csvflow.core.columns.types import ColumnType
from csvflow.core.profile.tally import Tally

_DATES = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y",
    "%-d/%-m/%Y", "%-m/%-d/%Y", "%-d.%-m.%Y", "%-m.%-d.%Y", "%-d/%-m/%y", "%-m/%-d/%y",
    "%-d.%-m.%y", "%d %b %Y", "%-d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %-d, %Y",
    "%d %B %Y", "%-d %B %Y", "%B %-d, %Y",
)  # fmt: skip
_STAMPED = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%Y/%m/%d", "%-d/%-m/%Y", "%-m/%-d/%Y", "%-d.%-m.%Y",
)  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")
_FAR = 5
"""Years from now: later dates are rare, but for the ends of something."""
_HALVES = ("%I:%M %p", "%I:%M:%S %p", "%-I:%M %p", "%-I:%M:%S %p")


class Clock(Tally):
    """Dates or times of one type and format."""

    def __init__(self, kind: ColumnType) -> None:
        super().__init__()
        self.type = kind
        self.ahead = 0
        """Dates of two-digit years that would lie far in the future."""
        self._convert = converter(kind)

    def take(self, texts: pa.Array, valid: int) -> None:
        """Count a batch."""
        done = self._convert(texts)
        self.count(texts, valid, done.bad)
        if self.short_years:
            self.ahead += pc.sum(pc.greater(done.values, _far()), min_count=0).as_py()

    @property
    def short_years(self) -> bool:
        """Whether its years have two digits, so that the century is a guess."""
        return "%y" in self.format

    @property
    def format(self) -> str:
        """Its format, or ``ISO 8601``."""
        return self.type.formats[0] if self.type.formats else "ISO 8601"

    def rival(self, other: Clock) -> bool:
        """Tell whether the other reads day and month the other way round."""
        return self.format != other.format and _turned(self.format) == other.format


def clocks(sample: pa.Array) -> list[Clock]:
    """Return the guesses that most of some first values fit, the plainest first."""
    found = []
    # Formats whose marks are nowhere in the texts needn't be tried.
    there = set().union(*(text for text in sample.to_pylist() if text is not None))
    for kind, needed in _kinds():
        if not needed <= there:
            continue
        clock = Clock(kind)
        clock.take(sample, len(sample) - sample.null_count)
        if clock.alive and clock.good:
            found.append(Clock(kind))
    return found


def decided(found: Sequence[Clock]) -> Clock | None:
    """Return the first guess that holds for all values, if no rival holds as well."""
    proved = [clock for clock in found if clock.proved]
    if not proved or any(proved[0].rival(other) for other in proved):
        return None
    return proved[0]


def _far() -> pa.Scalar:
    today = datetime.now(UTC).date()
    return pa.scalar(today.replace(year=today.year + _FAR, day=1))


def _turned(form: str) -> str:
    swapped = {"%d": "%m", "%m": "%d", "%-d": "%-m", "%-m": "%-d"}
    parts = []
    at = 0
    while at < len(form):
        mark = next((one for one in swapped if form.startswith(one, at)), None)
        parts.append(swapped[mark] if mark else form[at])
        at += len(mark) if mark else 1
    return "".join(parts)


@cache
def _kinds() -> tuple[tuple[ColumnType, frozenset[str]], ...]:
    """Return the types to try, each with the characters that its texts must have."""
    found = [ColumnType("date", formats=(form,)) for form in _DATES]
    found += [ColumnType("time", formats=(form,)) for form in (*_TIMES, *_HALVES)]
    clocks_of_day = (*_TIMES, *_HALVES)
    found += [
        ColumnType("timestamp", formats=(f"{day}{between}{time}",))
        for day in _STAMPED
        for between in (" ", "T")
        for time in (clocks_of_day if between == " " else _TIMES)
    ]
    found += [
        ColumnType("timestamp", formats=(f"%Y-%m-%d{between}{time}Z",), zone="UTC")
        for between in ("T", " ")
        for time in _TIMES
    ]
    found += [
        ColumnType("timestamp", formats=(f"%Y-%m-%d{between}{time}{offset}",), zone="UTC")
        for between in ("T", " ")
        for time in ("%H:%M:%S", "%H:%M:%S.%f")
        for offset in ("%z", " %z")
    ]
    found.append(ColumnType("timestamp", formats=("%d/%b/%Y:%H:%M:%S %z",), zone="UTC"))
    # Last of all: any number of decimals of a second, and `T` or a space.
    found += [ColumnType("timestamp"), ColumnType("timestamp", zone="UTC")]
    return tuple((kind, _marks(kind)) for kind in found)


def _marks(kind: ColumnType) -> frozenset[str]:
    form = kind.formats[0] if kind.formats else "-:"
    return frozenset(re.sub(r"%-?[A-Za-z]", "", form))
