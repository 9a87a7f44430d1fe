"""Columns that round times: which ones of a table do, and whether a batch would suffer."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import SinkError

ALL_DIGITS = 6
"""Of a second's fraction, in the types that csvflow gives to times."""


def coarse(schema: pa.Schema, digits: Mapping[str, int | None]) -> Mapping[str, int]:
    """Return the columns of times that keep fewer digits than all, and how many."""
    return {
        field.name: kept
        for field in schema
        if (pa.types.is_timestamp(field.type) or pa.types.is_time(field.type))
        and (kept := digits.get(field.name)) is not None
        and kept < ALL_DIGITS
    }


def check_fractions(batch: pa.RecordBatch, kept: Mapping[str, int], table: str) -> None:
    """Refuse times that would be rounded. Raises ``SinkError`` (``sink.column-type``)."""
    for name, digits in kept.items():
        column = batch.column(name)
        clock = pa.types.is_time(column.type)
        fine = pa.time64("us") if clock else pa.timestamp("us", column.type.tz)
        micros = column.cast(fine).cast(pa.int64())
        unit = 10 ** (ALL_DIGITS - digits)
        if pc.any(pc.not_equal(micros, pc.multiply(pc.divide(micros, unit), unit))).as_py():
            raise SinkError(
                "sink.column-type",
                f"column `{name}` has a time with more than {digits} digits of a second's"
                f" fraction, which `{table}` would round",
                hint=f"let the table keep more, or cut them off: `derive: {{{name}:"
                f" date_trunc('second', {name})}}`",
            )
