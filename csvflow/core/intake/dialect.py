"""How the text of one input is written: what was found out, or told by ``csv:``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Newline = Literal["lf", "crlf", "cr", "mixed"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The marks between fields and records, and what stands above them."""

    encoding: str = "utf-8"
    """Of the stored bytes; what is parsed is always UTF-8."""
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    doubled: bool = True
    newline: Newline = "lf"
    header: bool = True
    header_lines: int = 1
    preamble_lines: int = 0
    comment: str | None = None
    compression: str | None = None

    @property
    def simple(self) -> bool:
        """Whether each mark is one ASCII character and no line is a comment."""
        return len(self.delimiter) == 1 and self.delimiter.isascii() and self.comment is None

    def as_report(self) -> dict[str, object]:
        """Return the dialect in the shape of a run's report."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "escape": self.escape,
            "newline": self.newline,
            "header": self.header,
            "header_lines": self.header_lines,
            "preamble_lines": self.preamble_lines,
            "comment": self.comment,
            "compression": self.compression,
        }
