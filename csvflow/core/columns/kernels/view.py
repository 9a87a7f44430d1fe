"""An Arrow array of texts as numpy sees it: one run of bytes, and where each text is in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from csvflow.core.arrays import bools

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

PAD = 48
"""Bytes before and after the texts, so that a word can be read at any place of them."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of an array of texts."""

    values: pa.Array
    """Typed; null where the text was null or is no value of the type."""
    bad: Bools | None
    """Which texts are no value of the type; None if every one is."""


class View:
    """The bytes of an array of texts, without a copy of each."""

    __slots__ = ("array", "body", "count", "ends", "lengths", "starts", "valid")

    def __init__(self, array: pa.Array) -> None:
        self.array = array
        self.count = len(array)
        _, offsets, data = array.buffers()
        if offsets is None or self.count == 0:
            at = np.zeros(self.count + 1, np.int64)
        else:
            at = np.frombuffer(offsets, np.int32, self.count + 1, array.offset * 4).astype(np.int64)
        first, last = int(at[0]), int(at[-1])
        self.body: Bytes = np.zeros(last - first + 2 * PAD, np.uint8)
        if data is not None and last > first:
            self.body[PAD : PAD + last - first] = np.frombuffer(data, np.uint8, last - first, first)
        at += PAD - first
        self.starts: Longs = at[:-1]
        self.ends: Longs = at[1:]
        self.lengths: Longs = self.ends - self.starts
        self.valid: Bools | None = None
        if array.null_count:
            self.valid = bools(array.is_valid())

    @property
    def text(self) -> Bytes:
        """The bytes of all texts, in order."""
        return self.body[PAD : self.body.size - PAD]

    @property
    def words(self) -> Words:
        """The eight bytes that begin at each byte of the body, the first one lowest."""
        words: Words = np.ndarray((self.body.size - 7,), "<u8", self.body, 0, (1,))
        return words

    def settle(self, bad: Bools) -> Bools | None:
        """Return the mask with nulls taken out, or None where nothing is left."""
        if self.valid is not None:
            bad &= self.valid
        return bad if bad.any() else None


def masked(array: pa.Array, hide: Bools | None) -> pa.Array:
    """Return the array of texts with some hidden as nulls; no text is copied."""
    if hide is None:
        return array
    seen = ~hide
    if array.null_count:
        seen &= bools(array.is_valid())
    _, offsets, data = array.buffers()
    if array.offset:
        width = 4
        offsets = offsets.slice(array.offset * width, (len(array) + 1) * width)
    return pa.Array.from_buffers(array.type, len(array), [bits(seen), offsets, data])


def bits(mask: Bools) -> pa.Buffer:
    """Return a validity bitmap."""
    return pa.py_buffer(np.packbits(mask, bitorder="little"))


def typed(
    values: NDArray[np.generic], kind: pa.DataType, hide: Bools | None, view: View
) -> pa.Array:
    """Return an Arrow array over numpy's values, null where texts were null or are hidden."""
    seen = None
    if view.valid is not None:
        seen = view.valid if hide is None else view.valid & ~hide
    elif hide is not None:
        seen = ~hide
    buffers = [None if seen is None else bits(seen), pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(kind, view.count, buffers)
