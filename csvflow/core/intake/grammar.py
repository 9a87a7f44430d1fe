"""One record at a time, exactly: where it ends, what its fields are, whether its quotes hold.

The careful sibling of the fast parser: slower by far, it reads every dialect and tells why a
record is damaged. Bytes in, bytes out: all marks are ASCII or whole UTF-8 sequences.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.patterns import patterns_of


class Record(NamedTuple):
    """One record as it stands in the text."""

    fields: list[bytes]
    bare: list[bytes | None]
    """Fields without quotes as they are written, escapes included; None for a quoted one."""
    inside: list[bytes | None]
    """Quoted fields as they are written between their quotes; None for one without."""
    end: int
    """Where its text ends, before the newline."""
    after: int
    """Where the next record begins."""
    state: str
    """``ok``; ``stray``: text follows a closing quote; ``open``: a quote is never closed."""


_LINE_END = re.compile(b"\\r\\n|\\n|\\r")
_SPOKEN = re.compile(rb"#[A-Za-z][\w-]*: ")
_REMARK = re.compile(rb"#(?: |#|!|[A-Za-z][\w-]*: )")
_LONE_CR = re.compile(b"\\r(?!\\n)")
FOREIGN = {"lf": _LONE_CR, "crlf": _LONE_CR, "cr": re.compile(b"(?<!\\r)\\n"), "mixed": None}
"""By the dialect's newline: what ends a line, but no record."""
ENDS = {"lf": (b"\n",), "crlf": (b"\n",), "cr": (b"\r", b"\r\n"), "mixed": (b"\n", b"\r")}


def count_lines(text: bytes) -> int:
    """Return how many newlines there are: LF, CRLF and a lone CR are one each."""
    lines = text.count(b"\n")
    if b"\r" in text:
        lines += text.count(b"\r") - text.count(b"\r\n")
    return lines


def spans(text: bytes, start: int, end: int) -> bool:
    """Whether a newline stands in that part of the text."""
    return text.find(b"\n", start, end) >= 0 or text.find(b"\r", start, end) >= 0


def line_end(text: bytes, at: int) -> tuple[int, int]:
    """Return where the physical line at ``at`` ends, before and after its newline."""
    found = _LINE_END.search(text, at)
    return found.span() if found else (len(text), len(text))


class Grammar:
    """Reads records of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.patterns = patterns_of(dialect)
        self._quote = dialect.quote.encode() if dialect.quote else None
        self._comment = dialect.comment.encode() if dialect.comment else None
        self._width = dialect.comment_width
        self._spaced = dialect.delimiter == " "
        self._field = self.patterns.parts
        self._newline = self.patterns.newline
        self._foreign = FOREIGN[dialect.newline]
        self.ends = ENDS[dialect.newline]
        """What a text ends in whose last record has its newline."""
        escape = re.escape(dialect.escape.encode()) if dialect.escape else b""
        self._escapes = re.compile(escape + b"(.?)", re.DOTALL) if escape else None
        self._escaped = re.compile(escape + b"(?:\\r\\n|.?)", re.DOTALL) if escape else None
        self._twice = self._quote * 2 if dialect.doubled and self._quote else None

    def record(self, text: bytes, start: int = 0) -> Record:
        """Return the record that begins at ``start``."""
        fields: list[bytes] = []
        bares: list[bytes | None] = []
        insides: list[bytes | None] = []
        state = "ok"
        at = start
        more = True
        while more:
            field = self._field.match(text, at)
            if field is None:
                # The pattern matches anything.
                break
            _, inside, behind, bare, delimiter = field.groups()
            if inside is None:
                value = self._unescaped(bare)
            else:
                value = self._unquoted(inside)
                if behind is None:
                    state = "open"
                elif behind:
                    value += self._unescaped(behind)
                    state = "stray"
            fields.append(value)
            bares.append(bare)
            insides.append(inside)
            at = field.end()
            more = delimiter is not None
        newline = self._newline.match(text, at)
        return Record(fields, bares, insides, at, newline.end() if newline else at, state)

    def values(self, text: bytes) -> list[bytes | None]:
        """Return the fields of the text's first record; None: an empty one without quotes."""
        values: list[bytes | None] = []
        for quote, inside, behind, bare, delimiter in self._field.findall(text):
            if quote:
                values.append(self._unquoted(inside) + self._unescaped(behind))
            else:
                values.append(self._unescaped(bare) if bare else None)
            if not delimiter:
                break
        return values

    def is_comment(self, text: bytes, at: int) -> bool:
        """Whether the line that begins there is a comment.

        A mark that was found, not told, makes none of a record that was cut off.
        """
        if self._comment is None or not text.startswith(self._comment, at):
            return False
        if self._width is None:
            return True
        if self._spaced and _SPOKEN.match(text, at):
            return True
        found = len(self.record(text, at).fields)
        return found != self._width and (found == 1 or _REMARK.match(text, at) is not None)

    def line_end(self, text: bytes, at: int) -> tuple[int, int]:
        """Return where a record without quotes ends, before and after its newline."""
        found = self._newline.search(text, at)
        return found.span() if found else (len(text), len(text))

    def foreign(self, text: bytes, start: int, end: int) -> int | None:
        """Return where a newline that ends no record stands in one outside its quotes."""
        if self._foreign is None:
            return None
        found = self._foreign.search(text, start, end)
        if found is None:
            return None
        at = start
        while at <= end:
            field = self._field.match(text, at)
            if field is None:
                break
            group = 3 if field[1] is not None else 4
            if field[group]:
                bare = field[group]
                if self._escaped is not None:
                    bare = self._escaped.sub(lambda match: b"." * len(match[0]), bare)
                seen = self._foreign.search(bare)
                if seen is not None:
                    return field.start(group) + seen.start()
            at = field.end()
            if field[5] is None:
                break
        return None

    def _unquoted(self, value: bytes) -> bytes:
        if self._twice is not None and self._quote is not None and self._escapes is None:
            return value.replace(self._twice, self._quote)
        if self._escapes is not None:
            twice = re.escape(self._twice) + b"|" if self._twice else b""
            pattern = twice + self._escapes.pattern
            return re.sub(
                pattern,
                lambda m: self._quote or b"" if m[0] == self._twice else m[0][1:],
                value,
                flags=re.DOTALL,
            )
        return value

    def _unescaped(self, value: bytes) -> bytes:
        return self._escapes.sub(rb"\1", value) if self._escapes is not None else value
