"""Everything that is found out about one column in one pass."""

from __future__ import annotations

import re
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.kernels.view import View
from csvflow.core.columns.kernels.words import to_json, to_uuid
from csvflow.core.profile.clocks import Clock, clocks
from csvflow.core.profile.distinct import Distinct, Room
from csvflow.core.profile.numbers import Floats, Numbers
from csvflow.core.profile.tally import Tally
from csvflow.core.profile.tokens import tokens_in
from csvflow.core.profile.words import Words

SAMPLE = 200
_FOR_FLOAT = r"^(?:-?[0-9.]+[eE][+-]?[0-9]+|-0\.0+)$"
"""Numbers that a float keeps, and no decimal."""
_THOUSANDS = (",", ".", " ", "'", "\u2019", "\u00a0", "\u202f")
"""Marks that people write between thousands."""


class Profile:
    """The facts about one column."""

    def __init__(self, room: Room | None = None) -> None:
        """Begin; ``room`` where its values may be unique, and are worth comparing."""
        self.rows = 0
        self.nulls = 0
        self.empty = 0
        """Empty texts in quotes, which aren't null."""
        self.longest = 0
        self.sample: list[str] = []
        self.words = Words()
        self.point: Numbers | None = None
        self.comma: Numbers | None = None
        self.grouped: dict[tuple[str, str], Numbers] = {}
        """Guesses by decimal mark and mark between thousands, where some text has the latter."""
        self.floats: Floats | None = None
        self.clocks: list[Clock] = []
        self.uuid: Tally | None = None
        self.json: Tally | None = None
        """Of objects and arrays: any number is JSON too."""
        self.last: str | None = None
        """The last value."""
        self.distinct = Distinct(room) if room is not None else None
        self.leading_zeros = False
        """Whether some first values are digits with a zero before them."""
        self.tokens: set[str] = set()
        """Words such as ``NA`` among the texts of a column that has many."""
        self._began = False

    @property
    def values(self) -> int:
        """How many rows have a value."""
        return self.rows - self.nulls

    def take(self, texts: pa.Array) -> None:
        """Take the next batch of the column's texts."""
        self.rows += len(texts)
        self.nulls += texts.null_count
        valid = len(texts) - texts.null_count
        if self.distinct is not None and texts.null_count:
            self.distinct.give_up()
            self.distinct = None
        if not valid:
            return
        lengths = pc.min_max(pc.binary_length(texts))
        self.longest = max(self.longest, lengths["max"].as_py())
        if lengths["min"].as_py() == 0:
            self.empty += pc.sum(pc.equal(pc.binary_length(texts), 0)).as_py()
        if not self._began:
            self._begin(texts)
        self._take_words(texts)
        if self._needs_view():
            self._look(texts, View(texts), valid)
        for clock in self.clocks:
            if clock.alive:
                clock.take(texts, valid)
        if self.uuid is not None and self.uuid.alive:
            self.uuid.count(texts, valid, to_uuid(texts).bad)
        if self.json is not None and self.json.alive:
            self.json.count(texts, valid, to_json(texts).bad)
        self.last = texts[-1].as_py()

    def _begin(self, texts: pa.Array) -> None:
        self._began = True
        first = texts.drop_null().slice(0, SAMPLE)
        self.sample = first.to_pylist()
        self.leading_zeros = any(
            text.isdecimal() and len(text) > 1 and text[0] == "0" for text in self.sample
        )
        self.point = Numbers(".")
        self.clocks = clocks(first)
        uuid = to_uuid(first)
        self.uuid = Tally() if uuid.bad is None else None
        if all(text[:1] in {"{", "["} for text in self.sample):
            self.json = Tally()

    def _take_words(self, texts: pa.Array) -> None:
        before = self.words.counts
        self.words.take(texts)
        if self.words.counts is None:
            self.tokens |= tokens_in(texts) | set(before or ())

    def _needs_view(self) -> bool:
        numbers = (self.point, self.comma, self.floats, *self.grouped.values())
        return self.distinct is not None or any(one is not None and one.alive for one in numbers)

    def _look(self, texts: pa.Array, view: View, valid: int) -> None:
        if self.distinct is not None:
            self.distinct.take(texts, view)
        for numbers in (self.comma, *self.grouped.values()):
            if numbers is not None and numbers.alive:
                numbers.take(texts, view, valid)
        if self.floats is not None and self.floats.alive:
            self.floats.take(texts, valid)
        point = self.point
        if point is None or not point.alive:
            return
        whole = None if point.decimals or point.bad else Numbers(",", point)
        sound = None if point.bad else Numbers(".", point)
        misfits = point.bad
        point.take(texts, view, valid)
        if sound is not None and (point.bad or (whole is not None and point.decimals)):
            self._group(texts, view, valid, {",": whole, ".": sound})
        if point.bad == misfits:
            return
        if self.comma is None and whole is not None and _has(texts, ","):
            self.comma = whole
            whole.take(texts, view, valid)
        if self.floats is None and sound is not None and _needs_float(texts):
            self.floats = Floats(sound)
            if self.floats.alive:
                self.floats.take(texts, valid)

    def _group(
        self, texts: pa.Array, view: View, valid: int, before: dict[str, Numbers | None]
    ) -> None:
        """Begin to guess at marks between thousands, where this batch is the first to have any."""
        for thousands in filter(partial(_has, texts), _THOUSANDS):
            for mark, earlier in before.items():
                pair = (mark, thousands)
                if earlier is None or pair in self.grouped or not _has_groups(texts, *pair):
                    continue
                self.grouped[pair] = Numbers(mark, earlier, thousands=thousands)
                self.grouped[pair].take(texts, view, valid)


def _has_groups(texts: pa.Array, mark: str, thousands: str) -> bool:
    if mark == thousands:
        return False
    group, point = re.escape(thousands), re.escape(mark)
    form = f"^-?[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]+)?$"
    return bool(pc.any(pc.match_substring_regex(texts, form)).as_py())


def _has(texts: pa.Array, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(texts, mark)).as_py())


def _needs_float(texts: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, _FOR_FLOAT)).as_py())
