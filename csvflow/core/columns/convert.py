"""Texts to typed values: a text converts exactly, or it is marked as bad.

What loses on the way, and only in its spelling, stands in ``NORMALISATIONS``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from csvflow.core.columns.kernels.instants import instant_kernel
from csvflow.core.columns.kernels.numbers import to_decimal, to_float, to_int, unmarked
from csvflow.core.columns.kernels.view import Converted, masked
from csvflow.core.columns.kernels.words import bool_kernel, to_json, to_uuid
from csvflow.core.columns.marks import PLAIN, Marks

if TYPE_CHECKING:
    from csvflow.core.columns.types import ColumnType

Converter = Callable[[pa.Array], Converted]

NORMALISATIONS: dict[str, str] = {
    "text": "none: kept as it is, spaces and all",
    "int": "marks between thousands, where `csv.thousands` allows them",
    "decimal": "missing final zeros of the decimals (`12.5` in `decimal(10,2)` is 12.50); the "
    "spelling of the decimal mark; marks between thousands",
    "float": "how the number is spelled (`1.50`, `1e3`), not which number it is",
    "bool": "which of the words for true or false it was, and its case",
    "date": "which of the column's formats it had",
    "time": "which format it had; missing seconds and final zeros of the fraction",
    "timestamp": "as for date and time; `T` or a space between them; with a zone, the offset "
    "from UTC in which the instant was written",
    "json": "none: kept as it is",
    "uuid": "none: kept as it is",
}
"""By type, in what a loaded value, printed, may differ from the text in the file."""


def converter(kind: ColumnType, marks: Marks = PLAIN) -> Converter:
    """Return the function that converts an array of texts to the type."""
    name = kind.name
    if name in {"int", "decimal", "float"}:
        return _number(kind, marks)
    if name == "bool":
        return bool_kernel(marks.true, marks.false)
    if name in {"date", "time", "timestamp"}:
        return instant_kernel(kind)
    if name == "json":
        return to_json
    if name == "uuid":
        return to_uuid
    return _as_is


def _as_is(array: pa.Array) -> Converted:
    return Converted(array, None)


def _number(kind: ColumnType, marks: Marks) -> Converter:
    # The kernels look for a mark of one byte; another one is exchanged for a point first.
    simple = len(marks.decimal.encode()) == 1
    mark = marks.decimal if simple else "."

    def plain(array: pa.Array) -> Converted:
        if kind.name == "int":
            return to_int(array)
        if kind.name == "float":
            return to_float(array, mark)
        return to_decimal(array, kind.precision, kind.scale, mark)

    if simple and not marks.thousands:
        return plain

    def marked(array: pa.Array) -> Converted:
        bare, bad = unmarked(array, marks, mark)
        done = plain(masked(bare, bad))
        if bad is None or done.bad is None:
            return Converted(done.values, done.bad if bad is None else bad)
        return Converted(done.values, np.logical_or(bad, done.bad))

    return marked
