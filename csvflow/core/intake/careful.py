"""Record by record where quotes are out of place: what is damaged, and where reading goes on.

A quote that is never closed would swallow everything behind it. Where a record's quotes don't
hold, the damage is its first physical line if the records behind that line fit, else as many
lines as it takes; the lines given up are one reject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from csvflow.core.intake.foreign import Damage, foreign
from csvflow.core.intake.grammar import Grammar, count_lines, spans
from csvflow.core.intake.line_ends import Positions, all_newlines

WITNESSES = 3
"""So many records behind a damaged one must fit before reading goes on there."""
REACH = 200
"""So many lines a damaged place is followed before it is taken as it stands."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a record may be."""

    bytes: int
    lines: int


_STRAY: Damage = ("row.stray-quote", "text follows a closing quote")
_OPEN: Damage = ("row.unclosed-quote", "a quote is never closed, or closed out of place")


@dataclass(slots=True)
class Found:
    """Records of a stretch, one entry each; ``damage`` has those that are none."""

    starts: Positions
    ends: Positions
    lines: Positions
    damage: dict[int, Damage]
    """Index → code and reason."""
    newlines: int
    end: int
    """Up to where the text was read; 0: more of it is needed."""


class Careful:
    """Reads the records of one dialect and width."""

    def __init__(self, grammar: Grammar, width: int, limits: Limits) -> None:
        self._grammar = grammar
        self._limits = limits
        self._sound = grammar.patterns.sound
        self._closed = grammar.patterns.closed
        self._fitting = grammar.patterns.sound_of(width)

    def read(self, text: bytes, *, final: bool, reach: int, base: int) -> Found:
        """Read the records that begin in the first ``reach`` bytes of the text.

        ``final``: nothing follows the text. ``base``: the offset of the text in the file. A
        record that reaches the end of an unfinished text is left for later until it is longer
        than allowed.
        """
        size = len(text)
        stop = min(reach, size)
        sound_lines = self._grammar.patterns.sound_lines.match
        stray_lines = self._grammar.patterns.stray_lines.match
        taken = _Taken()
        at = 0
        while at < stop:
            lines = sound_lines(text, at, stop)
            if lines is not None and lines.end() > at:
                at = lines.end()
            lines = stray_lines(text, at, stop)
            if lines is not None and lines.end() > at:
                taken.stray.append((at, lines.end()))
                at = lines.end()
                continue
            if at == stop:
                break
            record = self._record(text, at, final=final)
            if record is None:
                break
            end, after, wrong = record
            place = self._grammar.foreign(text, at, end) if wrong in (None, _STRAY) else None
            if place is not None:
                wrong = foreign(base + place, text[place])
            elif wrong is not None and spans(text, at, end):
                wrong = (wrong[0], f"{wrong[1]}: bytes {base + at:,} to {base + end:,}")
            taken.records.append((at, end, after, wrong))
            at = after
        return taken.found(text[:at])

    def _record(
        self, text: bytes, at: int, *, final: bool
    ) -> tuple[int, int, Damage | None] | None:
        """Return where the record ends, where the next begins, and what is wrong with it.

        None: what follows the text decides.
        """
        size = len(text)
        closed = self._closed.match(text, at)
        # A quote that is never closed takes everything.
        end, after = (closed.end(1), closed.end()) if closed is not None else (size, size)
        rest = size - at
        if after >= size and not final and rest <= self._limits.bytes:
            return None
        if self._grammar.is_comment(text, at):
            return *self._grammar.line_end(text, at), None
        if not spans(text, at, end):
            return end, after, self._wrong(text, at, closed)
        lines = self._limits.lines
        endless = end - at > lines and count_lines(text[at:end]) > lines
        if not endless and self._fitting.match(text, at):
            return end, after, None
        until, behind = self._grammar.line_end(text, at)
        for _ in range(REACH):
            if behind >= min(after, size):
                break
            plausible = self._is_plausible(text, behind, final=final)
            if plausible is None:
                return None if rest <= self._limits.bytes else (end, after, _OPEN)
            if plausible:
                return until, behind, _OPEN
            until, behind = self._grammar.line_end(text, behind)
        if endless:
            reason = f"it goes over more than {lines:,} lines"
            return end, after, ("row.too-long", reason)
        wrong = self._wrong(text, at, closed)
        if wrong is None:
            # Only its width is wrong: the fast parser says so in its own words.
            return end, after, None
        return at + len(text[at:end].rstrip(b"\r\n")), after, wrong

    def _wrong(self, text: bytes, at: int, closed: re.Match[bytes] | None) -> Damage | None:
        """Return what is wrong with a record's quotes."""
        if closed is None:
            return _OPEN
        return None if self._sound.match(text, at) else _STRAY

    def _is_plausible(self, text: bytes, at: int, *, final: bool) -> bool | None:
        """Tell whether the records that begin there fit; None: too little of them is there."""
        size = len(text)
        seen = 0
        while seen < WITNESSES:
            if at >= size:
                return True if final else None
            if text[at] in b"\r\n":
                end, after = self._grammar.line_end(text, at)
                if end == at:
                    at = after
                    continue
            seen += 1
            fits = self._fitting.match(text, at)
            if fits is None and final:
                return False
            record = fits or self._closed.match(text, at)
            if (record is None or record.end() >= size) and not final:
                return None
            if fits is None:
                return False
            at = fits.end()
        return True


@dataclass(slots=True)
class _Taken:
    """What was read: all lines are sound records, but for these."""

    stray: list[tuple[int, int]] = field(default_factory=list)
    """Runs of lines that are damaged records each."""
    records: list[tuple[int, int, int, Damage | None]] = field(default_factory=list)
    """Records that were read alone: start, end, after, and what is wrong."""

    def found(self, text: bytes) -> Found:
        """Return every record of the text that was read."""
        ends, afters = all_newlines(text)
        newlines = len(ends)
        starts = np.concatenate((np.zeros(1, np.int64), afters))
        if starts[-1] >= len(text):
            starts = starts[:-1]
        else:
            ends = np.append(ends, len(text))
        lines = np.arange(len(starts))
        if self.records:
            firsts, lasts, nexts = np.array([item[:3] for item in self.records], np.int64).T
            at = np.searchsorted(starts, firsts)
            ends[at] = lasts
            # The lines that go on with a record begin none.
            counts = np.searchsorted(starts, nexts) - at
            within = np.zeros(len(starts) + 1, np.int64)
            within[at + 1] += 1
            np.subtract.at(within, at + counts, 1)
            begin = np.cumsum(within[:-1]) == 0
            starts, ends, lines = starts[begin], ends[begin], lines[begin]
        damage: dict[int, Damage] = {}
        if self.stray:
            for begin_at, end_at in np.searchsorted(starts, self.stray).tolist():
                damage |= dict.fromkeys(range(begin_at, end_at), _STRAY)
        if self.records:
            places = np.searchsorted(starts, firsts).tolist()
            for place, (*_, wrong) in zip(places, self.records, strict=True):
                if wrong is not None:
                    damage[place] = wrong
        return Found(starts, ends, lines, damage, newlines, len(text))
