"""What stands above the header: titles, remarks, labels beside values. Never a table.

The table is where most of the records are, or the widest that go on to the end. Lines above it
that delimiters part into several fields are left out only where names stand below them beyond
doubt, and where they don't look like a table of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from csvflow.contract import InputError
from csvflow.core.intake.detect import cells, headers
from csvflow.core.intake.detect.headers import Fields
from csvflow.core.intake.detect.scores import FOOTER, usual_width

MOST = 60
"""So many records at most stand above the header."""
TABLE = 3
"""Fewer lines, with names of things in the first field, are no table."""


def preamble(records: list[Fields]) -> int:
    """Return how many records stand above the header.

    Raises ``InputError`` (``input.header``) where the first or the second may be the header.
    """
    if not records:
        return 0
    usual = _width(records)
    if usual == 1:
        return 0
    first = next((i for i, row in enumerate(records) if _is_full(row, usual)), 0)
    if first > MOST:
        return 0
    parted = [row for row in records[:first] if not _is_remark(row, usual)]
    if parted and (_have_table(parted) or not _named(records[first:])):
        # A record that is merely too short or too long is damage.
        return 0
    return first + _filled_up(records[first:], above=first)


def _width(records: list[Fields]) -> int:
    """Return how many fields the records of the table have."""
    widths = [len(record) for record in records]
    usual = usual_width(widths)
    end = next((i for i in range(len(widths), 0, -1) if widths[i - 1] > 1), 0)
    if len(widths) - end > FOOTER or not end:
        return usual
    last = widths[end - 1]
    start = next((i for i in range(end - 1, 0, -1) if widths[i - 1] != last), 0)
    above = [row for row in records[:start] if not _is_remark(row, last)]
    if last > usual and end - start > 1 and not _have_table(above) and _named(records[start:end]):
        return last
    return usual


def _is_full(record: Fields, usual: int) -> bool:
    return len(record) == usual and not _is_padded(record, usual)


def _is_padded(record: Fields, usual: int) -> bool:
    """Tell whether it is a title, filled up with delimiters to the width of the table."""
    return len(record) == usual > 2 and not any(cell.strip() for cell in record[1:])  # noqa: PLR2004


def _is_remark(record: Fields, usual: int) -> bool:
    if len(record) == usual:
        return _is_padded(record, usual)
    return sum(1 for cell in record if cell.strip()) <= 1


def _named(records: list[Fields]) -> bool:
    """Tell whether the first record names the columns of the others, beyond doubt."""
    records = headers.unpadded(records)
    if headers.grouped(records):
        return True
    return headers.are_names(records[0], records[1:])


def _have_table(records: Sequence[Fields]) -> bool:
    """Tell whether some of the records are a table of their own: names, or values all alike."""
    return any(_is_table(list(rows)) for _, rows in groupby(records, len))


def _is_table(rows: list[Fields]) -> bool:
    head, *body = rows
    if not body or len(head) == 1 or all(row[0].strip().endswith(b":") for row in rows):
        return False
    kinds = {cells.kind(row[0]) for row in body}
    if len(kinds) == 1 and kinds != {None}:
        return True
    return len(rows) >= TABLE and headers.votes(head, body) > 0


def _filled_up(records: list[Fields], above: int) -> int:
    """Return how many of the first records, as wide as the table, are titles all the same."""
    records = headers.unpadded(records)
    width = len(records[0])
    if width < 3 or not _is_title(records[0], records[1:]):  # noqa: PLR2004
        return 0
    for at, head in enumerate(records[1 : MOST + 1], 1):
        if len(head) == width and _only_names(head) and _named(records[at:]):
            return _agreed(records[: at + 1], records[at + 1 :], above)
        if len(head) == width and any(head) and not _is_title(head, records[at + 1 :]):
            return 0
    return 0


def _agreed(lines: list[Fields], body: list[Fields], above: int) -> int:
    """Return how many of the lines are titles: all but the last, or none that names groups."""
    *titles, head = lines
    if len(titles) > 1 or above or _is_prose(titles[0], lines[1:]):
        return len(titles)
    if headers.grouped([*lines, *body]):
        return 0
    if 2 * sum(1 for cell in titles[0] if not cell.strip()) >= len(head):
        return 1
    raise InputError(
        "input.header",
        "the first record may be a title, or the header without a name for the last column",
        hint="`csv: {preamble: 1}` if the second record is the header, else `csv: {preamble: 0}`",
    )


def _only_names(record: Fields) -> bool:
    return len(set(record)) == len(record) and not any(map(cells.kind, record))


def _is_title(record: Fields, below: Sequence[Fields]) -> bool:
    return _is_begun(record) or _is_prose(record, below)


def _is_begun(record: Fields) -> bool:
    """Tell whether only the first fields are filled."""
    filled = [bool(cell.strip()) for cell in record]
    return not filled[-1] and filled == sorted(filled, reverse=True)


def _is_prose(record: Fields, below: Sequence[Fields]) -> bool:
    """Tell whether a blank stands behind each delimiter, as in sentences, and nowhere below."""
    return all(cell[:1] == b" " for cell in record[1:]) and not any(
        cell[:1] == b" " for row in below[: headers.BODY] for cell in row
    )
