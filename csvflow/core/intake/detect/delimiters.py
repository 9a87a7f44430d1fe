"""Delimiter, quote and escape, together: what makes the first records alike and their cells whole.

Each reading that the text allows is tried on its first records. The right one finds the same
number of fields in nearly all of them, in the header too, no quote out of place, and cells that
don't look as if they were two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from csvflow.core.intake.detect import cells
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record
from csvflow.core.intake.options import CsvOptions

SINGLE = (",", ";", "\t", "|", ":", " ")
RARE = ("\x1f", "\x01", "~", "^", "¦", "§")
"""Taken only where no usual one parts the records."""
LONG = (
    ", ",
    "; ",
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
PREAMBLE = 20
"""A title or remarks above the header are at most so many records."""
FOOTER = 5
SURE = 0.8
"""Prose has now so many words, now so many: a space or colon must part so many records alike."""
WHOLE = 0.8
POOR = 0.3
"""What scores less is no delimiter where a rarer one does better."""
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
    best, score = base, 0.0
    for dialect in _readings(part, base, options):
        found = _score(_records(part, dialect, TRIED, whole=whole), dialect)
        if found > score + 1e-9:
            best, score = dialect, found
    if score < POOR and options.delimiter == "auto":
        for delimiter in RARE:
            dialect = replace(best, delimiter=delimiter)
            if delimiter.encode() in part:
                found = _score(_records(part, dialect, TRIED, whole=whole), dialect)
                if found > max(score, POOR):
                    best, score = dialect, found
    return best


def records_of(sample: bytes, dialect: Dialect, *, whole: bool) -> list[list[bytes]]:
    """Return the fields of the first records; comments and blank lines are none."""
    return [record.fields for record in _records(sample, dialect, RECORDS, whole=whole)]


def usual_width(widths: Sequence[int]) -> int:
    """Return how many fields most records have: the more, the rather."""
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 1
    width, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    if count * 3 >= len(widths) and (count > 1 or len(widths) == 1):
        # In a short file a header and its records may be fewer than the remarks around them.
        return width
    return max(widths, key=widths.count)


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
        delimiters = [mark for mark in (*SINGLE, *LONG, *_runs(part)) if mark.encode() in part]
    for quote in quotes:
        for escape in escapes:
            for delimiter in delimiters or [","]:
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


def _records(sample: bytes, dialect: Dialect, most: int, *, whole: bool) -> list[Record]:
    grammar = Grammar(dialect)
    records: list[Record] = []
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
    return records


def _blank_until(sample: bytes, at: int) -> int:
    found = _BLANK.match(sample, at)
    return found.end() if found else at


def _score(records: list[Record], dialect: Dialect) -> float:
    """Return how well the reading explains the records: nothing at 0, all of them near 1."""
    widths = [len(record.fields) for record in records]
    width = usual_width(widths)
    if not records or (width == 1 and dialect.delimiter != ","):
        return 0.0
    first = widths.index(width)
    last = len(widths) - 1 - widths[::-1].index(width)
    if first > PREAMBLE:
        first = 0
    if len(widths) - 1 - last > FOOTER:
        last = len(widths) - 1
    inner = records[first : last + 1]
    alike = [record for record in inner if len(record.fields) == width]
    share = len(alike) / len(inner)
    cover = (1 + len(inner) / len(records)) / 2
    sound = sum(_soundness(record, dialect) for record in inner) / len(inner)
    score = share * cover * sound * sound * _wholeness(alike, dialect) * (width + 1) / (width + 2)
    if width == 1:
        return score / 1000
    if dialect.delimiter in " :" and not _is_sure(alike, records[:first], share):
        return 0.0
    if dialect.delimiter in " :":
        score *= 0.95
    # A header that another mark parts like the rows says more than a comma in every amount.
    parted = any(cells.wholeness(cell) < WHOLE for row in records[:first] for cell in row.fields)
    return score * (0.75 if parted else 1.0)


def _is_sure(alike: list[Record], above: list[Record], share: float) -> bool:
    """Tell whether a space or a colon is more than a mark within times, names and remarks."""
    if share < SURE:
        return False
    if not above or len(above[-1].fields) > 1:
        return True
    # What stands above in one field may be the header: then the rest is a column of times.
    head, *body = (record.fields for record in alike)
    typed = any(
        2 * sum(map(bool, map(cells.kind, column))) > len(column)
        for column in zip(*body, strict=True)
    )
    return typed and not any(map(cells.kind, head))


def _wholeness(records: list[Record], dialect: Dialect) -> float:
    """Return which part of the cells looks like whole ones."""
    total = score = 0.0
    whole = _whole_with_escapes(dialect)
    columns = list(zip(*(record.bare for record in records), strict=True))
    for at, column in enumerate(columns):
        total += len(column)
        if any(column) or None in column or at == len(columns) - 1:
            score += sum(1.0 if cell is None else whole(cell) for cell in column)
    return score / total if total else 0.0


def _whole_with_escapes(dialect: Dialect) -> Callable[[bytes], float]:
    """Return what tells how whole a cell looks; escaped marks are as good as text."""
    if dialect.escape is None:
        return cells.wholeness
    marks = re.escape((dialect.delimiter + "\"'\r\n").encode())
    escaped = re.compile(re.escape(dialect.escape.encode()) + b"[" + marks + b"]")

    def whole(cell: bytes) -> float:
        text, count = escaped.subn(b"_", cell)
        return min(cells.wholeness(text) + (0.1 if count else 0.0), 1.0)

    return whole


def _soundness(record: Record, dialect: Dialect) -> float:
    """Return 1 where quotes open and close fields, 0 where they don't, and less for bare ones."""
    quote = (dialect.quote or "").encode()
    escape = (dialect.escape or "").encode()
    if record.state != "ok":
        return 0.0
    bare = quote and any(
        bare is not None and quote in (bare.replace(escape + quote, b"") if escape else bare)
        for bare in record.bare
    )
    return 0.8 if bare else 1.0
