"""How well a reading explains the first records of a text.

The right one finds the same number of fields in nearly all of them, in the header too, no quote
out of place, and cells that don't look as if they were two, or a part of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from csvflow.core.intake.detect import cells
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Record

PREAMBLE = 20
"""A title or remarks above the header are at most so many records."""
FOOTER = 5
SURE = 0.8
"""Prose has now so many words, now so many: a space or colon must part so many records alike."""
LIKELY = 0.6
FULL = 0.9
WHOLE = 0.8
POOR = 0.3
"""What scores less is no delimiter where a rarer one does better."""
_MARKS = re.compile(rb"\s*[,;|:~^\t]+\s*")


@dataclass(frozen=True, slots=True)
class Seen:
    """The first records as one dialect reads them."""

    records: Sequence[Record]
    gaps: frozenset[int]
    """Which of them stand behind a blank line."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One dialect and how well it explains the text."""

    dialect: Dialect
    score: float = 0.0
    """Nothing at 0; near 1: everything."""
    full: bool = False
    """The first record and nearly all others have as many fields."""


def usual_width(widths: Sequence[int]) -> int:
    """Return how many fields most records have: the more, the rather."""
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 1
    width, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    if count * 3 >= len(widths) and (count > 1 or len(widths) == 1):
        # In a short file a header and its records may be fewer than the remarks around them.
        return width
    return max(widths, key=widths.count)


def reading(seen: Seen, dialect: Dialect) -> Reading:
    """Return how well the dialect explains what it sees."""
    records = seen.records
    widths = [len(record.fields) for record in records]
    width = usual_width(widths)
    if not records:
        return Reading(dialect)
    first, last = _table(widths, width)
    inner = records[first : last + 1]
    alike = [record for record in inner if len(record.fields) == width]
    share = len(alike) / len(inner)
    cover = (1 + len(inner) / len(records)) / 2
    sound = sum(_soundness(record, dialect) for record in inner) / len(inner)
    score = share * cover * sound * sound
    if width == 1:
        return Reading(dialect, score / 1000)
    if not _is_believed(seen, first, alike, dialect, share):
        return Reading(dialect)
    whole = _wholeness(alike, dialect)
    score *= whole * (width + 1) / (width + 2)
    if dialect.delimiter in " :":
        if whole < LIKELY:
            return Reading(dialect)
        score *= 0.95
    # A header that another mark parts like the rows says more than a comma in every amount.
    if any(cells.wholeness(cell) < WHOLE for row in records[:first] for cell in row.fields):
        score *= 0.75
    full = first == 0 and last == len(records) - 1 and share >= FULL and len(records) > 1
    return Reading(dialect, score, full)


def is_doubtful(seen: Seen, first: int, delimiter: str) -> bool:
    """Tell whether what stands above the first record of the table may be its header.

    That is one field right above records of several, the first of which has no names: a title;
    or the name of a column that holds the delimiter; or one of a header without a name for the
    names of rows.
    """
    records = seen.records
    if first != 1 or len(records[0].fields) != 1 or 1 in seen.gaps or len(records) == 1:
        return False
    width = len(records[1].fields)
    alike = [record for record in records[1:] if len(record.fields) == width]
    if _has_names(alike):
        return False
    title = records[0].bare[0]
    if title is None or b" " not in title.strip():
        return True
    return delimiter.strip() == "," and (_are_one(alike, delimiter) or not any(_typed(alike)))


def _table(widths: Sequence[int], width: int) -> tuple[int, int]:
    """Return the first and the last record that belong to the table."""
    first = widths.index(width)
    last = len(widths) - 1 - widths[::-1].index(width)
    if first > PREAMBLE:
        first = 0
    if len(widths) - 1 - last > FOOTER:
        last = len(widths) - 1
    return first, last


def _is_believed(
    seen: Seen, first: int, alike: Sequence[Record], dialect: Dialect, share: float
) -> bool:
    """Tell whether the delimiter is more than a mark within cells."""
    delimiter = dialect.delimiter
    if any(
        sum(1 for cell in column if cell is not None and _MARKS.fullmatch(cell)) * 2 > len(column)
        for column in _columns(alike)
    ):
        return False
    if len(delimiter) > 1 and len(set(delimiter)) == 1:
        return _is_doubled(first, alike, delimiter.encode())
    if delimiter in " :" and not _is_sure(seen, first, alike, dialect, share):
        return False
    if (
        first != 1
        or not is_doubtful(seen, first, delimiter)
        or delimiter.strip() not in (",", ":", "")
    ):
        return True
    # Prose and amounts in one column: some of them have no comma, or a blank behind it.
    quoted = sum(record.inside[0] is not None for record in alike) * 2 > len(alike)
    blank = delimiter[-1:] == " " or all(
        bare is not None and bare[:1] == b" " for record in alike for bare in record.bare[1:]
    )
    return quoted or not (
        blank
        or len(alike) < len(seen.records) - 1
        or (len(alike[0].fields) == 2 and _are_one(alike, delimiter))  # noqa: PLR2004
    )


