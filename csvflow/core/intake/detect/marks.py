"""How a text is written, found out from its first records, in an order where each step knows more.

Newlines, then delimiter, quote and escape together, then comments, remarks above, the header, and
delimiters behind the last field.
"""

from __future__ import annotations

import re
from dataclasses import replace

from csvflow.core.intake.detect import delimiters, headers, newlines, titles
from csvflow.core.intake.detect.delimiters import records_of
from csvflow.core.intake.detect.scores import usual_width
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, count_lines, line_end
from csvflow.core.intake.options import CsvOptions

_REMARK = re.compile(rb"(?:^|[\r\n])#")
_OTHER = re.compile(rb"(?:^|[\r\n])[^#\r\n]")
_TOLD = re.compile(rb'"?sep=([^"\r\n]{1,8}?)"?(?:\r\n|\r|\n)', re.IGNORECASE)
"""How Excel is told a delimiter: a line of its own, whatever the options say."""


def detect(sample: bytes, options: CsvOptions, base: Dialect, *, whole: bool) -> Dialect:
    """Return the dialect of the text: what the options leave open is found out."""
    told = _TOLD.match(sample) if options.preamble != 0 else None
    rest = sample if told is None else sample[told.end() :]
    if told is not None and options.delimiter == "auto" and told[1] in rest:
        options = options.model_copy(update={"delimiter": told[1].decode()})
    dialect = replace(
        base,
        newline=newlines.likely(sample) if options.newline == "auto" else options.newline,
        comment=None if options.comment in ("auto", "none") else options.comment,
    )
    remarks = options.comment == "auto" and _has_remarks(sample)
    seen = replace(dialect, comment="#") if remarks else dialect
    seen = delimiters.detect(rest, seen, options, whole=whole)
    dialect = replace(seen, comment=dialect.comment)
    if remarks:
        dialect = _with_comments(rest, dialect, whole=whole)
    if options.newline == "auto" and dialect.newline == "mixed":
        dialect = newlines.decided(rest, dialect, whole=whole)
    if options.preamble == "auto":
        records = records_of(rest, dialect, whole=whole)
        remarks_above = _remarks(records, dialect)

        def lines_of(count: int) -> int:
            return _lines_of(rest, dialect, remarks_above + count) + (told is not None)

        named = options.header != "auto"
        found = titles.preamble(records[remarks_above:], lines_of, told=named)
        skipped = remarks_above + found
        if options.header != "none":
            delimiters.refuse_doubt(rest, dialect, skipped, whole=whole)
        lines = lines_of(found)
        records = records[skipped:]
    else:
        lines = options.preamble
        records = records_of(sample[_below(sample, lines) :], dialect, whole=whole)
    header = _header(records, options)
    return replace(
        dialect,
        preamble_lines=lines,
        header=header > 0,
        header_lines=header,
        trailing=(
            headers.trailing(records, header)
            if options.trailing == "auto"
            else options.trailing == "drop"
        ),
    )


def _has_remarks(sample: bytes) -> bool:
    """Tell whether some lines begin with `#`, and more of them don't."""
    if not (sample.startswith(b"#") or b"\n#" in sample or b"\r#" in sample):
        return False
    part = sample[: delimiters.PART]
    return len(_REMARK.findall(part)) <= 2 + len(_OTHER.findall(part))


def _with_comments(sample: bytes, dialect: Dialect, *, whole: bool) -> Dialect:
    """Take lines that begin with `#` for comments, where none of them may be a record."""
    others = records_of(sample, replace(dialect, comment="#"), whole=whole)
    if not others:
        return dialect
    width = usual_width([len(record) for record in others])
    found = replace(dialect, comment="#", comment_width=width)
    lines = [line for line in records_of(sample, dialect, whole=whole) if line[0][:1] == b"#"]
    alike = [dialect.delimiter.encode().join(line) for line in lines if len(line) == width]
    grammar = Grammar(found)
    if width == 1 or not lines or not all(grammar.is_comment(line, 0) for line in alike):
        return dialect
    return found


def _remarks(records: list[list[bytes]], dialect: Dialect) -> int:
    """Return how many comments that look like records stand above them."""
    if dialect.comment_width is None:
        return 0
    return next((at for at, line in enumerate(records) if line[0][:1] != b"#"), 0)


def _header(records: list[list[bytes]], options: CsvOptions) -> int:
    if options.header == "none":
        return 0
    return headers.header(records) if options.header == "auto" else options.header


def _below(sample: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        _, at = line_end(sample, at)
    return at


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
