"""Everything that is found out about one column in one pass."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.kernels.view import View
from csvflow.core.columns.kernels.words import to_uuid
from csvflow.core.profile.clocks import Clock, clocks
from csvflow.core.profile.distinct import Distinct, Room
from csvflow.core.profile.numbers import Floats, Numbers
from csvflow.core.profile.tally import Tally
from csvflow.core.profile.tokens import tokens_in
from csvflow.core.profile.words import Words

SAMPLE = 200
_EXPONENT = r"^-?[0-9.]+[eE][+-]?[0-9]+$"


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
        self.floats: Floats | None = None
        self.clocks: list[Clock] = []
        self.uuid: Tally | None = None
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

    def _take_words(self, texts: pa.Array) -> None:
        before = self.words.counts
        self.words.take(texts)
        if self.words.counts is None:
            self.tokens |= tokens_in(texts) | set(before or ())

    def _needs_view(self) -> bool:
        numbers = (self.point, self.comma, self.floats)
        return self.distinct is not None or any(one is not None and one.alive for one in numbers)

    def _look(self, texts: pa.Array, view: View, valid: int) -> None:
        if self.distinct is not None:
            self.distinct.take(texts, view)
        if self.comma is not None and self.comma.alive:
            self.comma.take(texts, view, valid)
        if self.floats is not None and self.floats.alive:
            self.floats.take(texts, valid)
        point = self.point
        if point is None or not point.alive:
            return
        before = _whole_numbers(point)
        earlier = Numbers(".", point)
        earlier.decimals = point.decimals
        misfits = point.bad
        point.take(texts, view, valid)
        if point.bad == misfits:
            return
        if self.comma is None and before is not None and _has(texts, ","):
            self.comma = before
            before.take(texts, view, valid)
        if self.floats is None and not misfits and _has_exponent(texts):
            self.floats = Floats(earlier)
            if self.floats.alive:
                self.floats.take(texts, valid)


def _whole_numbers(point: Numbers) -> Numbers | None:
    """Return the same guess under a comma, if no decimal point was seen so far."""
    return None if point.decimals or point.bad else Numbers(",", point)


def _has(texts: pa.Array, mark: str) -> bool:
    return bool(pc.any(pc.match_substring(texts, mark)).as_py())


def _has_exponent(texts: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, _EXPONENT)).as_py())
