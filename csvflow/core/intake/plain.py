"""Text that the fast parser can't read as it stands, rewritten so that it can.

Delimiters of several bytes and escaped bytes become control characters that occur nowhere in the
text; in the parsed columns they become again what they stand for. Newlines, quotes and records
stay where they are, so nothing else has to know of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.intake.dialect import Dialect

_CONTROLS = (*range(1, 9), *range(14, 32))


@dataclass(slots=True)
class Plain:
    """Text in marks of one byte, without escapes."""

    text: bytes | memoryview
    delimiter: str
    nulls: list[str]
    """The words that mean null, as they stand in the rewritten text."""
    stands_for: dict[int, str]
    """Control character → what it was; the empty text marks a byte that was escaped in vain."""

    def restore(self, columns: Iterable[pa.Array]) -> list[pa.Array]:
        """Return the columns with what was written."""
        return [self._restored(column) for column in columns]

    def _restored(self, column: pa.Array) -> pa.Array:
        data = column.buffers()[2]
        if data is None or not self.stands_for:
            return column
        seen = np.frombuffer(data, np.uint8)
        for code, text in self.stands_for.items():
            if (seen == code).any():
                column = pc.replace_substring(column, chr(code), text)
        return column


class Plainer:
    """Rewrites the text of one dialect."""

    def __init__(self, dialect: Dialect, nulls: Sequence[str]) -> None:
        self._dialect = dialect
        self._nulls = list(nulls)
        self._delimiter = dialect.delimiter.encode()
        self._long = len(self._delimiter) > 1
        self._escape = dialect.escape.encode() if dialect.escape else None
        told = "".join([dialect.delimiter, dialect.quote or "", dialect.escape or "", *nulls])
        self._controls = [code for code in _CONTROLS if chr(code) not in told]

    def rewrite(self, text: bytes | memoryview) -> Plain | None:
        """Return what the fast parser reads; None if the text leaves no control characters."""
        escapes = self._escape is not None and _holds(text, self._escape)
        if not self._long and not escapes:
            return Plain(text, self._dialect.delimiter, self._nulls, {})
        text = bytes(text)
        free = [code for code in self._controls if code not in text][:6]
        if len(free) < 6:  # noqa: PLR2004 - as many as there are marks
            return None
        between, delimiter, quote, lf, cr, nothing = free
        stands_for = {between: self._dialect.delimiter} if self._long else {}
        if not escapes or self._escape is None:
            shown = text.replace(self._delimiter, bytes([between]))
            return Plain(shown, chr(between), self._nulls, stands_for)
        stands_for |= {delimiter: self._dialect.delimiter, lf: "\n", cr: "\r", nothing: ""}
        words = {b"\n": bytes([lf]), b"\r": bytes([cr]), b"\r\n": bytes([cr, lf])}
        if self._dialect.quote:
            stands_for[quote] = self._dialect.quote
            words[self._dialect.quote.encode()] = bytes([quote])
        if not self._long:
            words[self._delimiter] = bytes([delimiter])
        pattern = re.escape(self._escape) + b"(\\r\\n|.|$)"
        if self._long:
            pattern += b"|" + re.escape(self._delimiter)

        def shown_as(found: re.Match[bytes]) -> bytes:
            taken = found[1]
            if taken is None:
                return bytes([between])
            return words.get(taken) or bytes([nothing]) + taken

        compiled = re.compile(pattern, re.DOTALL)
        return Plain(
            compiled.sub(shown_as, text),
            chr(between) if self._long else self._dialect.delimiter,
            [compiled.sub(shown_as, word.encode()).decode() for word in self._nulls],
            stands_for,
        )


def _holds(text: bytes | memoryview, mark: bytes) -> bool:
    if isinstance(text, bytes):
        return mark in text
    return bool((np.frombuffer(text, np.uint8) == mark[0]).any())
