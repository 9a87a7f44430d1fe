"""Delimiter, quote, header and preamble, found out from the first records."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from csvflow.core.intake.detect import delimiters
from csvflow.core.intake.detect.delimiters import records_of
from csvflow.core.intake.dialect import Dialect, Newline
from csvflow.core.intake.grammar import Grammar, count_lines
from csvflow.core.intake.options import CsvOptions

PREAMBLE = 20
"""A title or remarks above the header are at most so many records."""
_REMARK = re.compile(rb"(?:^|[\r\n])#")
_TOLD = re.compile(rb"sep=([,;\t|])\r?[\r\n]")
"""How Excel is told a delimiter."""
_YEAR = re.compile(rb"(?:19|20)\d\d$")
_NUMBER = re.compile(rb"^\s*[-+]?[\d.,]*\d\s*%?$")
_DATE = re.compile(rb"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?$")


def detect(sample: bytes, options: CsvOptions, base: Dialect, *, whole: bool) -> Dialect:
    """Return the dialect of the text: what the options leave open is found out."""
    quote = _quote(sample, options)
    escape = _escape(sample, options)
    dialect = replace(
        base,
        newline=_newline(sample),
        escape=None if escape == quote else escape,
        doubled=options.doubled or escape == quote,
        comment=None if options.comment in ("auto", "none") else options.comment,
        quote=quote,
    )
    remarks = options.comment == "auto" and _REMARK.search(sample) is not None
    seen = replace(dialect, comment="#") if remarks else dialect
    told = _TOLD.match(sample) if options.delimiter == options.preamble == "auto" else None
    if told is not None:
        dialect = replace(dialect, delimiter=told[1].decode())
        options = options.model_copy(update={"preamble": 1})
    elif options.delimiter != "auto":
        dialect = replace(dialect, delimiter=options.delimiter)
    else:
        dialect = replace(dialect, delimiter=delimiters.detect(sample, seen, whole=whole))
    if remarks:
        dialect = _with_comments(sample, dialect, whole=whole)
    records = records_of(sample, dialect, whole=whole)
    skipped = _preamble(records, options)
    lines = _lines_of(sample, dialect, skipped) if options.preamble == "auto" else skipped
    if options.preamble != "auto":
        below = _below(sample, dialect, skipped)
        records = records_of(sample[below:], dialect, whole=whole)
    else:
        records = records[skipped:]
    header = _header(records, options)
    return replace(
        dialect,
        preamble_lines=lines,
        header=header > 0,
        header_lines=header,
        trailing=_trailing(records, header, options),
    )


def _with_comments(sample: bytes, dialect: Dialect, *, whole: bool) -> Dialect:
    """Take lines that begin with `#` for comments, where none of them has a record's fields."""
    others = records_of(sample, replace(dialect, comment="#"), whole=whole)
    if not others:
        return dialect
    width = _usual(others)
    lines = [line for line in records_of(sample, dialect, whole=whole) if line[0][:1] == b"#"]
    if width == 1 or not lines or any(len(line) == width for line in lines):
        return dialect
    return replace(dialect, comment="#", comment_width=width)


def _usual(records: list[list[bytes]]) -> int:
    widths = Counter(len(record) for record in records)
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0]


def _trailing(records: list[list[bytes]], header: int, options: CsvOptions) -> bool:
    if options.trailing != "auto":
        return options.trailing == "drop"
    body = records[header:]
    if not body or not header:
        return False
    width = _usual(body)
    named = max(len(record) for record in records[:header])
    behind = all(not record[-1] for record in body if len(record) == width)
    unnamed = named == width - 1 or all(
        len(record) == width and not record[-1] for record in records[:header]
    )
    return behind and unnamed and width > 2  # noqa: PLR2004 - `a,` may be one empty field


def _below(sample: bytes, dialect: Dialect, lines: int) -> int:
    grammar = Grammar(dialect)
    at = 0
    for _ in range(lines):
        _, at = grammar.line_end(sample, at)
    return at


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


def _preamble(records: list[list[bytes]], options: CsvOptions) -> int:
    if options.preamble != "auto":
        return options.preamble
    if not records:
        return 0
    usual = _usual(records)
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
    grammar = Grammar(dialect)
    at = seen = 0
    while seen < records and at < len(sample):
        if grammar.is_comment(sample, at):
            _, at = grammar.line_end(sample, at)
            continue
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
    if not rest:
        return 1
    if _grouped(first, rest):
        return 2
    if any(not cell.strip() for cell in first):
        return 1
    typed = _typed_columns(rest)
    # A first record that is typed wherever the others are is one of them.
    if not typed or not all(_typed(first[index]) for index in typed):
        return 1
    return 1 if _years(first, typed) and not any(_years(record, typed) for record in rest) else 0


def _years(record: list[bytes], columns: list[int]) -> bool:
    """Tell whether years stand there, as above the columns of a table by years."""
    cells = [record[index].strip() for index in columns]
    return all(_YEAR.match(cell) for cell in cells) and len(set(cells)) == len(cells)


def _grouped(first: list[bytes], rest: list[list[bytes]]) -> bool:
    """Tell whether the second record names columns below groups that the first one names."""
    second, body = rest[0], rest[1:]
    names = list(zip(first, second, strict=True))
    repeated = len(set(first)) < len(first) or any(not cell.strip() for cell in first)
    return (
        repeated
        and len(set(names)) == len(names)
        and all(cell.strip() for cell in second)
        and not any(_typed(cell) for cell in (*first, *second))
        and len(_typed_columns(body)) * 2 >= len(first)
    )


def _typed_columns(records: list[list[bytes]]) -> list[int]:
    records = records[:50]
    return [
        index
        for index in range(len(records[0]) if records else 0)
        if all(_typed(record[index]) or not record[index] for record in records)
        and any(record[index] for record in records)
    ]


def _typed(cell: bytes) -> bool:
    return bool(_NUMBER.match(cell) or _DATE.match(cell))
