"""Lines at the end that are no records: totals, counts and marks of the end."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar

TAIL = 1 << 16
MOST = 5
"""A footer that is found, not told, has at most so many lines."""
_WORDS = re.compile(
    rb"\W*(?:(?:grand )?total|sum|count|rows?|records?|lines?|end of|eof|trailer|source|generated"
    rb"|exported|created|printed|report|page|\d+ (?:rows?|records?|lines?))\b(?:\W|.*\d|.* )"
    rb"|\W*(?:eof|end of file)\W*$",
    re.IGNORECASE,
)


def detect(path: Path, start: int, dialect: Dialect, width: int) -> int:
    """Return how many lines at the end are a footer.

    A cut record looks like one: only lines of one field that say so, or that stand behind a
    blank line, are taken; everything else is left to be refused.
    """
    if width < 2:  # noqa: PLR2004 - every line of one column is a record
        return 0
    size = path.stat().st_size
    begin = max(start, size - TAIL)
    with path.open("rb") as file:
        file.seek(begin)
        text = file.read()
    grammar = Grammar(replace(dialect, comment=None))
    text = text.rstrip(b"\r\n")
    lines = re.split(rb"\r\n|\n|\r", text)
    if b'"' in b"".join(lines[-MOST:]) and dialect.quote:
        return 0
    first = len(lines)
    while first > 1 and len(lines) - first <= MOST:
        line = lines[first - 1]
        if line and len(grammar.record(line).fields) != 1:
            break
        first -= 1
    tail = lines[first:]
    if len(tail) > MOST or first < 1:
        return 0
    if tail and not tail[0]:
        return len(tail)
    for index, line in enumerate(tail):
        if line and _WORDS.match(line):
            return len(tail) - index
        if not line:
            return len(tail) - index
    return 0


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
