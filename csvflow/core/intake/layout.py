"""Where the records of a block of text begin and end, by its newlines and quotes alone.

In text that keeps to RFC 4180 every second quote opens a field and stands behind a delimiter or
a newline, the others close one and stand before a delimiter or a newline, and two neighbours
are an escaped quote. All of it is checked on positions found by one vectorised scan, so that the
fast parser's records, their physical lines and their bytes are known exactly, or it is known
from which byte on they are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.line_ends import CR, LF, Block, Inside, Positions, with_lone_cr


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
    foreign: Positions
    """Where newlines stand outside quotes that end no record, in what follows ``end`` too."""

    def until_endless(self, lines: int) -> Layout:
        """Return the records before one that goes over more lines than that."""
        if self.newlines <= lines:
            return self
        endless = np.diff(self.lines, append=self.newlines) > lines + 1
        if not endless.any():
            return self
        at = int(np.argmax(endless))
        return Layout(
            self.starts[:at],
            self.ends[:at],
            self.afters[:at],
            self.lines[:at],
            int(self.lines[at]),
            int(self.starts[at]),
            broken=True,
            foreign=self.foreign,
        )


def lay_out(text: bytes, dialect: Dialect, *, final: bool) -> Layout:
    """Return the whole records at the beginning of the text; ``final``: nothing follows it."""
    block = np.frombuffer(text, np.uint8)
    lone_cr = False
    if b"\r" in text:
        begins, afters, lone_cr = with_lone_cr(block, text, final=final)
    else:
        begins = np.flatnonzero(block == LF)
        afters = begins + 1
    others = None
    if dialect.newline == "cr":
        others = block[begins] == LF
    elif lone_cr and dialect.newline != "mixed":
        others = block[afters - 1] == CR
    if others is not None and final and len(others) and afters[-1] == len(text):
        # At the end of the text each of them ends a record.
        others[-1] = False
    broken_at, inside, odd = _quotes(block, text, begins, afters, dialect, others)
    foreign = np.empty(0, np.int64)
    if others is not None:
        foreign = begins[others if inside is None else others & ~inside]
        inside = others if inside is None else inside | others
    at = np.flatnonzero(~inside) if inside is not None else np.arange(len(begins))
    broken = broken_at is not None
    if broken_at is not None:
        at = at[: int(np.searchsorted(begins[at], broken_at))]
    ends, nexts = begins[at], afters[at]
    newlines = int(at[-1]) + 1 if len(at) else 0
    end = int(nexts[-1]) if len(nexts) else 0
    lines = np.concatenate(([0], at[:-1] + 1)) if len(at) else np.empty(0, np.int64)
    if final and not broken and end < len(text):
        if odd:
            broken = True
        else:
            # The last record has no newline.
            ends, nexts = np.append(ends, len(text)), np.append(nexts, len(text))
            lines = np.append(lines, newlines)
            end = len(text)
    starts = np.concatenate(([0], nexts[:-1])) if len(nexts) else np.empty(0, np.int64)
    return Layout(starts, ends, nexts, lines, newlines, end, broken, foreign)


def _quotes(
    block: Block,
    text: bytes,
    begins: Positions,
    afters: Positions,
    dialect: Dialect,
    others: Inside | None,
) -> tuple[int | None, Inside | None, bool]:
    """Return the first quote out of place, which newlines are no ends, and if a quote is open.

    No ends are newlines inside quotes and escaped ones. ``others``: those that never end a record.
    """
    escaped = _escaped(block, text, dialect)
    marks = _marks(block, text, dialect, escaped)
    inside = None
    if escaped is not None:
        inside = escaped[begins]
    if not len(marks):
        return None, inside, False
    bad = []
    if dialect.comment is not None:
        lines = afters if others is None else afters[~others]
        marks, doubtful = _without_comments(block, text, marks, lines, dialect)
        if doubtful is not None:
            bad.append(doubtful)
    # Of each newline, whether an odd number of quotes stands before it.
    passed = np.bincount(np.searchsorted(begins, marks), minlength=len(begins))[: len(begins)]
    quoted = (np.cumsum(passed) & 1).astype(bool)
    inside = quoted if inside is None else inside | quoted
    opening, closing = marks[0::2], marks[1::2]
    good_open = _stands_before(block, opening, dialect)
    if escaped is not None:
        good_open &= ~escaped[np.maximum(opening - len(dialect.delimiter.encode()), 0)]
    if not good_open.all():
        bad.append(int(opening[np.argmin(good_open)]))
    good_close = _stands_behind(block, closing, dialect)
    if not good_close.all():
        bad.append(int(closing[np.argmin(good_close)]))
    return (min(bad) if bad else None), inside, bool(len(marks) & 1)


def _escaped(block: Block, text: bytes, dialect: Dialect) -> Inside | None:
    """Return which bytes an escape takes literally, one more than the block has; None: none."""
    if dialect.escape is None or dialect.escape.encode() not in text:
        return None
    marks = np.flatnonzero(block == ord(dialect.escape))
    runs = np.flatnonzero(np.diff(marks, prepend=-2) != 1)
    lengths = np.diff(runs, append=len(marks))
    # In a run of escapes every second one is literal: one more takes what follows the run.
    taken = np.zeros(len(block) + 1, bool)
    taken[(marks[runs] + lengths)[lengths % 2 == 1]] = True
    return taken


def _marks(block: Block, text: bytes, dialect: Dialect, escaped: Inside | None) -> Positions:
    if dialect.quote is None or dialect.quote.encode() not in text:
        return np.empty(0, np.int64)
    marks = np.flatnonzero(block == ord(dialect.quote))
    return marks if escaped is None else marks[~escaped[marks]]


def _without_comments(
    block: Block, text: bytes, marks: Positions, afters: Positions, dialect: Dialect
) -> tuple[Positions, int | None]:
    """Leave out the quotes in comments; return also the first line that may be no comment."""
    lines = np.concatenate(([0], afters))
    owners = np.searchsorted(lines, marks, side="right") - 1
    alike = np.unique(owners)
    alike = alike[_spelled(block, lines[alike], (dialect.comment or "").encode())]
    grammar = Grammar(dialect)
    of_comments = [int(line) for line in alike if grammar.is_comment(text, int(lines[line]))]
    if not of_comments:
        return marks, None
    marks = marks[~np.isin(owners, of_comments)]
    starts = lines[of_comments]
    doubtful = starts[(np.searchsorted(marks, starts) & 1).astype(bool)]
    return marks, (int(doubtful[0]) if len(doubtful) else None)


def _stands_before(block: Block, opening: Positions, dialect: Dialect) -> Inside:
    """Tell of which opening quotes a delimiter, a newline or a closing quote stands before."""
    before = block[np.maximum(opening - 1, 0)]
    delimiter = dialect.delimiter.encode()
    good: Inside = (opening == 0) | _edge(dialect, delimiter)[before]
    if dialect.newline in ("lf", "crlf"):
        good &= before != CR
    if len(delimiter) > 1:
        good |= _spelled(block, opening - len(delimiter), delimiter)
    return good


def _stands_behind(block: Block, closing: Positions, dialect: Dialect) -> Inside:
    """Tell of which closing quotes a delimiter, a newline or another quote stands behind."""
    last = len(block) - 1
    delimiter = dialect.delimiter.encode()
    good: Inside = (closing == last) | _edge(dialect, delimiter)[
        block[np.minimum(closing + 1, last)]
    ]
    if len(delimiter) > 1:
        good |= _spelled(block, closing + 1, delimiter)
    return good


def _edge(dialect: Dialect, delimiter: bytes) -> Inside:
    edge = np.zeros(256, bool)
    edge[[LF, CR]] = True
    if len(delimiter) == 1:
        edge[delimiter[0]] = True
    if dialect.doubled and dialect.quote is not None:
        edge[ord(dialect.quote)] = True
    return edge


def _spelled(block: Block, at: Positions, word: bytes) -> Inside:
    """Tell at which positions the word stands."""
    good = (at >= 0) & (at + len(word) <= len(block))
    first = np.clip(at, 0, max(len(block) - len(word), 0))
    for index, byte in enumerate(word):
        good &= block[np.minimum(first + index, len(block) - 1)] == byte
    return good
