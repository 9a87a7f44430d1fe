"""Texts to date, time and timestamp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from csvflow.core.arrays import arrow, numbers
from csvflow.core.columns.formats import Format, compile_format
from csvflow.core.columns.kernels.clock import DAY, Reading
from csvflow.core.columns.kernels.view import PAD, Bools, Converted, Longs, View, typed
from csvflow.core.columns.kernels.zones import Zone
from csvflow.core.columns.scalar import read
from csvflow.core.columns.types import ColumnType, arrow_type

_CACHED = 65_536
"""Distinct texts remembered for a format without fixed places."""
_EARLIEST = -62_135_596_800_000_000
_LATEST = 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds since 1970."""


@dataclass(slots=True)
class Instants:
    """Days and microseconds of texts; ``offset`` in minutes where a text had its own."""

    days: Longs
    micros: Longs
    wrong: Bools
    offset: Longs | None = None
    has_offset: Bools | None = None


Parser = Callable[[View], Instants]


def instant_kernel(kind: ColumnType) -> Callable[[pa.Array], Converted]:
    """Return the kernel of a date, time or timestamp type."""
    forms = [compile_format(text) for text in kind.formats]
    parsers = [_by_format(form) for form in forms] or [_iso(kind)]
    zone = Zone(kind.zone) if kind.zone else None

    def to_instant(array: pa.Array) -> Converted:
        view = View(array)
        done = _first_that_fits(view, parsers)
        wrong = done.wrong
        target = arrow_type(kind)
        values: Longs | NDArray[np.int32] = done.micros
        if kind.name == "date":
            values = done.days.astype(np.int32)
        elif kind.name == "timestamp":
            micros = done.days * DAY + done.micros
            values = _utc(micros, done, zone) if zone else micros
        hide = view.settle(wrong)
        return Converted(typed(values, target, hide, view), hide)

    return to_instant


def _first_that_fits(view: View, parsers: list[Parser]) -> Instants:
    done = parsers[0](view)
    for parser in parsers[1:]:
        left = view.settle(done.wrong)
        if left is None:
            break
        rows = np.flatnonzero(left)
        more = parser(View(view.array.take(arrow(rows))))
        done.days[rows] = more.days
        done.micros[rows] = more.micros
        done.wrong[rows] = more.wrong
        if more.offset is not None and more.has_offset is not None:
            if done.offset is None or done.has_offset is None:
                done.offset = np.zeros(view.count, np.int64)
                done.has_offset = np.zeros(view.count, np.bool_)
            done.offset[rows] = more.offset
            done.has_offset[rows] = more.has_offset
    return done


def _by_format(form: Format) -> Parser:
    if form.fixed and form.width <= PAD:
        return lambda view: _fixed(view, form)
    cache: dict[str, tuple[int, int, int | None] | None] = {}
    return lambda view: _varying(view, form, cache)


def _fixed(view: View, form: Format) -> Instants:
    reading = Reading(view.body, view.lengths != form.width)
    days, micros = reading.by_format(form, view.starts)
    return Instants(days, micros, reading.wrong)


def _varying(
    view: View, form: Format, cache: dict[str, tuple[int, int, int | None] | None]
) -> Instants:
    encoded = view.array.dictionary_encode()
    if len(cache) > _CACHED:
        cache.clear()
    rows = []
    for text in encoded.dictionary.to_pylist():
        if text not in cache:
            cache[text] = read(text, form)
        found = cache[text]
        rows.append((0, 0, 0, 1, 0) if found is None else _row(*found))
    table = np.array([*rows, (0, 0, 0, 1, 0)], np.int64)
    places = numbers(pc.fill_null(encoded.indices, len(rows)))
    days, micros, offset, wrong, own = table[places].T
    return Instants(
        np.ascontiguousarray(days),
        np.ascontiguousarray(micros),
        wrong.astype(np.bool_),
        np.ascontiguousarray(offset),
        own.astype(np.bool_),
    )


def _row(days: int, micros: int, offset: int | None) -> tuple[int, int, int, int, int]:
    return (days, micros, offset or 0, 0, 0 if offset is None else 1)


def _iso(kind: ColumnType) -> Parser:
    if kind.name == "date":
        return _iso_date
    if kind.name == "time":
        return _iso_time
    return lambda view: _iso_timestamp(view, zoned=kind.zone is not None)


def _iso_date(view: View) -> Instants:
    reading = Reading(view.body, view.lengths != 10)  # noqa: PLR2004 - YYYY-MM-DD
    days = reading.iso_date(view.starts)
    return Instants(days, np.zeros_like(days), reading.wrong)


def _iso_time(view: View) -> Instants:
    reading = Reading(view.body, np.zeros(view.count, np.bool_))
    micros = reading.iso_time(view.starts, view.lengths)
    return Instants(np.zeros_like(micros), micros, reading.wrong)


def _iso_timestamp(view: View, *, zoned: bool) -> Instants:
    reading = Reading(view.body, np.zeros(view.count, np.bool_))
    starts, length = view.starts, view.lengths
    offset = own = None
    if zoned:
        offset, own, length = _suffix(view, reading)
    between = view.body[10:][starts]
    reading.wrong |= (between != ord("T")) & (between != ord(" "))
    days = reading.iso_date(starts)
    micros = reading.iso_time(starts + 11, length - 11)
    return Instants(days, micros, reading.wrong, offset, own)


def _suffix(view: View, reading: Reading) -> tuple[Longs, Bools, Longs]:
    """Return the offsets that ``Z`` or ``+02:00`` name, where they stand, and what is before."""
    ends = view.ends
    zulu = view.body[ends - 1] == ord("Z")
    sign = view.body[ends - 6]
    minus = sign == ord("-")
    far = ((sign == ord("+")) | minus) & (view.body[ends - 3] == ord(":")) & ~zulu
    offset = np.zeros(view.count, np.int64)
    if far.any():
        tail = Reading(view.body, ~far)
        hours, minutes = tail.number(ends - 5, 0, 2), tail.number(ends - 2, 0, 2)
        tail.wrong |= (hours > 23) | (minutes > 59)  # noqa: PLR2004 - a clock
        reading.wrong |= far & tail.wrong
        offset = np.where(far, (hours * 60 + minutes) * np.where(minus, -1, 1), 0)
    return offset, zulu | far, view.lengths - zulu - far * 6


def _utc(values: Longs, done: Instants, zone: Zone) -> Longs:
    """Return the instants; local times that the zone skips or has twice are wrong."""
    local = ~done.wrong
    if done.offset is not None and done.has_offset is not None:
        values -= done.offset * 60_000_000
        local &= ~done.has_offset
    if local.any():
        values[local], doubtful = zone.to_utc(values[local])
        done.wrong[np.flatnonzero(local)[doubtful]] = True
    done.wrong |= (values < _EARLIEST) | (values > _LATEST)
    return values
