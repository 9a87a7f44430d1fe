"""Fields and records of a dialect as regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from csvflow.core.intake.dialect import Dialect

_LF, _CR = b"\\n", b"\\r(?!\\n)"
_ENDS = {"lf": _LF, "crlf": _LF, "cr": _CR, "mixed": _LF + b"|" + _CR}
"""What ends a record besides CRLF, by the dialect's newline."""
_FOREIGN = {"lf": b"\\r(?!\\n|\\Z)", "crlf": b"\\r(?!\\n|\\Z)", "cr": b"\\n(?!\\Z)"}
"""What ends none, though it ends a line; at the end of the text all of them do."""
_NEVER = b"(?!)"


@dataclass(frozen=True, slots=True)
class Patterns:
    """What parts of a text match. None of them goes back over what it took."""

    parts: re.Pattern[bytes]
    """Any field, as groups: the opening quote, what stands between quotes, what follows them (none
    where they are never closed), what stands there without quotes, the delimiter behind it."""
    sound: re.Pattern[bytes]
    """A record whose quotes hold; its text is the first group."""
    closed: re.Pattern[bytes]
    """A record whose quotes are closed, though text may follow them; likewise."""
    sound_lines: re.Pattern[bytes]
    """Lines that are a sound record each, and not the last of the text."""
    stray_lines: re.Pattern[bytes]
    """Lines that are a record each, with text behind a closing quote, likewise; no comments."""
    newline: re.Pattern[bytes]
    """What ends a record."""
    field: bytes
    between: bytes
    end: bytes

    def sound_of(self, width: int) -> re.Pattern[bytes]:
        """Return what a sound record of so many fields matches."""
        return _compiled(_record(self.field, self.between, self.end, b"{%d}+" % (width - 1)))


def patterns_of(dialect: Dialect) -> Patterns:
    """Return the patterns of one dialect."""
    between = re.escape(dialect.delimiter.encode())
    bare, inside, field, closed = _fields(dialect, lines=True)
    _, _, field_in_line, closed_in_line = _fields(dialect, lines=False)
    newline = b"\\r\\n|" + _ENDS[dialect.newline]
    end = b"(?:" + newline + b"|[\\r\\n]?\\Z)"
    # There is more text behind it, so that all of the newline is seen.
    amid = b"(?:" + newline + b")(?!\\Z)"
    sound_line = _record_text(field_in_line, between) + amid
    stray_line = b"(?!" + sound_line + b")" + _record_text(closed_in_line, between) + amid
    if dialect.comment is not None:
        stray_line = b"(?!" + re.escape(dialect.comment.encode()) + b")" + stray_line
    if dialect.escape is not None and dialect.escape == dialect.quote:
        # Whether a line ends there depends on what follows.
        sound_line = stray_line = _NEVER
    return Patterns(
        parts=_compiled(_parts(dialect, bare, inside)),
        sound=_compiled(_record(field, between, end)),
        closed=_compiled(_record(closed, between, end)),
        sound_lines=_compiled(b"(?:" + sound_line + b")*+"),
        stray_lines=_compiled(b"(?:" + stray_line + b")*+"),
        newline=_compiled(newline + b"|[\\r\\n]\\Z"),
        field=field,
        between=between,
        end=end,
    )


def _fields(dialect: Dialect, *, lines: bool) -> tuple[bytes, ...]:
    """Return what is bare, what is quoted, a field whose quotes hold, and any that is closed.

    ``lines``: whether a field may go over several lines, within quotes or by newlines that end
    no record.
    """
    foreign = _FOREIGN.get(dialect.newline) if lines else None
    newline = b"" if lines else b"\\r\\n"
    escape = re.escape(dialect.escape.encode()) if dialect.escape else b""
    taken = b"(?:\\r\\n|.|$)|" if lines else b"[^\\r\\n]|"
    escaped = escape + taken if escape else b""
    first, rest = dialect.delimiter.encode()[:1], dialect.delimiter.encode()[1:]
    lone = re.escape(first) + b"(?!" + re.escape(rest) + b")|" if rest else b""
    plain = b"[^\\r\\n" + re.escape(first) + escape + b"]++" + (b"|" + foreign if foreign else b"")
    bare = b"(?:" + lone + escaped + plain + b")*+"
    if dialect.quote is None:
        return bare, _NEVER, bare, bare
    quote = re.escape(dialect.quote.encode())
    twice = quote + quote + b"|" if dialect.doubled else b""
    inside = b"(?:" + twice + escaped + b"[^" + newline + quote + escape + b"]++)*+"
    quoted = quote + inside + quote
    unquoted = b"(?!" + quote + b")" + bare
    field = b"(?:" + quoted + b"|" + unquoted + b")"
    closed = b"(?:" + quoted + bare + b"|" + unquoted + b")"
    return bare, inside, field, closed


def _parts(dialect: Dialect, bare: bytes, inside: bytes) -> bytes:
    quote = re.escape(dialect.quote.encode()) if dialect.quote else _NEVER
    quoted = b"(" + quote + b")(" + inside + b")(?:" + quote + b"(" + bare + b")|\\Z)"
    return b"(?:" + quoted + b"|(" + bare + b"))(" + re.escape(dialect.delimiter.encode()) + b")?"


def _record_text(field: bytes, between: bytes, more: bytes = b"*+") -> bytes:
    return field + b"(?:" + between + field + b")" + more


def _record(field: bytes, between: bytes, end: bytes, more: bytes = b"*+") -> bytes:
    return b"(" + _record_text(field, between, more) + b")" + end


def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)
