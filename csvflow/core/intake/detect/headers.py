"""What stands above the records: remarks, names, groups of names; what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csvflow.core.intake.detect import cells
from csvflow.core.intake.detect.scores import PREAMBLE, usual_width

_YEAR = re.compile(rb"(?:19|20)\d\d$")
BODY = 50
"""So many records tell what is in a column."""
MOST = 3
"""A header that is found, not told, has at most so many records."""
Fields = list[bytes]


def preamble(records: list[Fields]) -> int:
    """Return how many records are remarks above the header."""
    if not records:
        return 0
    usual = usual_width([len(record) for record in records])
    if usual == 1:
        return 0
    first = next((i for i, row in enumerate(records) if _is_full(row, usual)), 0)
    above = records[:first]
    # Remarks fill one field; a record that is merely too short or too long is damage, but not
    # where names stand below it.
    parted = [len(row) for row in above if not _is_remark(row, usual)]
    prose = usual not in parted and len(set(parted)) == len(parted) and _names(records[first:])
    return first if first <= PREAMBLE and (not parted or prose) else 0


def _is_full(record: Fields, usual: int) -> bool:
    return len(record) == usual and not _is_padded(record, usual)


def _is_padded(record: Fields, usual: int) -> bool:
    """Tell whether it is a title, filled up with delimiters to the width of the table."""
    return len(record) == usual > 2 and not any(cell.strip() for cell in record[1:])  # noqa: PLR2004


def _is_remark(record: Fields, usual: int) -> bool:
    if len(record) == usual:
        return _is_padded(record, usual)
    return sum(1 for cell in record if cell.strip()) <= 1


def _names(records: list[Fields]) -> bool:
    """Tell whether the first record names the columns of the others, beyond doubt."""
    records = _unpadded(records)
    if _grouped(records):
        return True
    return all(cell.strip() for cell in records[0]) and _votes(records[0], records[1:]) > 0


def header(records: list[Fields]) -> int:
    """Return how many of the first records name the columns."""
    if len(records) < 2:  # noqa: PLR2004
        return 1
    width = len(records[0])
    records = [records[0], *(record for record in records[1:] if len(record) == width)]
    if len(records) == 1:
        return 1
    records = _unpadded(records)
    if grouped := _grouped(records):
        return grouped
    first, body = records[0], records[1:]
    votes = _votes(first, body)
    if votes:
        return 1 if votes > 0 else 0
    if any(not cell.strip() for cell in first):
        return 1
    return 0 if _is_repeated(first, body) else 1


def trailing(records: list[Fields], lines: int) -> bool:
    """Tell whether a delimiter stands behind the last field of the records."""
    body = records[lines:]
    if not body or not lines:
        return False
    width = usual_width([len(record) for record in body])
    named = max(len(record) for record in records[:lines])
    behind = all(not record[-1] for record in body if len(record) == width)
    unnamed = named == width - 1 or all(
        len(record) == width and not record[-1] for record in records[:lines]
    )
    return behind and unnamed and width > 2  # noqa: PLR2004 - `a,` may be one empty field


def _unpadded(records: list[Fields]) -> list[Fields]:
    """Return the records without an empty last field that all of them have."""
    width = len(records[0])
    if width > 1 and all(len(record) != width or not record[-1] for record in records):
        return [record[:-1] if len(record) == width else record for record in records]
    return records


def _votes(first: Fields, body: Sequence[Fields]) -> int:
    """Return 1 if the record names the columns, -1 if it is one like the others, else 0.

    A column speaks whose cells are all of one kind.
    """
    alike = other = 0
    kinds = _kinds(first, body)
    for cell, kind in zip(first, kinds, strict=True):
        if kind is not None and not cells.is_nothing(cell):
            mine = cells.kind(cell)
            alike += mine == kind
            other += mine != kind
    if other or not alike:
        return 1 if other else 0
    return 1 if _are_years(first, kinds) and not _are_years(body[0], kinds) else -1


def _kinds(first: Fields, body: Sequence[Fields]) -> list[str | None]:
    rows = [row for row in body[:BODY] if len(row) == len(first)]
    kinds: list[str | None] = []
    for at in range(len(first)):
        found = {cells.kind(row[at]) for row in rows if not cells.is_nothing(row[at])}
        kinds.append(found.pop() if len(found) == 1 else None)
    return kinds


def _are_years(record: Fields, kinds: Sequence[str | None]) -> bool:
    """Tell whether years stand there, as above the columns of a table by years."""
    typed = [cell.strip() for cell, kind in zip(record, kinds, strict=True) if kind == "number"]
    return all(_YEAR.match(cell) for cell in typed) and len(set(typed)) == len(typed) > 0


def _is_repeated(first: Fields, body: Sequence[Fields]) -> bool:
    """Tell whether some of the cells stand again in their columns, as states and places do."""
    rows = [row for row in body if row != first]
    again = sum(
        bool(cell.strip()) and any(row[at] == cell for row in rows) for at, cell in enumerate(first)
    )
    return again > 0


def _grouped(records: list[Fields]) -> int:
    """Return how many of the first records name groups and, below them, columns; 0: none."""
    width = len(records[0])
    same = [record for record in records[: BODY + MOST] if len(record) == width]
    return next(
        (lines for lines in range(MOST, 1, -1) if _is_grouped(same[:lines], same[lines:])), 0
    )


def _is_grouped(lines: Sequence[Fields], body: Sequence[Fields]) -> bool:
    """Tell whether the last line names columns below groups that the lines above it name."""
    if not body:
        return False
    *groups, names = lines
    columns = list(zip(*lines, strict=True))
    return (
        all(len(set(group)) < len(group) for group in groups)
        and all(any(cell.strip() for cell in group) for group in groups)
        and len(set(columns)) == len(columns)
        and all(cell.strip() for cell in names)
        and not any(cells.kind(cell) for line in lines for cell in line)
        and _votes(names, body) > 0
    )
