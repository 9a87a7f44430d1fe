"""Runs of ASCII digits in an array of texts: where they are, and their value, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csvflow.core.columns.kernels.view import PAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csvflow.core.columns.kernels.view import Bools, Longs, View, Words

MINUS = ord("-")
ZERO = ord("0")
NINE = 9
_FEW = 64
"""One text in so many may have its mark elsewhere before another guess pays."""
MOST_DIGITS = 19
"""Digits that fit an unsigned 64-bit word, whatever they are."""
POWERS = 10 ** np.arange(MOST_DIGITS, dtype=np.int64)
_ZEROS = np.uint64(0x3030303030303030)
# Keeps the last k of the eight digits in a little-endian word.
_LAST = np.array(
    [0] + [(2 ** (8 * k) - 1) << (64 - 8 * k) for k in range(1, 9)],
    dtype=np.uint64,
)
_TEN = np.uint64(10)
_EIGHT = np.uint64(8)
_SIXTEEN = np.uint64(16)
_HALF = np.uint64(32)
_PAIRS = np.uint64(0x000000FF000000FF)
_HIGH = np.uint64(0x000F424000000064)
_LOW = np.uint64(0x0000271000000001)


@dataclass(frozen=True, slots=True)
class Number:
    """The parts of each text that should be ``-?digits`` or ``-?digits mark digits``."""

    negative: Bools
    mark: Longs
    """Where the mark is, or the end of the text."""
    whole: Longs
    """How many digits stand before the mark."""
    decimals: Longs
    """How many digits stand behind the mark."""
    bad: Bools
    """Which texts have another shape, or a leading zero that a printed number wouldn't have."""


def scan(view: View, mark: int | None = None, guesses: Sequence[int] = ()) -> Number:
    """Return the parts of each text; ``guesses`` are how many decimals most of them have.

    Characters that are no digits are counted over all bytes at once; only where the expected
    minus signs and marks don't explain all of them are they looked for.
    """
    body, starts, ends = view.body, view.starts, view.ends
    odd = (body - ZERO) > NINE
    bad = view.lengths == 0
    negative = (body[starts] == MINUS) & ~bad
    left = int(np.count_nonzero(odd)) - 2 * PAD - int(np.count_nonzero(negative))
    at = ends
    for guess in guesses if mark is not None else ():
        if left <= view.count // _FEW:
            break
        place = ends - 1 - guess
        marked = (body[place] == mark) & (place >= starts) & (at == ends)
        at = np.where(marked, place, at)
        left -= int(np.count_nonzero(marked))
    if left:
        at = _explain(view, odd, negative, at, bad, mark)
    begin = starts + negative
    whole = at - begin
    has_mark = at < ends
    decimals = ends - at - has_mark
    bad |= whole < 1
    bad |= (body[begin] == ZERO) & (whole > 1)
    bad |= has_mark & (decimals == 0)
    return Number(negative, at, whole, decimals, bad)


def _explain(
    view: View, odd: Bools, negative: Bools, at: Longs, bad: Bools, mark: int | None
) -> Longs:
    """Find the bytes that are neither digit, sign nor known mark: other marks, or faults.

    Returns where the mark of each text is.
    """
    # What is as expected is struck out; where nothing is, the first byte of the padding is.
    odd[np.where(negative, view.starts, 0)] = False
    odd[np.where(at < view.ends, at, 0)] = False
    odd[:PAD] = odd[-PAD:] = False
    places = np.flatnonzero(odd)
    rows = np.searchsorted(view.ends, places, "right")
    alone = np.ones(rows.size, np.bool_)
    same = rows[1:] == rows[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    alone &= (view.body[places] == mark) & (at[rows] == view.ends[rows])
    at = at.copy()
    at[rows[alone]] = places[alone]
    bad[rows[~alone]] = True
    return at


def value(view: View, ends: Longs, length: Longs) -> Words:
    """Return the numbers that the last ``length`` digits before ``ends`` write: at most 19."""
    words = view.words
    most = int(length.max(initial=0))
    total = _eight(words[ends - 8], np.minimum(length, 8))
    if most > 8:  # noqa: PLR2004 - digits in a word
        total += _eight(words[ends - 16], np.clip(length - 8, 0, 8)) * np.uint64(10**8)
    if most > 16:  # noqa: PLR2004 - digits in two words
        total += _eight(words[ends - 24], np.clip(length - 16, 0, 8)) * np.uint64(10**16)
    return total


def joined(view: View, length: Longs, decimals: Longs) -> Words:
    """Return the numbers that all digits of each text write, its mark left out.

    At most seven decimals, and 18 digits in all; a length of 0 gives 0.
    """
    words = view.words
    has_mark = decimals > 0
    room = 8 - has_mark
    word = words[view.ends - 8]
    tail = _LAST.take(decimals)
    word = (word & tail) | ((word << (has_mark * _EIGHT)) & ~tail)
    most = int(length.max(initial=0))
    total = _eight(word, np.minimum(length, room))
    if most > 7:  # noqa: PLR2004 - digits beside a mark in a word
        more = length - room
        scale = POWERS.take(room).view(np.uint64)
        total += _eight(words[view.ends - 16], np.clip(more, 0, 8)) * scale
        if most > 15:  # noqa: PLR2004 - likewise in two words
            third = _eight(words[view.ends - 24], np.clip(more - 8, 0, 8))
            total += third * scale * np.uint64(10**8)
    return total


def _eight(word: Words, length: Longs) -> Words:
    # https://kholdstare.github.io/technical/2020/05/26/faster-integer-parsing.html
    word = (word ^ _ZEROS) & _LAST.take(length)
    word = word * _TEN + (word >> _EIGHT)
    return ((word & _PAIRS) * _HIGH + ((word >> _SIXTEEN) & _PAIRS) * _LOW) >> _HALF
