"""What stands above the records: remarks, names, groups of names; what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csvflow.core.intake.detect import cells
from csvflow.core.intake.detect.scores import usual_width

_YEAR = re.compile(rb"(?:19|20)\d\d$")
BODY = 50
"""So many records tell what is in a column."""
MOST = 3
"""A header that is found, not told, has at most so many records."""
COUNTED = 3
"""Two numbers in a row may stand one behind the other by chance."""
Fields = list[bytes]


def header(records: list[Fields]) -> int:
    """Return how many of the first records name the columns."""
    if len(records) < 2:  # noqa: PLR2004
        return 1
    width = len(records[0])
    records = [records[0], *(record for record in records[1:] if len(record) == width)]
    if len(records) == 1:
        return 1
    records = unpadded(records)
    if lines := grouped(records):
        return lines
    first, body = records[0], records[1:]
    if vote := votes(first, body):
        return 1 if vote > 0 else 0
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


def unpadded(records: list[Fields]) -> list[Fields]:
    """Return the records without an empty last field that all of them have."""
    width = len(records[0])
    if width > 1 and all(len(record) != width or not record[-1] for record in records):
        return [record[:-1] if len(record) == width else record for record in records]
    return records


def votes(first: Fields, body: Sequence[Fields]) -> int:
    """Return 1 if the record names the columns, -1 if it is one like the others, else 0.

    A column speaks whose cells are all of one kind.
    """
    same, other = _spoken(first, body)
    if other or not same:
        return 1 if other else 0
    return 1 if _are_numbers(first, body) else -1


def are_names(first: Fields, body: Sequence[Fields]) -> bool:
    """Tell whether the record names the columns and no cell of it is like those below."""
    same, other = _spoken(first, body)
    return all(cell.strip() for cell in first) and (
        (other > 0 and not same) or (same > 0 and _are_numbers(first, body))
    )


def others(first: Fields, body: Sequence[Fields]) -> int:
    """Return in how many columns the record is unlike all others, if it is like them in none."""
    same, other = _spoken(first, body)
    return 0 if same else other


def _spoken(first: Fields, body: Sequence[Fields]) -> tuple[int, int]:
    """Return in how many columns the record is like the others, and in how many it isn't."""
    same = other = 0
    for cell, kind in zip(first, _kinds(first, body), strict=True):
        if kind is not None and not cells.is_nothing(cell):
            mine = cells.kind(cell)
            same += mine == kind
            other += mine != kind
    return same, other


def _are_numbers(first: Fields, body: Sequence[Fields]) -> bool:
    """Tell whether years stand there, or numbers from 1 on below a word, and none below."""
    kinds = _kinds(first, body)
    return any(
        among(first, kinds) and not among(body[0], kinds) for among in (_are_years, _are_counted)
    )


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


def _are_counted(record: Fields, kinds: Sequence[str | None]) -> bool:
    """Tell whether words stand there and, behind them, 1, 2, 3 and so on, as months do."""
    places = [at for at, kind in enumerate(kinds) if kind == "number"]
    counted = [record[at].strip() for at in places]
    expected = [b"%d" % number for number in range(1, len(places) + 1)]
    return (
        len(places) >= COUNTED
        and [cell.lstrip(b"0") for cell in counted] == expected
        and places[0] > 0
        and not any(map(cells.kind, record[: places[0]]))
    )


def _is_repeated(first: Fields, body: Sequence[Fields]) -> bool:
    """Tell whether some of the cells stand again in their columns, as states and places do."""
    rows = [row for row in body if row != first]
    again = sum(
        bool(cell.strip()) and any(row[at] == cell for row in rows) for at, cell in enumerate(first)
    )
    return again > 0


def grouped(records: list[Fields]) -> int:
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
        and not any(map(cells.is_nothing, names))
        and votes(names, body) > 0
    )
