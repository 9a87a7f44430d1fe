"""Texts to int, decimal and float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.kernels.digits import MOST_DIGITS, POWERS, ZERO, scan, value
from csvflow.core.columns.kernels.view import Converted, View, masked, typed

if TYPE_CHECKING:
    from csvflow.core.columns.kernels.view import Bools
    from csvflow.core.columns.marks import Marks

_INT64_MAX = np.uint64(2**63 - 1)
_FAST_PRECISION = 18
"""Digits that always fit a signed 64-bit integer."""
_SURE_DIGITS = 15
"""A double keeps every decimal number of so many significant digits."""
FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def to_int(array: pa.Array) -> Converted:
    """Return 64-bit integers; ``-0``, ``+5``, ``007`` and whatever doesn't fit are bad."""
    view = View(array)
    parts = scan(view)
    bad = parts.bad | (parts.whole > MOST_DIGITS)
    size = value(view, view.ends, np.where(bad, 0, parts.whole))
    bad |= parts.negative & (size == 0)
    bad |= size > _INT64_MAX + parts.negative
    values = size.view(np.int64)
    np.negative(values, out=values, where=parts.negative)
    hide = view.settle(bad)
    return Converted(typed(values, pa.int64(), hide, view), hide)


def to_decimal(array: pa.Array, precision: int, scale: int, mark: str) -> Converted:
    """Return decimals; too many digits or decimals are bad, fewer decimals are filled up."""
    view = View(array)
    parts = scan(view, ord(mark) if scale else None, scale)
    room = precision - scale
    bad = parts.bad | (parts.decimals > scale) | (parts.whole > max(room, 1))
    if room == 0:
        bad |= view.body[view.starts + parts.negative] != ZERO
    kind = pa.decimal128(precision, scale)
    whole = np.where(bad, 0, parts.whole)
    if int(whole.max(initial=0)) + scale > _FAST_PRECISION:
        return _wide_decimal(view, bad, kind, mark)
    values = value(view, parts.mark, whole).view(np.int64)
    if scale:
        decimals = np.where(bad, 0, parts.decimals)
        tail = value(view, view.ends, decimals).view(np.int64)
        values = values * POWERS[scale] + tail * POWERS[scale - decimals]
    bad |= parts.negative & (values == 0)
    np.negative(values, out=values, where=parts.negative)
    wide = np.empty((view.count, 2), np.int64)
    wide[:, 0] = values
    np.right_shift(values, 63, out=wide[:, 1])
    hide = view.settle(bad)
    return Converted(typed(wide, kind, hide, view), hide)


def _wide_decimal(view: View, bad: Bools, kind: pa.DataType, mark: str) -> Converted:
    zero = pc.match_substring_regex(view.array, f"^-0(?:{re.escape(mark)}0*)?$")
    bad |= zero.fill_null(False).to_numpy(zero_copy_only=False)
    hide = view.settle(bad)
    plain = masked(view.array, hide)
    if mark != ".":
        plain = pc.replace_substring(plain, mark, ".")
    return Converted(pc.cast(plain, kind), hide)


def to_float(array: pa.Array, mark: str) -> Converted:
    """Return doubles; a text is bad unless the shortest print of its double is the same number."""
    view = View(array)
    parts = scan(view, ord(mark), _usual_decimals(view, ord(mark)))
    doubt = parts.bad | (parts.whole + parts.decimals > _SURE_DIGITS)
    doubts = view.settle(doubt)
    plain = array if mark == "." else pc.replace_substring(array, mark, ".")
    if doubts is None:
        return Converted(pc.cast(plain, pa.float64()), None)
    bad = doubts.copy()
    rows = np.flatnonzero(doubts)
    bad[rows] = _lossy(array.take(pa.array(rows)), mark)
    hide = bad if bad.any() else None
    return Converted(pc.cast(masked(plain, hide), pa.float64()), hide)


def _usual_decimals(view: View, mark: int) -> int:
    for start, end in zip(view.starts[:8], view.ends[:8], strict=True):
        found = np.flatnonzero(view.body[start:end] == mark)
        if found.size:
            return min(int(end - start - found[0]) - 1, _FAST_PRECISION)
    return 2


def _lossy(array: pa.Array, mark: str) -> Bools:
    plain = array
    lossy = np.ones(len(array), np.bool_)
    if mark != ".":
        lossy &= pc.match_substring(array, ".").to_numpy(zero_copy_only=False)
        kept = ~lossy
        plain = pc.replace_substring(array, mark, ".")
    else:
        kept = lossy
    shaped = pc.match_substring_regex(plain, f"^(?:{FLOAT.pattern})$")
    shaped = shaped.to_numpy(zero_copy_only=False) & kept
    doubles = pc.cast(masked(plain, ~shaped), pa.float64())
    printed = pc.equal(pc.cast(doubles, pa.utf8()), plain)
    same: Bools = printed.fill_null(False).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(shaped & ~same):
        same[row] = keeps(plain[int(row)].as_py(), doubles[int(row)].as_py())
    return ~same


def keeps(text: str, double: float) -> bool:
    """Tell whether the shortest print of a double denotes the number that a text does."""
    if len(text) > 400 or not np.isfinite(double):  # noqa: PLR2004 - no double prints longer
        return False
    number, printed = Decimal(text), Decimal(repr(double))
    return number == printed


def unmarked(array: pa.Array, marks: Marks, mark: str) -> tuple[pa.Array, Bools | None]:
    """Return the texts without marks between thousands, and which texts misplace a mark."""
    bad: Bools = np.zeros(len(array), np.bool_)
    if marks.thousands:
        having = pc.match_substring(array, marks.thousands)
        group, point = re.escape(marks.thousands), re.escape(marks.decimal)
        grouped = pc.match_substring_regex(
            array, f"^-?[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{point}[0-9]+)?$"
        )
        misplaced = pc.and_(having, pc.invert(grouped)).fill_null(False)
        bad |= misplaced.to_numpy(zero_copy_only=False)
        if pc.any(having).as_py():
            array = pc.replace_substring(array, marks.thousands, "")
    if mark != marks.decimal:
        foreign = pc.match_substring(array, mark).fill_null(False)
        bad |= foreign.to_numpy(zero_copy_only=False)
        array = pc.replace_substring(array, marks.decimal, mark)
    return array, bad if bad.any() else None
