"""What stands above the header: titles, remarks, labels beside values. Never a table.

The table is where most of the records are, or the widest that go on to the end. Lines above it
that delimiters part into several fields are left out only where names stand below them beyond
doubt, and where they don't look like a table of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from csvflow.contract import InputError
from csvflow.core.intake.detect import cells, headers
from csvflow.core.intake.detect.headers import Fields
from csvflow.core.intake.detect.scores import FOOTER, usual_width

MOST = 60
"""So many records at most stand above the header."""
ROWS = 1
"""So many rows at least must stand below two records that may be the header."""
TABLE = 3
"""Fewer lines, with names of things in the first field, are no table."""


def preamble(records: list[Fields], lines: Callable[[int], int], *, told: bool) -> int:
    """Return how many records stand above the header.

    ``lines``: how many physical lines so many of the records take; ``told``: the header's records
    are. Raises ``InputError`` (``input.header``) where one record or the next may be the header.
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
    titles = _filled_up(records[first:], above=first)
    if told:
        return first + (titles or 0)
    if titles is None or (not titles and _is_doubtful(records[first:])):
        raise InputError(
            "input.header",
            "it isn't clear which record is the header: one that may be a title, or the next",
            hint=f"say `csv: {{preamble: {lines(first + 1)}}}` if the next is; `csv: {{preamble:"
            f" {lines(first)}, header: 2}}` if both name the columns; else `csv: {{preamble:"
            f" {lines(first)}, header: 1}}`",
        )
    return first + titles


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


def _filled_up(records: list[Fields], above: int) -> int | None:
    """Return how many of the first records, as wide as the table, are titles; None: unclear."""
    records = headers.unpadded(records)
    width = len(records[0])
    if width < 3 and not _is_label(records[0]):  # noqa: PLR2004
        return 0
    for at, row in enumerate(records[: MOST + 1]):
        if (
            at
            and len(row) == width
            and _only_names(row)
            and headers.are_names(row, records[at + 1 :])
        ):
            return _agreed(records[: at + 1], records[at + 1 :], above)
        if len(row) == width and any(row) and not _is_title(row, records[at + 1 :], at + above):
            return 0
    return 0


def _agreed(lines: list[Fields], body: list[Fields], above: int) -> int | None:
    """Return how many of the lines are titles: all but the last, if that is clear."""
    *titles, head = lines
    if len(titles) > 1 or above or _is_prose(titles[0], lines[1:]) or _is_label(titles[0]):
        return len(titles)
    blank = sum(1 for cell in titles[0] if not cell.strip())
    return 1 if 2 * blank >= len(head) and not headers.grouped([*lines, *body]) else None


def _is_doubtful(records: list[Fields]) -> bool:
    """Tell whether the second record reads as a header, too, above several columns of figures."""
    records = headers.unpadded(records)
    if headers.grouped(records):
        return False
    first, *rest = (record for record in records if len(record) == len(records[0]))
    return (
        len(rest) > ROWS
        and rest[0] != first
        and _only_names(rest[0])
        and all(cell.strip() for cell in rest[0])
        and headers.others(rest[0], rest[1:]) > 1
    )


def _only_names(record: Fields) -> bool:
    return len(set(record)) == len(record) and not any(map(cells.kind, record))


def _is_title(record: Fields, below: Sequence[Fields], above: int) -> bool:
    """Tell whether it looks like a title; where others stand above it: by dates in it, too."""
    dated = above > 0 and any(cells.kind(cell) in ("date", "time") for cell in record)
    return _is_begun(record) or _is_prose(record, below) or _is_label(record) or dated


def _is_label(record: Fields) -> bool:
    """Tell whether it is what a colon stands behind, and a value."""
    return record[0].strip().endswith(b":") and len(record) > 1


def _is_begun(record: Fields) -> bool:
    """Tell whether only the first fields are filled."""
    filled = [bool(cell.strip()) for cell in record]
    return not filled[-1] and filled == sorted(filled, reverse=True)


def _is_prose(record: Fields, below: Sequence[Fields]) -> bool:
    """Tell whether a blank stands behind each delimiter, as in sentences, and nowhere below."""
    return all(cell[:1] == b" " for cell in record[1:]) and not any(
        cell[:1] == b" " for row in below[: headers.BODY] for cell in row
    )
