"""Digits at known places to days and microseconds: the vectorised part of dates and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csvflow.core.columns.kernels.digits import NINE, ZERO

if TYPE_CHECKING:
    from csvflow.core.columns.formats import Format
    from csvflow.core.columns.kernels.view import Bools, Bytes, Longs

DAY = 86_400_000_000
"""Microseconds in a day."""
_MONTHS = 16
_YEARS = 10_000
_SHORT_YEAR_TURN = 69
"""POSIX: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068."""


def _calendar() -> tuple[np.ndarray, np.ndarray]:
    """Return, for year * 16 + month, the day number of its first day and its length, else 0."""
    months = np.arange("0001-01", "10000-01", dtype="datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[D]").astype(np.int64)
    index = np.arange(months.size)
    places = (index // 12 + 1) * _MONTHS + index % 12 + 1
    # Two decimal digits of a month reach 99: room behind the last year.
    first = np.zeros(_YEARS * _MONTHS + 100, np.int64)
    length = np.zeros_like(first)
    first[places] = starts
    length[places] = after - starts
    return first, length


_FIRST_DAY, _DAYS = _calendar()


@dataclass(slots=True)
class Reading:
    """Fields read from texts so far, and which texts turned out wrong."""

    body: Bytes
    wrong: Bools

    def number(self, at: Longs, place: int, width: int) -> Longs:
        """Return the digits at a place after ``at``."""
        total = np.zeros(at.size, np.int64)
        for step in range(width):
            digit = self.body[place + step :][at] - ZERO
            self.wrong |= digit > NINE
            total *= 10
            total += digit
        return total

    def literal(self, at: Longs, place: int, text: bytes) -> None:
        """Require these bytes at a place after ``at``."""
        for step, byte in enumerate(text):
            self.wrong |= self.body[place + step :][at] != byte

    def days(self, year: Longs, month: Longs, day: Longs) -> Longs:
        """Return days since 1970, requiring that there is such a day."""
        place = year * _MONTHS + month
        self.wrong |= month > 12  # noqa: PLR2004 - months in a year
        np.minimum(place, _DAYS.size - 1, out=place)
        self.wrong |= (day < 1) | (day > _DAYS[place])
        found: Longs = _FIRST_DAY[place] + day - 1
        return found

    def micros(self, hour: Longs, minute: Longs, second: Longs, fraction: Longs) -> Longs:
        """Return microseconds since midnight, requiring a time of the clock."""
        self.wrong |= (hour > 23) | (minute > 59) | (second > 59)  # noqa: PLR2004 - a clock
        return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction

    def iso_date(self, at: Longs) -> Longs:
        """Return the days of ``YYYY-MM-DD`` at ``at``."""
        self.literal(at, 4, b"-")
        self.literal(at, 7, b"-")
        return self.days(self.number(at, 0, 4), self.number(at, 5, 2), self.number(at, 8, 2))

    def iso_time(self, at: Longs, length: Longs) -> Longs:
        """Return the microseconds of ``HH:MM``, ``HH:MM:SS`` or ``HH:MM:SS.ffffff``."""
        self.literal(at, 2, b":")
        hour, minute = self.number(at, 0, 2), self.number(at, 3, 2)
        second = fraction = np.zeros_like(hour)
        short = length == 5  # noqa: PLR2004 - HH:MM
        self.wrong |= ~short & ((length < 8) | (length == 9) | (length > 15))  # noqa: PLR2004
        if not short.all():
            late = Reading(self.body, short.copy())
            late.wrong[:] = False
            late.literal(at, 5, b":")
            second = np.where(short, 0, late.number(at, 6, 2))
            self.wrong |= late.wrong & ~short
        if (length > 8).any():  # noqa: PLR2004 - a fraction
            fraction = self._fraction(at, length)
        return self.micros(hour, minute, second, fraction)

    def _fraction(self, at: Longs, length: Longs) -> Longs:
        self.wrong |= (length > 8) & (self.body[8:][at] != ord("."))  # noqa: PLR2004 - HH:MM:SS
        total = np.zeros(at.size, np.int64)
        for step in range(6):
            digit = np.where(length > 9 + step, self.body[9 + step :][at] - ZERO, np.uint8(0))
            self.wrong |= digit > NINE
            total *= 10
            total += digit
        return total

    def by_format(self, form: Format, at: Longs) -> tuple[Longs, Longs]:
        """Return days and microseconds of texts in a format of fixed width."""
        none = np.zeros(at.size, np.int64)
        found: dict[str, Longs] = {}
        place = 0
        for piece in form.pieces:
            if piece.field is None:
                self.literal(at, place, piece.text.encode())
            else:
                found[piece.field] = self.number(at, place, piece.width)
            place += piece.width
        if "short_year" in found:
            short = found["short_year"]
            found["year"] = short + np.where(short < _SHORT_YEAR_TURN, 2000, 1900)
        days = none
        if "year" in found:
            days = self.days(found["year"], found["month"], found["day"])
        if "hour" not in found:
            return days, none
        rest = (found.get(name, none) for name in ("second", "fraction"))
        return days, self.micros(found["hour"], found["minute"], *rest)
