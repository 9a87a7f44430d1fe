"""One text by one format, plainly: for formats whose parts have no fixed places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from csvflow.core.columns.formats import MONTHS, Format

_EPOCH = date(1970, 1, 1).toordinal()
_HALF_DAY = 12
_SHORT_YEAR_TURN = 69


def read(text: str, form: Format) -> tuple[int, int, int | None] | None:
    """Return days since 1970, microseconds since midnight and the offset in minutes, or None."""
    match = form.pattern.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    days, micros, offset = 0, 0, None
    if "month" in found:
        year, month, day = _year(found), _month(found["month"]), int(found["day"])
        if year < 1 or not 1 <= month <= len(MONTHS) or not 1 <= day <= _length(year, month):
            return None
        days = date(year, month, day).toordinal() - _EPOCH
    if "minute" in found:
        hour, minute, second = _hour(found), int(found["minute"]), int(found.get("second", 0))
        if hour is None or hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - a clock
            return None
        seconds = (hour * 60 + minute) * 60 + second
        micros = seconds * 1_000_000 + int(found.get("fraction", 0))
    if "offset" in found:
        offset = _offset(found["offset"])
        if offset is None:
            return None
    return days, micros, offset


def write(value: date | time | datetime, form: Format) -> str:
    """Return the text of a value in a format."""
    return "".join(
        piece.text if piece.field is None else _part(value, piece.text) for piece in form.pieces
    )


def _year(found: dict[str, str]) -> int:
    if "year" in found:
        return int(found["year"])
    short = int(found["short_year"])
    return short + (2000 if short < _SHORT_YEAR_TURN else 1900)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(at for at, name in enumerate(MONTHS, 1) if name.startswith(text))


def _length(year: int, month: int) -> int:
    if month == len(MONTHS):
        return 31
    return (date(year, month + 1, 1) - timedelta(days=1)).day


def _hour(found: dict[str, str]) -> int | None:
    if "hour" in found:
        return int(found["hour"])
    hour = int(found["half_hour"])
    if not 1 <= hour <= _HALF_DAY:
        return None
    return hour % _HALF_DAY + (_HALF_DAY if found["half"] == "PM" else 0)


def _offset(text: str) -> int | None:
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - a clock
        return None
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def _part(value: date | time | datetime, directive: str) -> str:
    if directive == "%Y":
        return f"{_date(value).year:04d}"
    if directive in {"%b", "%B"}:
        name = MONTHS[_date(value).month - 1]
        return name if directive == "%B" else name[:3]
    if directive == "%p":
        return "PM" if _time(value).hour >= _HALF_DAY else "AM"
    if directive == "%z":
        return str(value.strftime("%z"))
    parts: dict[str, Callable[[], tuple[int, int]]] = {
        "y": lambda: (_date(value).year % 100, 2),
        "m": lambda: (_date(value).month, 2),
        "d": lambda: (_date(value).day, 2),
        "H": lambda: (_time(value).hour, 2),
        "I": lambda: ((_time(value).hour - 1) % _HALF_DAY + 1, 2),
        "M": lambda: (_time(value).minute, 2),
        "S": lambda: (_time(value).second, 2),
        "f": lambda: (_time(value).microsecond, 6),
    }
    number, width = parts[directive[-1]]()
    return str(number) if "-" in directive else f"{number:0{width}d}"


def _date(value: date | time | datetime) -> date:
    assert isinstance(value, date)  # noqa: S101 - check_format lets only dates have such a part
    return value


def _time(value: date | time | datetime) -> time | datetime:
    assert isinstance(value, time | datetime)  # noqa: S101 - likewise for times
    return value
