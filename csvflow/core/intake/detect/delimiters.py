"""Delimiter, quote and escape, together: what makes the first records alike and their cells whole.

Each reading that the text allows is tried on its first records. The right one finds the same
number of fields in nearly all of them, in the header too, no quote out of place, and cells that
don't look as if they were two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from csvflow.contract import InputError
from csvflow.core.intake.detect.doubts import Seen, is_doubtful
from csvflow.core.intake.detect.scores import RARE, reading
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record
from csvflow.core.intake.options import CsvOptions

SINGLE = (",", ";", "\t", "|", ":", " ")
CONTROLS = ("\x1f", "\x01")
NOWHERE = (",", "\t", "\x1f", "\x1e")
LONG = (
    ", ",
    "; ",
    " ,",
    " ;",
    " | ",
    "\t|\t",
    "||",
    "::",
    ";;",
    ",,",
    "~~",
    "^^",
    "@@",
    "|~|",
    "~|~",
    "|^|",
    "^|^",
    "|;|",
    "#|#",
    "<|>",
)
_RUN = re.compile(rb"[|;:,~^#@!*<>]{2,4}")
RECORDS = 200
TRIED = 100
"""So many records are enough to tell one reading from another."""
FEW = 20
"""So many records are looked at, however long they are."""
PART = 1 << 16
POOR = 0.05
LESS = 0.4
"""Of a delimiter that leaves a record above the table, where another parts all of them alike."""
_NEWLINES = re.compile(rb"[\r\n]+")
_BLANK = re.compile(rb"[\r\n]*+")
_SINGLE_QUOTES = re.compile(rb"(?:^|[,;|\t:\s~])'(?:[^'\\]|''|\\.)*+'(?=[,;|\t:\s~]|$)")
_ESCAPES = re.compile(rb"\\[\"',;|\t: ~\r\n]")


def detect(sample: bytes, base: Dialect, options: CsvOptions, *, whole: bool) -> Dialect:
    """Return the dialect with delimiter, quote and escape: those that are told, or found out."""
    part = next(
        (sample[:size] for size in (PART, 4 * PART) if _lines_in(sample[:size]) > FEW), sample
    )
    whole = whole and len(part) == len(sample)
    found = [
        reading(_seen(part, dialect, TRIED, whole=whole), dialect)
        for dialect in _readings(part, base, options)
    ]
    full = any(one.full and one.score > POOR for one in found)
    best = max(found, key=lambda one: one.score if one.full or not full else one.score * LESS)
    return best.dialect


def refuse_doubt(sample: bytes, dialect: Dialect, above: int, *, whole: bool) -> None:
    """Raise ``InputError`` where so many records above the table may be a part of it."""
    if is_doubtful(_seen(sample, dialect, RECORDS, whole=whole), above, dialect.delimiter):
        raise InputError(
            "input.header",
            "the first line has one field, and the others have more: it may be a title, or a header"
            " without a name for the names of the rows, or all of it is one column",
            hint=f"`csv: {{preamble: {above}}}` leaves it out; `csv: {{delimiter: …}}` with a mark"
            " that isn't there reads one column",
        )


def records_of(sample: bytes, dialect: Dialect, *, whole: bool) -> list[list[bytes]]:
    """Return the fields of the first records; comments and blank lines are none."""
    return [record.fields for record in _seen(sample, dialect, RECORDS, whole=whole).records]


def _readings(part: bytes, base: Dialect, options: CsvOptions) -> Iterator[Dialect]:
    quotes: list[str | None] = [options.quote]
    if options.quote == "none":
        quotes = [None]
    elif options.quote == "auto":
        quotes = ['"', "'"] if _SINGLE_QUOTES.search(part) else ['"']
    escapes: list[str | None] = [options.escape]
    if options.escape == "none":
        escapes = [None]
    elif options.escape == "auto":
        escapes = [None, "\\"] if _ESCAPES.search(part) else [None]
    delimiters = [options.delimiter]
    if options.delimiter == "auto":
        # A mark that isn't there reads all of it as one column.
        delimiters = [next((mark for mark in NOWHERE if mark.encode() not in part), ",")]
        delimiters += [
            mark
            for mark in (*SINGLE, *CONTROLS, *RARE, *LONG, *_runs(part))
            if mark.encode() in part
        ]
    for quote in quotes:
        for escape in escapes:
            for delimiter in delimiters:
                is_quote = escape is not None and escape == quote
                yield replace(
                    base,
                    delimiter=delimiter,
                    quote=quote,
                    escape=None if is_quote else escape,
                    doubled=options.doubled or is_quote,
                )


def _runs(part: bytes) -> list[str]:
    """Return the runs of marks that stand in two of the first lines, the longer ones first."""
    lines = _NEWLINES.split(part, 10)[:10]
    seen = Counter(run for line in lines for run in set(_RUN.findall(line)))
    runs = [run.decode() for run, count in seen.items() if count > 1]
    others = [run for run in runs if run not in LONG and len(set(run)) > 1]
    return sorted(others, key=len, reverse=True)[:6]


def _lines_in(part: bytes) -> int:
    return max(part.count(b"\n"), part.count(b"\r"))


def _seen(sample: bytes, dialect: Dialect, most: int, *, whole: bool) -> Seen:
    grammar = Grammar(dialect)
    records: list[Record] = []
    gaps: set[int] = set()
    at = _blank_until(sample, 0)
    while at < len(sample) and len(records) < (most if at < 4 * PART else FEW):
        if grammar.is_comment(sample, at):
            at = _blank_until(sample, grammar.line_end(sample, at)[1])
            continue
        record = grammar.record(sample, at)
        if record.after >= len(sample) and not whole and records:
            break
        records.append(record)
        at = _blank_until(sample, record.after)
        if at > record.after:
            gaps.add(len(records))
    return Seen(records, frozenset(gaps))


def _blank_until(sample: bytes, at: int) -> int:
    found = _BLANK.match(sample, at)
    return found.end() if found else at
