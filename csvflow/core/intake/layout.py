"""Where the records of a block of text begin and end, by its newlines and quotes alone.

In text that keeps to RFC 4180 every second quote opens a field and stands behind a delimiter or
a newline, the others close one and stand before a delimiter or a newline, and two neighbours
are an escaped quote. All of it is checked on positions found by one vectorised scan, so that the
fast parser's records, their physical lines and their bytes are known exactly, or it is known
from which byte on they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csvflow.core.intake.dialect import Dialect

LF, CR = 10, 13
Positions = np.ndarray[Any, np.dtype[np.int64]]
Block = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(slots=True)
class Layout:
    """Records of a block: one entry each, in order."""

    starts: Positions
    ends: Positions
    """Where the text ends, before the newline."""
    afters: Positions
    """Where the next record begins."""
    lines: Positions
    """How many newlines stand in the block before the record."""
    newlines: int
    """How many newlines stand before ``end``."""
    end: int
    """Up to where the block is laid out: the end of its last whole record."""
    broken: bool
    """Whether a quote out of place stands in what follows ``end``."""


def newlines_in(block: Block) -> tuple[Positions, Positions]:
    """Return where each newline begins and where it ends: LF, CRLF and a lone CR are one each."""
    ends = np.flatnonzero(block == LF)
    begins = ends.copy()
    after_cr = (ends > 0) & (block[np.maximum(ends - 1, 0)] == CR)
    begins[after_cr] -= 1
    return begins, ends + 1


def lay_out(text: bytes, dialect: Dialect, *, final: bool) -> Layout:
    """Return the whole records at the beginning of the text; ``final``: nothing follows it."""
    block = np.frombuffer(text, np.uint8)
    if b"\r" in text:
        begins, afters = _with_lone_cr(block, text, final=final)
    else:
        begins = np.flatnonzero(block == LF)
        afters = begins + 1
    broken_at, inside = _quotes(block, text, begins, dialect)
    at = np.flatnonzero(~inside) if inside is not None else np.arange(len(begins))
    broken = broken_at is not None
    if broken_at is not None:
        at = at[: int(np.searchsorted(begins[at], broken_at))]
    ends, nexts = begins[at], afters[at]
    newlines = int(at[-1]) + 1 if len(at) else 0
    end = int(nexts[-1]) if len(nexts) else 0
    lines = np.concatenate(([0], at[:-1] + 1)) if len(at) else np.empty(0, np.int64)
    open_at_end = inside is not None and _odd(block, dialect)
    if final and not broken and end < len(text):
        if open_at_end:
            broken = True
        else:
            # The last record has no newline.
            ends, nexts = np.append(ends, len(text)), np.append(nexts, len(text))
            lines = np.append(lines, newlines)
            end = len(text)
    starts = np.concatenate(([0], nexts[:-1])) if len(nexts) else np.empty(0, np.int64)
    return Layout(starts, ends, nexts, lines, newlines, end, broken)


def _with_lone_cr(block: Block, text: bytes, *, final: bool) -> tuple[Positions, Positions]:
    begins, afters = newlines_in(block)
    crs = text.count(b"\r")
    if crs == text.count(b"\r\n"):
        return begins, afters
    lone = np.flatnonzero(block == CR)
    following = np.minimum(lone + 1, len(block) - 1)
    keep = block[following] != LF
    if lone[-1] == len(block) - 1:
        # Whether an LF follows isn't known yet.
        keep[-1] = final
    lone = lone[keep]
    begins = np.concatenate((begins, lone))
    afters = np.concatenate((afters, lone + 1))
    order = np.argsort(begins, kind="stable")
    return begins[order], afters[order]


def _quotes(
    block: Block, text: bytes, begins: Positions, dialect: Dialect
) -> tuple[int | None, Positions | None]:
    """Return the first quote out of place, if any, and which newlines stand inside quotes."""
    if dialect.quote is None:
        return (0, None) if _beyond(text, dialect) else (None, None)
    quote = ord(dialect.quote)
    marks = np.flatnonzero(block == quote)
    if not len(marks):
        return (0, None) if _beyond(text, dialect) else (None, None)
    if _beyond(text, dialect) or not dialect.doubled:
        return 0, np.zeros(len(begins), bool)
    edge = np.zeros(256, bool)
    edge[[ord(dialect.delimiter), LF, CR, quote]] = True
    opening, closing = marks[0::2], marks[1::2]
    good_open = edge[block[np.maximum(opening - 1, 0)]] | (opening == 0)
    good_close = edge[block[np.minimum(closing + 1, len(block) - 1)]]
    good_close |= closing == len(block) - 1
    bad = []
    if not good_open.all():
        bad.append(int(opening[np.argmin(good_open)]))
    if not good_close.all():
        bad.append(int(closing[np.argmin(good_close)]))
    inside = (np.searchsorted(marks, begins) & 1).astype(bool)
    return (min(bad) if bad else None), inside


def _odd(block: Block, dialect: Dialect) -> bool:
    return dialect.quote is not None and bool(np.count_nonzero(block == ord(dialect.quote)) & 1)


def _beyond(text: bytes, dialect: Dialect) -> bool:
    """Tell whether marks are in the text that positions of single bytes can't tell apart."""
    if len(dialect.delimiter) != 1 or not dialect.delimiter.isascii():
        return True
    return dialect.escape is not None and dialect.escape.encode() in text
