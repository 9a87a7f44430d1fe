"""Arrow arrays of Python values, without pandas: ``pa.array`` and ``pa.scalar`` import it.

That import takes 300 ms, which every run with a rejected row would pay.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa


def texts(values: Sequence[str | None]) -> pa.Array:
    """Return the texts as an Arrow array of strings, None as null."""
    parts = [value or "" for value in values]
    whole = "".join(parts)
    data = whole.encode("utf-8", "replace")
    if len(data) == len(whole):
        lengths: Iterable[int] = map(len, parts)
    else:
        lengths = (len(part.encode("utf-8", "replace")) for part in parts)
    ends = array("i", accumulate(lengths, initial=0))
    buffers = [_validity(values), pa.py_buffer(ends), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(parts), buffers)


def integers(values: Sequence[int | None]) -> pa.Array:
    """Return the numbers as an Arrow array of int64, None as null."""
    data = array("q", [value or 0 for value in values])
    return pa.Array.from_buffers(pa.int64(), len(data), [_validity(values), pa.py_buffer(data)])


def text(value: str) -> pa.Scalar:
    """Return one text as an Arrow scalar."""
    return texts([value])[0]


def _validity(values: Sequence[object]) -> pa.Buffer | None:
    if None not in values:
        return None
    present = np.fromiter((value is not None for value in values), np.bool_, len(values))
    return pa.py_buffer(np.packbits(present, bitorder="little"))
