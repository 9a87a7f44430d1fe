"""Formats of dates and times: what each directive stands for, compiled once per column.

The directives are those of ``strftime``, read strictly: a text matches only if printing the
value with the same format gives that text back. So ``%d`` wants ``01``, and ``%-d`` wants ``1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from csvflow.core.columns.errors import wrong

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DATE = {"year", "short_year", "month", "day"}
_TIME = {"hour", "half_hour", "minute", "second", "fraction", "half"}
# directive → (field, width in bytes, 0 if it varies; pattern of its text)
DIRECTIVES: dict[str, tuple[str, int, str]] = {
    "%Y": ("year", 4, "[0-9]{4}"),
    "%y": ("short_year", 2, "[0-9]{2}"),
    "%m": ("month", 2, "[0-9]{2}"),
    "%-m": ("month", 0, "[1-9][0-9]?"),
    "%b": ("month", 0, "|".join(month[:3] for month in MONTHS)),
    "%B": ("month", 0, "|".join(MONTHS)),
    "%d": ("day", 2, "[0-9]{2}"),
    "%-d": ("day", 0, "[1-9][0-9]?"),
    "%H": ("hour", 2, "[0-9]{2}"),
    "%-H": ("hour", 0, "0|[1-9][0-9]?"),
    "%I": ("half_hour", 2, "[0-9]{2}"),
    "%-I": ("half_hour", 0, "[1-9][0-9]?"),
    "%p": ("half", 0, "AM|PM"),
    "%M": ("minute", 2, "[0-9]{2}"),
    "%S": ("second", 2, "[0-9]{2}"),
    "%f": ("fraction", 6, "[0-9]{6}"),
    "%z": ("offset", 0, "Z|[+-][0-9]{2}:?[0-9]{2}"),
}

_RUN = re.compile(r"([A-Za-z])\1*|[^A-Za-z]+")
_LETTERS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "DD": "%d",
    "D": "%-d", "HH": "%H", "H": "%-H", "SS": "%S", "SSSSSS": "%f",
}  # fmt: skip
"""What other systems write; ``mm`` behind an hour is the minute."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One directive or literal of a format."""

    text: str
    """The directive as written, or the literal characters."""
    field: str | None
    """What it says, None for a literal."""
    width: int
    """Its length in bytes, 0 if it varies."""
    pattern: str


@dataclass(frozen=True, slots=True)
class Format:
    """A compiled format."""

    text: str
    pieces: tuple[Piece, ...]
    pattern: re.Pattern[str]

    @property
    def fixed(self) -> bool:
        """Whether every matching text has the same length, with each field at its place."""
        return all(piece.width for piece in self.pieces)

    @property
    def width(self) -> int:
        """The length in bytes of a text that matches a fixed format."""
        return sum(piece.width for piece in self.pieces)


@cache
def compile_format(text: str) -> Format:
    """Return the format, or raise ``ColumnError`` for a directive that isn't known."""
    pieces: list[Piece] = []
    for match in re.finditer(r"%-?.|[^%]+|%", text, re.DOTALL):
        part = match[0]
        if part == "%%" or not part.startswith("%"):
            literal = part.replace("%%", "%")
            pieces.append(Piece(literal, None, len(literal.encode()), re.escape(literal)))
        elif part in DIRECTIVES:
            field, width, pattern = DIRECTIVES[part]
            pieces.append(Piece(part, field, width, f"(?P<{field}>{pattern})"))
        else:
            raise wrong(
                f"the format `{text}` has `{part}`, which is not known",
                hint=f"known are {' '.join(DIRECTIVES)} and %%",
            )
    fields = [piece.field for piece in pieces if piece.field]
    for field in fields:
        if fields.count(field) > 1:
            raise wrong(f"the format `{text}` says the {field.replace('_', ' ')} twice")
    whole = re.compile("".join(piece.pattern for piece in pieces), re.DOTALL)
    return Format(text, tuple(pieces), whole)


def strftime(text: str) -> str | None:
    """Return the format that letters such as ``YYYY-MM-DD`` mean, None where they mean none."""
    meant, hours = "", False
    for run in _RUN.finditer(text):
        part = run[0]
        if not part[0].isalpha() or part == "T":
            meant += part
            continue
        minutes = hours and part in {"mm", "MM"}
        found = "%M" if minutes else _LETTERS.get(part) or _LETTERS.get(part.upper())
        if found is None:
            return None
        hours = hours or found in {"%H", "%-H"}
        meant += found
    return meant if meant.count("%") > 1 and "%" not in text else None


def check_format(text: str, kind: str, *, zone: bool) -> None:
    """Raise ``ColumnError`` if the format doesn't say all that the type needs, or says more."""
    fields = {piece.field for piece in compile_format(text).pieces if piece.field}
    need: list[set[str]] = []
    if kind in {"date", "timestamp"}:
        need += [{"year", "short_year"}, {"month"}, {"day"}]
    if kind in {"time", "timestamp"}:
        need += [{"hour", "half_hour"}, {"minute"}]
    for choice in need:
        if len(choice & fields) != 1:
            known = [name for name, entry in DIRECTIVES.items() if entry[0] in choice]
            meant = strftime(text)
            hint = f"write `{meant}`" if meant else None
            needed = f"the format `{text}` of a {kind} needs one of {' '.join(known)}"
            raise wrong(needed, hint=hint)
    if ("half_hour" in fields) != ("half" in fields):
        raise wrong(f"the format `{text}` needs both %I and %p, or %H")
    if "fraction" in fields and "second" not in fields:
        raise wrong(f"the format `{text}` has %f without %S")
    allowed = {
        "date": _DATE,
        "time": _TIME,
        "timestamp": _DATE | _TIME | ({"offset"} if zone else set()),
    }
    for piece in compile_format(text).pieces:
        if piece.field and piece.field not in allowed[kind]:
            hint = "give the column a zone: `zone UTC`" if piece.field == "offset" else None
            raise wrong(f"the format `{text}` of a {kind} can't have `{piece.text}`", hint=hint)
