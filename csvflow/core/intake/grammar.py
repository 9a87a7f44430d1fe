"""One record at a time, exactly: where it ends, what its fields are, whether its quotes hold.

The careful sibling of the fast parser: slower by far, it reads every dialect and tells why a
record is damaged. Bytes in, bytes out: all marks are ASCII or whole UTF-8 sequences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from csvflow.core.intake.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the text."""

    fields: list[bytes]
    bare: list[bytes | None]
    """Fields without quotes as they are written, escapes included; None for a quoted one."""
    end: int
    """Where its text ends, before the newline."""
    after: int
    """Where the next record begins."""
    state: str
    """``ok``; ``stray``: text follows a closing quote; ``open``: a quote is never closed."""


_LINE_END = re.compile(b"\\r\\n|\\n|\\r")


def count_lines(text: bytes) -> int:
    """Return how many newlines there are: LF, CRLF and a lone CR are one each."""
    lines = text.count(b"\n")
    if b"\r" in text:
        lines += text.count(b"\r") - text.count(b"\r\n")
    return lines


def spans(text: bytes, start: int, end: int) -> bool:
    """Whether a newline stands in that part of the text."""
    return text.find(b"\n", start, end) >= 0 or text.find(b"\r", start, end) >= 0


class Grammar:
    """Reads records of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        delimiter = dialect.delimiter.encode()
        escape = re.escape(dialect.escape.encode()) if dialect.escape else b""
        self._delimiter = delimiter
        self._quote = dialect.quote.encode() if dialect.quote else None
        self._comment = dialect.comment.encode() if dialect.comment else None
        self._width = dialect.comment_width
        stop = b"(?!" + re.escape(delimiter) + b")" if len(delimiter) > 1 else b""
        none = b"\\r\\n" + escape + (re.escape(delimiter) if len(delimiter) == 1 else b"")
        escaped = b"|" + escape + b"(?:\\r\\n|.|$)" if escape else b""
        self._bare = re.compile(b"(?:" + stop + b"[^" + none + b"]" + escaped + b")*+", re.DOTALL)
        self._newline = re.compile(b"\\r\\n|\\n|\\r|$")
        self._escapes = re.compile(escape + b"(.?)", re.DOTALL) if escape else None
        if self._quote is not None:
            quote = re.escape(self._quote)
            twice = b"|" + quote + quote if dialect.doubled else b""
            inside = b"(?:[^" + quote + escape + b"]" + twice + escaped + b")*+"
            self._inside = re.compile(inside, re.DOTALL)
            self._twice = self._quote * 2 if dialect.doubled else None
        self._sound = self._sound_record(delimiter, stop, none, escaped)

    def _sound_record(
        self, delimiter: bytes, stop: bytes, none: bytes, escaped: bytes
    ) -> re.Pattern[bytes]:
        bare = b"(?:" + stop + b"[^" + none + b"]" + escaped + b")*+"
        field = bare
        if self._quote is not None:
            quote = re.escape(self._quote)
            inside = self._inside.pattern
            field = b"(?:" + quote + inside + quote + b"|(?!" + quote + b")" + bare + b")"
        fields = field + b"(?:" + re.escape(delimiter) + field + b")*+"
        return re.compile(b"(" + fields + b")(?:\\r\\n|\\n|\\r|\\Z)", re.DOTALL)

    def sound(self, text: bytes, start: int) -> tuple[int, int] | None:
        """Return where the record at ``start`` ends, before and after its newline.

        None: its quotes don't hold, or it goes over several lines.
        """
        found = self._sound.match(text, start)
        if found is None:
            return None
        end = found.end(1)
        return None if spans(text, start, end) else (end, found.end())

    def record(self, text: bytes, start: int = 0) -> Record:
        """Return the record that begins at ``start``."""
        fields: list[bytes] = []
        bares: list[bytes | None] = []
        state = "ok"
        at = start
        while True:
            value = b""
            is_quoted = self._quote is not None and text.startswith(self._quote, at)
            if is_quoted and self._quote is not None:
                inside = self._inside.match(text, at + 1)
                end = inside.end() if inside else at + 1
                value = self._unquoted(text[at + 1 : end])
                at = end + 1
                if end >= len(text):
                    state = "open"
                    at = end
            bare = self._bare.match(text, at)
            end = bare.end() if bare else at
            if is_quoted and end > at and state == "ok":
                state = "stray"
            value += self._unescaped(text[at:end])
            fields.append(value)
            bares.append(None if is_quoted else text[at:end])
            at = end
            if not text.startswith(self._delimiter, at):
                break
            at += len(self._delimiter)
        newline = self._newline.match(text, at)
        return Record(fields, bares, at, newline.end() if newline else at, state)

    def extent(self, text: bytes, start: int) -> tuple[int, int, int, str]:
        """Return what ``record`` tells but for its values: how many fields, end, after, state."""
        quote, delimiter, step = self._quote, self._delimiter, len(self._delimiter)
        count, at, state, size = 1, start, "ok", len(text)
        while True:
            behind = -1
            if quote is not None and text.startswith(quote, at):
                inside = self._inside.match(text, at + 1)
                behind = inside.end() + 1 if inside else at + 1
                if behind > size:
                    behind = size
                    state = "open"
                at = behind
            bare = self._bare.match(text, at)
            if bare is not None:
                at = bare.end()
            if -1 < behind < at and state == "ok":
                state = "stray"
            if not text.startswith(delimiter, at):
                break
            at += step
            count += 1
        newline = self._newline.match(text, at)
        return count, at, newline.end() if newline else at, state

    def is_comment(self, text: bytes, at: int) -> bool:
        """Whether the line that begins there is a comment."""
        if self._comment is None or not text.startswith(self._comment, at):
            return False
        return self._width is None or len(self.record(text, at).fields) != self._width

    def line_end(self, text: bytes, at: int) -> tuple[int, int]:
        """Return where the line at ``at`` ends, before and after its newline."""
        found = _LINE_END.search(text, at)
        return found.span() if found else (len(text), len(text))

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
