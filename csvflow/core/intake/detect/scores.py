"""How well a reading explains the first records of a text.

The right one finds the same number of fields in nearly all of them, in the header too, no quote
out of place, and cells that don't look as if they were two, or a part of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from csvflow.core.intake.detect import cells
from csvflow.core.intake.detect.doubts import Seen, columns_of, is_believed
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Record

PREAMBLE = 20
"""A title or remarks above the header are at most so many records."""
FOOTER = 5
LIKELY = 0.6
FULL = 0.9
EMPTY = 0.3
"""Of a column without any value, where others could stand."""
CELLS = 2_000
LEAST = 10
"""So many cells tell whether they are whole, and so many records at least."""
DAMAGED = 0.1
WHOLE = 0.8
RARE = ("~", "^", "¦", "§")
"""Taken only where they part the records clearly better than a usual one."""


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
    # Damage all over is refused: it makes no other reading the better one.
    sound = max(sum(_soundness(record, dialect) for record in inner) / len(inner), DAMAGED)
    score = share * cover * sound * sound
    if width == 1:
        json = 2 * sum(cells.is_json(record.fields[0]) for record in alike) > len(alike)
        return Reading(dialect, score / (10 if json else 1000))
    if not is_believed(seen, first, alike, dialect.delimiter, share):
        return Reading(dialect)
    whole = _wholeness(alike, dialect)
    score *= whole * (width + 1) / (width + 2)
    if dialect.delimiter in " :":
        if whole < LIKELY:
            return Reading(dialect)
        score *= 0.95
    if dialect.delimiter in RARE:
        score *= 0.8
    # A header that another mark parts like the rows says more than a comma in every amount.
    if any(cells.wholeness(cell) < WHOLE for row in records[:first] for cell in row.fields):
        score *= 0.75
    complete = first == 0 and last == len(records) - 1 and len(records) > 1
    # A title may have as many spaces and colons as the rows below it.
    full = complete and share >= FULL and dialect.delimiter not in " :"
    return Reading(dialect, score, full)


def _table(widths: Sequence[int], width: int) -> tuple[int, int]:
    """Return the first and the last record that belong to the table."""
    first = widths.index(width)
    last = len(widths) - 1 - widths[::-1].index(width)
    if first > PREAMBLE:
        first = 0
    if len(widths) - 1 - last > FOOTER:
        last = len(widths) - 1
    return first, last


def _wholeness(records: Sequence[Record], dialect: Dialect) -> float:
    """Return which part of the cells looks like whole ones."""
    total = score = 0.0
    whole = _whole_with_escapes(dialect)
    columns = columns_of(records[: max(CELLS // len(records[0].fields), LEAST)])
    for at, column in enumerate(columns):
        total += len(column)
        if any(column) or None in column or at == len(columns) - 1:
            score += sum(1.0 if cell is None else whole(cell) for cell in column)
        else:
            score += EMPTY * len(column)
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
