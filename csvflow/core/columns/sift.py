"""Rows taken out of a batch, quickly where they are few."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from csvflow.core.arrays import arrow

_LONG_RUN = 128
"""Kept rows in a stretch, on average, beyond which copying stretches beats a filter."""


def without(batch: pa.RecordBatch, refused: NDArray[np.bool_]) -> pa.RecordBatch:
    """Return the batch without the refused rows."""
    cuts = np.flatnonzero(refused)
    if cuts.size * _LONG_RUN > batch.num_rows:
        return batch.filter(arrow(~refused))
    begins = [0, *(cuts + 1).tolist()]
    ends = [*cuts.tolist(), batch.num_rows]
    stretches = [
        batch.slice(begin, end - begin)
        for begin, end in zip(begins, ends, strict=True)
        if end > begin
    ]
    return pa.concat_batches(stretches) if stretches else batch.slice(0, 0)
