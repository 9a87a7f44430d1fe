"""Arrow arrays of Python values, without pandas: ``pa.array`` and ``pa.scalar`` import it.

That import takes 300 ms, which every run with a rejected row would pay.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa


def texts(values: Sequence[str | None]) -> pa.Array:
    """Return the texts as an Arrow array of strings, None as null."""
    parts = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
    ends = array("i", accumulate(map(len, parts), initial=0))
    buffers = [_validity(values), pa.py_buffer(ends), pa.py_buffer(b"".join(parts))]
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
