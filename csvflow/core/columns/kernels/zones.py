"""Local times to instants, by the transitions of a time zone.

Arrow's own conversion knows no rule past 2037, where it would be an hour off in silence; so the
transitions come from ``zoneinfo``, a year at a time, and Arrow is not asked.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from csvflow.core.columns.kernels.view import Bools, Longs

_STEP = timedelta(hours=12)
"""No zone has two transitions closer than this."""
_FIRST = datetime(1, 1, 3, tzinfo=UTC)
_LAST = datetime(9999, 12, 29, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_YEAR = 31_556_952_000_000
"""Microseconds of a mean year."""
_LAST_YEAR = 9999


class Zone:
    """One time zone, with its transitions in the years that were needed so far."""

    def __init__(self, name: str) -> None:
        self._info = ZoneInfo(name)
        self._fixed = name in {"UTC", "Etc/UTC"}
        self._years: dict[int, list[tuple[int, int, int]]] = {}
        self._starts: Longs = np.zeros(0, np.int64)
        self._ends: Longs = np.zeros(0, np.int64)
        self._offsets: Longs = np.zeros(0, np.int64)

    def to_utc(self, local: Longs) -> tuple[Longs, Bools]:
        """Return the instants, and which local times don't exist or exist twice.

        Both are microseconds since 1970.
        """
        if self._fixed:
            return local, np.zeros(local.size, np.bool_)
        years = local // _YEAR
        low = int(years.min())
        seen = np.flatnonzero(np.bincount(years - low)) + low + 1970
        self._learn({int(year) + more for year in seen for more in (-1, 0, 1, 2)})
        at = np.maximum(np.searchsorted(self._starts, local, "right") - 1, 0)
        doubtful = local >= self._ends[at]
        doubtful |= (at > 0) & (local < self._ends[at - 1])
        return local - self._offsets[at], doubtful

    def _learn(self, years: Iterable[int]) -> None:
        new = [year for year in years if year not in self._years and 1 <= year <= _LAST_YEAR]
        if not new:
            return
        for year in new:
            self._years[year] = self._segments(year)
        merged: list[tuple[int, int, int]] = []
        for year in sorted(self._years):
            for start, end, offset in self._years[year]:
                if merged and merged[-1][1:] == (start, offset):
                    merged[-1] = (merged[-1][0], end, offset)
                else:
                    merged.append((start, end, offset))
        table = np.array(merged, np.int64)
        self._offsets = table[:, 2].copy()
        self._starts = table[:, 0] + self._offsets
        self._ends = table[:, 1] + self._offsets

    def _segments(self, year: int) -> list[tuple[int, int, int]]:
        """Return start, end and offset of each stretch of one offset in a year of UTC."""
        begin = datetime(year, 1, 1, tzinfo=UTC)
        days = 366 if isleap(year) else 365
        end = (begin - _EPOCH + timedelta(days=days)) // _MICRO
        found: list[tuple[int, int, int]] = []
        start, here, offset = (begin - _EPOCH) // _MICRO, begin, self._offset(begin)
        for _ in range(days * 2):
            there = min(here + _STEP, _LAST)
            later = self._offset(there)
            if later != offset:
                turn = self._turn(here, there, offset)
                found.append((start, turn, offset))
                start, offset = turn, later
            here = there
        return [*found, (start, end, offset)]

    def _turn(self, before: datetime, after: datetime, offset: int) -> int:
        """Return the first instant at which the offset isn't that of before any more."""
        second = timedelta(seconds=1)
        while after - before > second:
            middle = before + (after - before) // 2
            middle -= timedelta(microseconds=middle.microsecond)
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return (after - _EPOCH) // _MICRO

    def _offset(self, instant: datetime) -> int:
        inside = min(max(instant, _FIRST), _LAST)
        found = inside.astimezone(self._info).utcoffset()
        return 0 if found is None else found // _MICRO