def _is_doubled(first: int, alike: Sequence[Record], delimiter: bytes) -> bool:
    """Tell whether the two marks are one delimiter, and not two around an empty field."""
    mark = delimiter[:1]
    lone = all(any(bare and mark in bare for bare in record.bare) for record in alike)
    width = len(alike[0].fields)
    empty = any(
        not any(column) for column in zip(*(record.fields for record in alike), strict=True)
    )
    if lone and (mark == b"," or (mark == b";" and (empty or width == 2))):  # noqa: PLR2004
        return False
    if width > 2 or any(not all(record.fields) for record in alike):  # noqa: PLR2004
        return True
    return mark not in b",;" and first == 0 and _has_names(alike)


def _is_sure(
    seen: Seen, first: int, alike: Sequence[Record], dialect: Dialect, share: float
) -> bool:
    """Tell whether a space or a colon is more than a mark within times, names and remarks."""
    if share < SURE:
        return False
    if sum(any(inside is not None for inside in record.inside) for record in alike) * 2 > len(
        alike
    ):
        return True
    if _are_one(alike[1:] or alike, dialect.delimiter) or not any(_typed(alike[1:] or alike)):
        return False
    # What stands above in one field may be the header: then the rest is a column of times.
    above = seen.records[:first]
    return not above or len(above[-1].fields) > 1 or _has_names(alike)


def _are_one(records: Sequence[Record], delimiter: str) -> bool:
    """Tell whether the records are one cell each: a time, an amount, a number of a telephone."""
    mark = delimiter.encode()
    whole = sum(
        cells.kind(mark.join(record.fields)) is not None
        for record in records
        if None not in record.bare
    )
    return 2 * whole > len(records)


def _has_names(records: Sequence[Record]) -> bool:
    """Tell whether the first of the records can only be names."""
    head, *body = records
    return all(head.fields) and not any(map(cells.kind, head.fields)) and any(_typed(body))


def _typed(records: Sequence[Record]) -> Iterable[bool]:
    """Tell of each column whether most of its cells are more than words."""
    columns = zip(*(record.fields for record in records), strict=True)
    return (2 * sum(map(_is_typed, column)) > len(column) for column in columns)


def _is_typed(cell: bytes) -> bool:
    return cells.kind(cell) not in (None, "flag")


def _columns(records: Sequence[Record]) -> list[tuple[bytes | None, ...]]:
    return list(zip(*(record.bare for record in records), strict=True))


def _wholeness(records: Sequence[Record], dialect: Dialect) -> float:
    """Return which part of the cells looks like whole ones."""
    total = score = 0.0
    whole = _whole_with_escapes(dialect)
    columns = _columns(records)
    for at, column in enumerate(columns):
        total += len(column)
        if any(column) or None in column or at == len(columns) - 1:
            score += sum(1.0 if cell is None else whole(cell) for cell in column)
    return score / total if total else 0.0


def _whole_with_escapes(dialect: Dialect) -> Callable[[bytes], float]:
    """Return what tells how whole a cell looks; escaped marks are as good as text."""
    if dialect.escape is None:
        return cells.wholeness
    marks = re.escape((dialect.delimiter + "\"'\r\n").encode())
    escaped = re.compile(re.escape(dialect.escape.encode()) + b"[" + marks + b"]")

    def whole(cell: bytes) -> float:
        text, count = escaped.subn(b"_", cell)
        if count and cells.is_json(cell):
            # JSON has escapes of its own.
            return 0.0
        return min(cells.wholeness(text) + (0.1 if count else 0.0), 1.0)

    return whole


def _soundness(record: Record, dialect: Dialect) -> float:
    """Return 1 where quotes open and close fields, 0 where they don't, and less for bare ones."""
    quote = (dialect.quote or "").encode()
    escape = (dialect.escape or "").encode()
    if record.state != "ok":
        return 0.0
    bare = quote and any(
        bare is not None and quote in (bare.replace(escape + quote, b"") if escape else bare)
        for bare in record.bare
    )
    return 0.8 if bare else 1.0
