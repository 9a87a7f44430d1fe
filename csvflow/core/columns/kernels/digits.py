"""Runs of ASCII digits in an array of texts: where they are, and their value, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from csvflow.core.columns.kernels.view import Bools, Longs, View

MINUS = ord("-")
ZERO = ord("0")
NINE = 9
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


def scan(view: View, mark: int | None = None, guess: int = 0) -> Number:
    """Return the parts of each text; ``guess`` is how many decimals most of them have.

    Characters that are no digits are counted over all bytes at once; only where the expected
    minus signs and marks don't explain all of them are they looked for.
    """
    body, starts, ends = view.body, view.starts, view.ends
    odd = (view.text - ZERO) > NINE
    bad = view.lengths == 0
    negative = (body[starts] == MINUS) & ~bad
    at = ends
    left = int(np.count_nonzero(odd)) - int(np.count_nonzero(negative))
    marked = None
    if left and mark is not None:
        place = ends - 1 - guess
        marked = (body[place] == mark) & (place >= starts)
        left -= int(np.count_nonzero(marked))
        at = np.where(marked, place, ends)
    if left:
        _explain(view, odd, negative, at, bad, mark)
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
) -> None:
    """Find the bytes that are neither digit, sign nor expected mark: marks elsewhere, or faults."""
    base = view.body.size - view.text.size >> 1
    odd[view.starts[negative] - base] = False
    if at is not view.ends:
        found = at < view.ends
        odd[at[found] - base] = False
    places = np.flatnonzero(odd) + base
    rows = np.searchsorted(view.ends, places, "right")
    if mark is None:
        bad[rows] = True
        return
    alone = np.ones(rows.size, np.bool_)
    same = rows[1:] == rows[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    alone &= (view.body[places] == mark) & (at[rows] == view.ends[rows])
    if at is view.ends:
        bad[rows] = True
        return
    at[rows[alone]] = places[alone]
    bad[rows[~alone]] = True


def value(view: View, ends: Longs, length: Longs) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return the numbers that the last ``length`` digits before ``ends`` write: at most 19."""
    words = view.words("<u8")
    most = int(length.max(initial=0))
    total = _eight(words[ends - 8], np.minimum(length, 8))
    if most > 8:  # noqa: PLR2004 - digits in a word
        total += _eight(words[ends - 16], np.clip(length - 8, 0, 8)) * np.uint64(10**8)
    if most > 16:  # noqa: PLR2004 - digits in two words
        total += _eight(words[ends - 24], np.clip(length - 16, 0, 8)) * np.uint64(10**16)
    return total


def _eight(
    word: np.ndarray[tuple[int], np.dtype[np.uint64]], length: Longs
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    # https://kholdstare.github.io/technical/2020/05/26/faster-integer-parsing.html
    word = (word ^ _ZEROS) & _LAST[length]
    word = word * _TEN + (word >> _EIGHT)
    return ((word & _PAIRS) * _HIGH + ((word >> _SIXTEEN) & _PAIRS) * _LOW) >> _HALF
