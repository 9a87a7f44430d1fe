"""The delimiter: what parts the first records alike, whole words of marks before single ones."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record

SINGLE = (",", ";", "\t", "|", ":", " ")
RARE = ("\x1f", "\x01", "~", "^", "¦", "§")
"""Taken only where no usual one is in the text's records alike."""
LONG = (
    ", ",
    "; ",
    "||",
    "::",
    ";;",
    ",,",
    "~~",
    "^^",
    "|~|",
    "~|~",
    "|^|",
    "^|^",
    "|;|",
    "#|#",
    " | ",
    "\t|\t",
    "<|>",
    "@@",
)
RECORDS = 200
_BLANK = re.compile(rb"[\r\n]*+")
LEAST = 0.9
"""So many of the records must be parted alike where a delimiter is not a usual one."""


def detect(sample: bytes, dialect: Dialect, *, whole: bool) -> str:
    """Return what stands between fields."""
    best, score = ",", 0.0
    for delimiter in SINGLE:
        found = _score(sample, replace(dialect, delimiter=delimiter), whole=whole)
        if found > score:
            best, score = delimiter, found
    plain = replace(dialect, delimiter=best)
    if score < LEAST / 2:
        for delimiter in RARE:
            if _parts(sample, plain, delimiter, whole=whole):
                return delimiter
    for delimiter in sorted(LONG, key=len, reverse=True):
        # A longer one that parts every record alike is no chance where its parts alone would do.
        if (best in delimiter or score < LEAST / 2) and _parts(
            sample, plain, delimiter, whole=whole
        ):
            return delimiter
    return best


def records_of(sample: bytes, dialect: Dialect, *, whole: bool) -> list[list[bytes]]:
    """Return the fields of the first records; comments and blank lines are none."""
    return [record.fields for record in _records(sample, dialect, whole=whole)]


def _records(sample: bytes, dialect: Dialect, *, whole: bool) -> list[Record]:
    grammar = Grammar(dialect)
    records: list[Record] = []
    at = _blank_until(sample, 0)
    while at < len(sample) and len(records) < RECORDS:
        if grammar.is_comment(sample, at):
            at = _blank_until(sample, grammar.line_end(sample, at)[1])
            continue
        record = grammar.record(sample, at)
        if record.after >= len(sample) and not whole and records:
            break
        records.append(record)
        at = _blank_until(sample, record.after)
    return records


def _blank_until(sample: bytes, at: int) -> int:
    found = _BLANK.match(sample, at)
    return found.end() if found else at


def _score(sample: bytes, dialect: Dialect, *, whole: bool) -> float:
    if dialect.delimiter.encode() not in sample:
        return 0.0
    records = records_of(sample, dialect, whole=whole)
    widths = Counter(len(record) for record in records)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if width == 1:
        return 0.0
    share = count / len(records)
    cells = [cell for record in records for cell in record]
    padded = sum(cell[:1] == b" " for cell in cells) * 2 >= len(cells)
    # Text has many a colon and space: they must part every record alike.
    weight = 0.5 if dialect.delimiter in " :" else 0.9 if padded else 1.0
    if len(records[0]) != width:
        if dialect.delimiter in " :":
            # Times and remarks; a header of one word is parted by neither.
            return 0.0
        # A header that another mark parts like the rows says more than a comma in every amount.
        weight *= 0.75
    return share * weight + min(width, 20) / 1000


def _parts(sample: bytes, base: Dialect, delimiter: str, *, whole: bool) -> bool:
    """Tell whether the delimiter parts nearly every record into the same number of fields."""
    if delimiter.encode() not in sample:
        return False
    records = _records(sample, replace(base, delimiter=delimiter), whole=whole)
    plain = _records(sample, base, whole=whole)
    if len(plain) == len(records):
        # A title or a total that no delimiter parts says nothing.
        several = [mine for mine, its in zip(records, plain, strict=True) if len(its.fields) > 1]
        records = several or records
    widths = Counter(len(record.fields) for record in records if _sound(record, base))
    if not widths:
        return False
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return width > 1 and len(records[0].fields) == width and count >= LEAST * len(records)


def _sound(record: Record, dialect: Dialect) -> bool:
    quote = (dialect.quote or "").encode()
    return record.state == "ok" and not (
        quote and any(bare is not None and quote in bare for bare in record.bare)
    )
