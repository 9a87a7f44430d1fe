"""Columns as text, exactly: what goes into text files, and into databases without such types."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOST_BYTES = 256 * 2**20
"""Arrow's text columns end at 2 GiB; a batch beyond this is written in halves."""


def halves(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """Return the batch in parts that fit one text column each."""
    if batch.num_rows < 2 or batch.nbytes <= MOST_BYTES:  # noqa: PLR2004 -- one row has no halves
        return [batch]
    middle = batch.num_rows // 2
    return [*halves(batch.slice(0, middle)), *halves(batch.slice(middle))]


def is_text(kind: pa.DataType) -> bool:
    """Tell whether values of the type are text as they stand."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def to_text(column: pa.Array, *, separator: str = "T") -> pa.Array:
    """Return each value's plain text, nulls as nulls.

    Dates and times are ISO 8601 with ``separator`` between the two, a time zone's as UTC with
    ``Z``, without a fraction of zeros; decimals keep their scale; floats are the shortest text
    that reads back the same.
    """
    kind = column.type
    if is_text(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return to_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        return _timestamps(column, separator)
    if pa.types.is_decimal(kind):
        return _decimals(column)
    if pa.types.is_time(kind):
        return _text_of_clock(column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        plain = [None if value is None else _dumped(value) for value in column.to_pylist()]
        return pa.array(plain, pa.string())
    return column.cast(pa.string())


def _decimals(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    if not pc.any(pc.match_substring(text, "E")).as_py():
        return text
    # Arrow writes 0.00000001 as 1E-8.
    plain = [None if value is None else f"{value:f}" for value in column.to_pylist()]
    return pa.array(plain, pa.string())


def _timestamps(column: pa.Array, separator: str) -> pa.Array:
    # Arrow's cast would print local time with an offset; UTC has one name everywhere.
    utc = column.cast(pa.timestamp(column.type.unit, "UTC")) if column.type.tz else column
    return pc.replace_substring(_text_of_clock(utc), " ", separator, max_replacements=1)


def _text_of_clock(column: pa.Array) -> pa.Array:
    kind = column.type
    if kind.unit == "s":
        return column.cast(pa.string())
    per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    ticks = column.cast(pa.int32() if kind.bit_width == _HALF else pa.int64())
    whole = pc.equal(ticks, pc.multiply(pc.divide(ticks, per_second), per_second))
    if pc.all(whole).as_py() is not False:
        seconds = pa.time32("s") if pa.types.is_time(kind) else pa.timestamp("s", kind.tz)
        return column.cast(seconds).cast(pa.string())
    text = column.cast(pa.string())
    if not pc.any(whole).as_py():
        return text
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


_HALF = 32


def has_any(text: pa.Array, characters: str) -> bool:
    """Tell whether one of these ASCII characters is anywhere in the column."""
    data = bytes(_content(text))
    return any(character.encode() in data for character in characters)


def has_control(text: pa.Array) -> bool:
    """Tell whether a character below the space is anywhere in the column."""
    data = _content(text)
    return len(data) > 0 and int(np.frombuffer(data, np.uint8).min()) < ord(" ")


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def joined(columns: list[pa.Array | pa.Scalar], separator: str = "") -> memoryview:
    """Return the columns' texts of all rows one after another, as they go into a file."""
    return _content(pc.binary_join_element_wise(*columns, separator))


def _content(text: pa.Array) -> memoryview:
    offsets, data = text.buffers()[1:]
    if data is None or offsets is None:
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[text.offset] : ends[text.offset + len(text)]]
