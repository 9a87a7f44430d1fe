"""Delimiter, quote, header and preamble, found out from the first records."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from csvflow.core.intake.dialect import Dialect, Newline
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.options import CsvOptions

DELIMITERS = (",", ";", "\t", "|", ":", " ")
RECORDS = 200
PREAMBLE = 20
"""A title or remarks above the header are at most so many records."""
_NUMBER = re.compile(rb"^\s*[-+]?[\d.,]*\d\s*%?$")
_DATE = re.compile(rb"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?$")


def detect(sample: bytes, options: CsvOptions, base: Dialect, *, whole: bool) -> Dialect:
    """Return the dialect of the text: what the options leave open is found out."""
    dialect = replace(
        base,
        newline=_newline(sample),
        escape=_escape(sample, options),
        doubled=options.doubled,
        comment=None if options.comment == "none" else options.comment,
        quote=_quote(sample, options),
    )
    if options.delimiter != "auto":
        dialect = replace(dialect, delimiter=options.delimiter)
    else:
        dialect = replace(dialect, delimiter=_delimiter(sample, dialect, whole=whole))
    records = _records(sample, dialect, whole=whole)
    skipped = _preamble(records, options)
    lines = _lines_of(sample, dialect, skipped) if options.preamble == "auto" else skipped
    records = records[skipped:] if options.preamble == "auto" else records
    header = _header(records, options)
    return replace(dialect, preamble_lines=lines, header=header > 0, header_lines=header)


def _newline(sample: bytes) -> Newline:
    pairs = sample.count(b"\r\n")
    lf, cr = sample.count(b"\n") - pairs, sample.count(b"\r") - pairs
    if lf and (pairs or cr > lf):
        return "mixed"
    if pairs:
        return "crlf"
    return "cr" if cr and not lf else "lf"


def _quote(sample: bytes, options: CsvOptions) -> str | None:
    if options.quote == "none":
        return None
    if options.quote != "auto":
        return options.quote
    if b'"' in sample:
        return '"'
    single = len(re.findall(rb"(?:^|[,;|\t\n])'[^'\n]*'(?=[,;|\t\r\n]|$)", sample))
    return "'" if single >= 2 and single * 2 == sample.count(b"'") else '"'  # noqa: PLR2004


def _escape(sample: bytes, options: CsvOptions) -> str | None:
    if options.escape == "none":
        return None
    if options.escape != "auto":
        return options.escape
    # `\"` inside a quoted field that goes on: nothing else is written so.
    inside = re.search(rb'\\"[^,;|\t\r\n"]', sample)
    return "\\" if inside and b'""' not in sample else None


def _delimiter(sample: bytes, dialect: Dialect, *, whole: bool) -> str:
    best, score = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter.encode() not in sample:
            continue
        records = _records(sample, replace(dialect, delimiter=delimiter), whole=whole)
        if not records:
            continue
        widths = Counter(len(record) for record in records)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width == 1:
            continue
        share = count / len(records)
        # Text has many a colon and space: they must part every record alike.
        found = share * (0.5 if delimiter in " :" else 1.0) + min(width, 20) / 1000
        if found > score:
            best, score = delimiter, found
    return best


def _records(sample: bytes, dialect: Dialect, *, whole: bool) -> list[list[bytes]]:
    grammar = Grammar(dialect)
    records: list[list[bytes]] = []
    at = 0
    while at < len(sample) and len(records) < RECORDS:
        if grammar.is_comment(sample, at):
            _, at = grammar.line_end(sample, at)
            continue
        record = grammar.record(sample, at)
        if record.after >= len(sample) and not whole and records:
            break
        if record.end > at:
            records.append(record.fields)
        at = record.after
    return records


def _preamble(records: list[list[bytes]], options: CsvOptions) -> int:
    if options.preamble != "auto":
        return options.preamble
    widths = Counter(len(record) for record in records)
    if not widths:
        return 0
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    if usual == 1 or len(records[0]) == usual:
        return 0
    first = next((i for i, record in enumerate(records) if len(record) == usual), 0)
    above = records[:first]
    # Remarks fill one field; a record that is merely too short or too long is damage.
    if first <= PREAMBLE and all(sum(1 for cell in record if cell) <= 1 for record in above):
        return first
    return 0


def _lines_of(sample: bytes, dialect: Dialect, records: int) -> int:
    """Return how many physical lines so many records take, blank lines above them included."""
    from csvflow.core.intake.grammar import count_lines  # noqa: PLC0415 - keeps names apart

    grammar = Grammar(dialect)
    at = seen = 0
    while seen < records and at < len(sample):
        record = grammar.record(sample, at)
        seen += record.end > at
        at = record.after
    return count_lines(sample[:at])


def _header(records: list[list[bytes]], options: CsvOptions) -> int:
    if options.header == "none":
        return 0
    if options.header != "auto":
        return options.header
    if len(records) < 2:  # noqa: PLR2004
        return 1
    first, rest = records[0], [record for record in records[1:] if len(record) == len(records[0])]
    if any(not cell.strip() for cell in first) or not rest:
        return 1
    typed = [
        index
        for index in range(len(first))
        if all(_typed(record[index]) or not record[index] for record in rest[:50])
        and any(record[index] for record in rest[:50])
    ]
    # A first record that is typed wherever the others are is one of them.
    return 0 if typed and all(_typed(first[index]) for index in typed) else 1


def _typed(cell: bytes) -> bool:
    return bool(_NUMBER.match(cell) or _DATE.match(cell))
