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
    footer_lines: int = 0
    comment: str | None = None
    comment_width: int | None = None
    """A line with the comment's mark and so many fields is a record all the same."""
    trailing: bool = False
    """Whether a delimiter stands behind the last field of the records."""
    compression: str | None = None
    confidence: float | None = None
    """How sure the encoding is, where it was told by the words: 1 - 2^(-b/6), with b the bits by
    which they are likelier than in any other encoding that reads them differently. Less than 0.75
    is refused; 0.5: too little was there to tell, and what isn't UTF-8 is rejected."""

    def as_report(self) -> dict[str, object]:
        """Return the dialect in the shape of a run's report."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "quote": self.quote,
            "escape": self.escape,
            "doubled": self.doubled,
            "newline": self.newline,
            "header": self.header,
            "header_lines": self.header_lines,
            "preamble_lines": self.preamble_lines,
            "footer_lines": self.footer_lines,
            "comment": self.comment,
            "trailing_delimiter": self.trailing,
            "compression": self.compression,
            "encoding_confidence": self.confidence,
        }
