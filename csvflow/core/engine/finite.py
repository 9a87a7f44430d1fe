"""What passes between a batch and DuckDB, and which of its results have no finite value."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import ROW
from csvflow.core.engine import nodes as n

CODE = "row.expression"


def seen_by_duckdb(
    columns: Sequence[pa.Array], positions: Sequence[int], batch: pa.RecordBatch
) -> pa.RecordBatch:
    """Return only the columns that are read: the others needn't pass through DuckDB."""
    if not positions:
        # A constant still has a value for each row.
        return pa.record_batch([batch.column(ROW)], names=["_r"])
    return pa.record_batch([columns[i] for i in positions], names=[f"c{i}" for i in positions])


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return the column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def may_be_endless(kind: pa.DataType) -> bool:
    """Tell whether values of the type can be infinite."""
    return bool(
        pa.types.is_floating(kind) or pa.types.is_date32(kind) or pa.types.is_timestamp(kind)
    )


def endless(values: pa.Array) -> pa.BooleanArray | None:
    """Return which values are NaN or infinite, numbers or times; None if there are none."""
    kind = values.type
    if pa.types.is_floating(kind):
        mask = pc.invert(pc.is_finite(values))
    elif pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
        plain = values.view(pa.int32() if pa.types.is_date32(kind) else pa.int64())
        largest = 2**31 - 1 if pa.types.is_date32(kind) else 2**63 - 1
        extremes = pc.min_max(plain)
        if extremes["min"].as_py() != -largest and extremes["max"].as_py() != largest:
            return None
        mask = pc.or_(pc.equal(plain, largest), pc.equal(plain, -largest))
    else:
        return None
    if not mask.true_count:
        return None
    return pc.and_kleene(mask, mask.is_valid()) if mask.null_count else mask


def endless_reason(made: n.Computed) -> str:
    """Say of a computed column why a row is refused."""
    return f"`{made.expression.text}` gives no finite value"
