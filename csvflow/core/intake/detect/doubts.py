"""Whether a delimiter is more than a mark within cells, and a first line more than a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from csvflow.core.intake.detect import cells
from csvflow.core.intake.grammar import Record

SURE = 0.8
"""Prose has now so many words, now so many: a space or colon must part so many records alike."""
WRITTEN = (",", ", ", "; ", ":", " ")
"""Marks that prose has, and amounts and times."""
_MARKS = re.compile(rb"\s*[,;|:~^\t]+\s*")


@dataclass(frozen=True, slots=True)
class Seen:
    """The first records as one dialect reads them."""

    records: Sequence[Record]
    gaps: frozenset[int]
    """Which of them stand behind a blank line."""


def is_doubtful(seen: Seen, first: int, delimiter: str) -> bool:
    """Tell whether what stands above the first record of the table may be more than titles.

    That is lines of one field right above records of several, the first of which has no names:
    titles; or a column that holds the delimiter now and then; or a header without a name for the
    names of rows.
    """
    records = seen.records
    above = records[:first]
    if any(len(record.fields) != 1 for record in above) or not 0 < first < len(records):
        return False
    if not seen.gaps.isdisjoint(range(1, first + 1)):
        return False
    width = len(records[first].fields)
    alike = [record for record in records[first:] if len(record.fields) == width]
    if _has_names(alike):
        return False
    title = records[0].bare[0]
    if title is None or b" " not in title.strip():
        return True
    return not any(_typed(alike)) or (delimiter.strip() == "," and _are_one(alike, delimiter))


def is_believed(
    seen: Seen, first: int, alike: Sequence[Record], delimiter: str, share: float
) -> bool:
    """Tell whether the delimiter is more than a mark within cells."""
    if any(
        sum(1 for cell in column if cell is not None and _MARKS.fullmatch(cell)) * 2 > len(column)
        for column in columns_of(alike)
    ):
        return False
    if len(delimiter) > 1 and len(set(delimiter)) == 1:
        return _is_doubled(first, alike, delimiter.encode())
    if delimiter in " :" and not _is_sure(seen, first, alike, delimiter, share):
        return False
    if delimiter not in WRITTEN or not is_doubtful(seen, first, delimiter):
        return True
    # Prose and amounts in one column: some of them have no comma, or a blank behind it.
    quoted = sum(record.inside[0] is not None for record in alike) * 2 > len(alike)
    blank = delimiter[-1:] == " " or all(
        bare is not None and bare[:1] == b" " for record in alike for bare in record.bare[1:]
    )
    return quoted or not (
        blank
        or len(alike) < len(seen.records) - first
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
    if mark not in b",;" and not any(bare for record in alike for bare in record.bare):
        return True
    if width > 2 or any(not all(record.fields) for record in alike):  # noqa: PLR2004
        return True
    return mark not in b",;" and first == 0 and _may_be_names(alike[0])


def _is_sure(seen: Seen, first: int, alike: Sequence[Record], delimiter: str, share: float) -> bool:
    """Tell whether a space or a colon is more than a mark within times, names and remarks."""
    if share < SURE:
        return False
    if sum(any(inside is not None for inside in record.inside) for record in alike) * 2 > len(
        alike
    ):
        return True
    if _are_one(alike[1:] or alike, delimiter) or not any(_typed(alike[1:] or alike)):
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
    return _may_be_names(head) and any(_typed(body))


def _may_be_names(record: Record) -> bool:
    return all(record.fields) and not any(map(cells.kind, record.fields))


def _typed(records: Sequence[Record]) -> Iterable[bool]:
    """Tell of each column whether most of its cells are more than words."""
    columns = zip(*(record.fields for record in records), strict=True)
    return (2 * sum(map(_is_typed, column)) > len(column) for column in columns)


def _is_typed(cell: bytes) -> bool:
    return cells.kind(cell) not in (None, "flag")


def columns_of(records: Sequence[Record]) -> list[tuple[bytes | None, ...]]:
    """Return the cells of each column as they are written; None for a quoted one."""
    return list(zip(*(record.bare for record in records), strict=True))
