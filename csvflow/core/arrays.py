"""Between numpy and Arrow without pandas, which pyarrow's own ways import: 300 ms of each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.integer[Any] | np.floating[Any] | np.bool_]


def arrow(values: Numbers) -> pa.Array:
    """Return booleans or numbers as an Arrow array; the numbers are not copied."""
    if values.dtype == np.bool_:
        kind, data = pa.bool_(), np.packbits(values.view(np.uint8), bitorder="little")
    else:
        kind, data = pa.from_numpy_dtype(values.dtype), np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(data)])


def bools(array: pa.Array) -> NDArray[np.bool_]:
    """Return booleans of which none is null."""
    first, last = array.offset, array.offset + len(array)
    data = array.buffers()[1]
    if data is None:
        return np.zeros(len(array), np.bool_)
    packed = np.frombuffer(data, np.uint8)
    found = np.unpackbits(packed[: (last + 7) // 8], count=last, bitorder="little")[first:]
    return found.view(np.bool_)


def numbers(array: pa.Array) -> NDArray[Any]:
    """Return numbers of which none is null; they are not copied."""
    kind = np.dtype({"double": "float64", "float": "float32"}.get(str(array.type), str(array.type)))
    if not len(array):
        return np.empty(0, kind)
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * kind.itemsize)


def no_texts(names: Sequence[str]) -> pa.RecordBatch:
    """Return columns of text without a row."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, pa.utf8()) for _ in names], names=list(names))
