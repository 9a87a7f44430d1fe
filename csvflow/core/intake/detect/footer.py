"""Lines at the end that are no records: totals, counts and marks of the end."""

from __future__ import annotations

import os
import re
from pathlib import Path

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record

TAIL = 1 << 16
MOST = 5
"""A footer that is found, not told, has at most so many lines."""
_WORDS = re.compile(
    rb"\W*(?:(?:grand )?total|sum|count|rows?|records?|lines?|end of|eof|trailer|source|generated"
    rb"|exported|created|printed|report|page|\d[\d,.]* (?:rows?|records?|lines?))\b(?:\W|.*\d|.* )"
    rb"|\W*(?:eof|end of file|\d[\d,.]* (?:rows?|records?|lines?))\W*$",
    re.IGNORECASE,
)
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_INNER = re.compile(rb"[,;:](?= )|(?<=\d),(?=\d{3}\b)")
LOOKED_AT = 200
"""From one of so many lines of the tail on, records must be sound."""
SURE = 3


def detect(path: Path, start: int, dialect: Dialect, width: int) -> int:
    """Return how many lines at the end are a footer.

    A cut record looks like one: only prose that says so, or that stands behind a blank line, is
    taken; everything else is left to be refused.
    """
    if width < 2:  # noqa: PLR2004 - every line of one column is a record
        return 0
    grammar = Grammar(dialect)
    widths = {width, width + dialect.trailing}
    size = path.stat().st_size
    for length in (TAIL >> 4, TAIL):
        begin = max(start, size - length)
        with path.open("rb") as file:
            file.seek(begin)
            text = file.read().rstrip(b"\r\n")
        at = 0 if begin == start else _synchronised(text, grammar, widths)
        if at is not None:
            return _lines(text[_last_end(text, at, grammar, widths) :], grammar, dialect)
    return 0


def _synchronised(text: bytes, grammar: Grammar, widths: set[int]) -> int | None:
    """Return where a record begins for sure: several in a row from there are sound."""
    at = 0
    for _ in range(LOOKED_AT):
        _, at = grammar.line_end(text, at)
        behind = at
        for _ in range(SURE):
            record = grammar.record(text, behind)
            if not _is_good(record, widths) or record.after >= len(text):
                break
            behind = record.after
        else:
            return at
    return None


def _is_good(record: Record, widths: set[int]) -> bool:
    return (
        record.state == "ok"
        and len(record.fields) in widths
        and not any(bare is not None and b'"' in bare for bare in record.bare)
    )


def _last_end(text: bytes, at: int, grammar: Grammar, widths: set[int]) -> int:
    """Return where the last record ends that has as many fields as the header."""
    end = at
    while at < len(text):
        record = grammar.record(text, at)
        if record.state == "ok" and len(record.fields) in widths:
            end = record.after
        at = record.after
    return end


def _lines(tail: bytes, grammar: Grammar, dialect: Dialect) -> int:
    lines = _NEWLINE.split(tail)
    told = [line for line in lines if line and not grammar.is_comment(line, 0)]
    if len(lines) > MOST or not told:
        return 0
    prose = [not line or _is_prose(line, grammar, dialect) for line in lines]
    for index, line in enumerate(lines):
        if (not line or _WORDS.match(line)) and all(prose[index:]):
            return len(lines) - index
    return 0


def _is_prose(line: bytes, grammar: Grammar, dialect: Dialect) -> bool:
    """Tell whether no delimiter parts the line, but commas within sentences and numbers."""
    if dialect.delimiter in " :" and _WORDS.match(line):
        return True
    if dialect.delimiter in ",;:":
        line = _INNER.sub(b"", line)
    return len(grammar.record(line).fields) == 1


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last lines, or what of them is in the last 64 KiB of the file."""
    with path.open("rb") as file:
        file.seek(max(end_of_records(file.fileno(), count), path.stat().st_size - TAIL))
        text = file.read()
    lines = re.split(r"\r\n|\n|\r", text.decode(errors="backslashreplace").rstrip("\r\n"))
    return lines[-count:]


def end_of_records(descriptor: int, lines: int) -> int:
    """Return where the records end: before the footer's lines."""
    size = os.fstat(descriptor).st_size
    end = size
    found = -1
    while lines and end > 0:
        begin = max(end - TAIL, 0)
        text = os.pread(descriptor, end - begin, begin)
        if found < 0:
            text = text.rstrip(b"\r\n")
            found = 0
        cut = len(text)
        while lines and cut >= 0:
            cut = max(text.rfind(b"\n", 0, cut), text.rfind(b"\r", 0, cut))
            if cut < 0:
                break
            lines -= 1
            if text[cut : cut + 1] == b"\n" and text[cut - 1 : cut] == b"\r" and lines:
                cut -= 1
        if not lines:
            return begin + cut + 1
        end = begin
    return end if lines else size
