"""Whether no value of a column comes twice: by 64-bit hashes, within bounds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from csvflow.core.columns.kernels.view import PAD, View

MOST = 32_000_000
"""Values of all columns together that are compared: 256 MB of hashes."""
_TAIL = np.array(
    [0] + [(2 ** (8 * k) - 1) << (64 - 8 * k) for k in range(1, 9)],
    dtype=np.uint64,
)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)
Hashes = NDArray[np.uint64]


class Room:
    """How many more hashes may be kept, for all columns of a file."""

    def __init__(self, left: int = MOST) -> None:
        self.left = left


class Distinct:
    """Says ``proved`` only if all values differ: equal ones have equal hashes.

    Two values that differ may share a hash, which costs a claim that would hold; with ten
    million values that happens once in 370,000 files.
    """

    def __init__(self, room: Room) -> None:
        self.alive = True
        self._room = room
        self._runs: list[Hashes] = []
        self._count = 0

    def take(self, texts: pa.Array, view: View) -> None:
        """Compare a batch with what came before."""
        if not self.alive:
            return
        longest = int(view.lengths.max(initial=0))
        self._count += len(texts)
        self._room.left -= len(texts)
        if longest > PAD or self._room.left < 0 or texts.null_count:
            self.give_up()
            return
        self._add(np.sort(_hashes(view, longest)))

    def proved(self) -> bool:
        """Tell whether all values differ; lets go of them, so it is asked when all came."""
        while self.alive and len(self._runs) > 1:
            self._merge()
        self._runs.clear()
        return self.alive and self._count > 0

    def _add(self, run: Hashes) -> None:
        if bool((run[1:] == run[:-1]).any()):
            self.give_up()
            return
        self._runs.append(run)
        while self.alive and len(self._runs) > 1 and len(self._runs[-2]) <= len(self._runs[-1]):
            self._merge()

    def _merge(self) -> None:
        run = np.concatenate((self._runs.pop(), self._runs.pop()))
        run.sort()
        self._add(run)

    def give_up(self) -> None:
        """Compare no more."""
        self.alive = False
        self._runs.clear()
        self._room.left += self._count


def _hashes(view: View, longest: int) -> Hashes:
    words, ends, lengths = view.words, view.ends, view.lengths
    found: Hashes = lengths.astype(np.uint64) * _ODD
    for word in range(-(-longest // 8)):
        there = np.clip(lengths - 8 * word, 0, 8)
        found ^= words[ends - 8 * (word + 1)] & _TAIL.take(there)
        found *= _MIX
        found ^= found >> _SHIFT
        found *= _ODD
        found ^= found >> _SHIFT
    return found
