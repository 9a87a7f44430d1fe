"""Texts to int, decimal and float."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.arrays import arrow, bools, numbers
from csvflow.core.columns.kernels.digits import MOST_DIGITS, POWERS, ZERO, joined, scan, value
from csvflow.core.columns.kernels.view import PAD, Converted, View, masked, typed

if TYPE_CHECKING:
    from csvflow.core.columns.kernels.view import Bools, Longs
    from csvflow.core.columns.marks import Marks

_INT64_MAX = np.uint64(2**63 - 1)
_FAST_PRECISION = 18
"""Digits that always fit a signed 64-bit integer."""
_JOINED_SCALE = 7
"""Decimals that fit one word with their mark."""
_GUESSES = 4
_LOOKED_AT = 32
_SURE_DIGITS = 15
"""A double keeps every decimal number of so many significant digits."""
FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?")


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
    guesses = range(scale, max(scale - _GUESSES, 0), -1)
    parts = scan(view, ord(mark) if scale else None, guesses)
    room = precision - scale
    bad = parts.bad | (parts.decimals > scale) | (parts.whole > max(room, 1))
    if room == 0:
        bad |= view.body[view.starts + parts.negative] != ZERO
    kind = pa.decimal128(precision, scale)
    whole = np.where(bad, 0, parts.whole)
    if int(whole.max(initial=0)) + scale > _FAST_PRECISION:
        return _wide_decimal(view, bad, kind, mark)
    decimals = np.where(bad, 0, parts.decimals)
    if scale > _JOINED_SCALE:
        values = value(view, parts.mark, whole).view(np.int64) * POWERS[scale]
        values += value(view, view.ends, decimals).view(np.int64) * POWERS[scale - decimals]
    else:
        values = joined(view, whole + decimals, decimals).view(np.int64)
        if scale and int(decimals.min(initial=scale)) < scale:
            values *= POWERS.take(scale - decimals)
    bad |= parts.negative & (values == 0)
    np.negative(values, out=values, where=parts.negative)
    wide = np.empty((view.count, 2), np.int64)
    wide[:, 0] = values
    np.right_shift(values, 63, out=wide[:, 1])
    hide = view.settle(bad)
    return Converted(typed(wide, kind, hide, view), hide)


def _wide_decimal(view: View, bad: Bools, kind: pa.DataType, mark: str) -> Converted:
    zero = pc.match_substring_regex(view.array, f"^-0(?:{re.escape(mark)}0*)?$")
    bad |= bools(zero.fill_null(False))
    hide = view.settle(bad)
    plain = masked(view.array, hide)
    if mark != ".":
        plain = pc.replace_substring(plain, mark, ".")
    return Converted(pc.cast(plain, kind), hide)


def to_float(array: pa.Array, mark: str) -> Converted:
    """Return doubles; a text is bad unless the shortest print of its double is the same number."""
    view = View(array)
    parts = scan(view, ord(mark), _usual_decimals(view, ord(mark)))
    bad = parts.bad
    long = ~bad & (parts.whole + parts.decimals > _SURE_DIGITS)
    strange = view.settle(bad)
    if strange is not None:
        # Exponents, and faults.
        rows = np.flatnonzero(strange)
        shape = f"^{FLOAT.pattern.replace('[.]', re.escape(mark))}$"
        shaped = pc.match_substring_regex(array.take(arrow(rows)), shape)
        good = rows[bools(shaped)]
        bad[good] = False
        long[good] = True
    hide = view.settle(bad)
    plain = masked(array, hide)
    if mark != ".":
        plain = pc.replace_substring(plain, mark, ".")
    doubles = pc.cast(plain, pa.float64())
    doubt = view.settle(long)
    if doubt is None:
        return Converted(doubles, hide)
    lost = _lossy(plain, doubles, np.flatnonzero(doubt))
    if not lost.size:
        return Converted(doubles, hide)
    bad[lost] = True
    values = numbers(doubles)
    return Converted(typed(values, pa.float64(), view.settle(bad), view), view.settle(bad))


def _usual_decimals(view: View, mark: int) -> list[int]:
    """Return how many decimals the first texts have, the most frequent first."""
    found: Counter[int] = Counter()
    for start, end in zip(view.starts[:_LOOKED_AT], view.ends[:_LOOKED_AT], strict=True):
        marks = np.flatnonzero(view.body[start:end] == mark)
        if marks.size and end - start <= PAD:
            found[int(end - start - marks[0]) - 1] += 1
    return [decimals for decimals, _ in found.most_common(_GUESSES)]


def _lossy(texts: pa.Array, doubles: pa.Array, rows: Longs) -> Longs:
    """Return those of the rows whose double, printed, is another number than the text."""
    some = texts.take(arrow(rows)), doubles.take(arrow(rows))
    same = bools(pc.equal(pc.cast(some[1], pa.utf8()), some[0]))
    differing = np.flatnonzero(~same)
    lost = [at for at in differing if not keeps(some[0][int(at)].as_py(), some[1][int(at)].as_py())]
    found: Longs = rows[np.array(lost, np.int64)]
    return found


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
        bad |= bools(misplaced)
        if pc.any(having).as_py():
            array = pc.replace_substring(array, marks.thousands, "")
    if mark != marks.decimal:
        foreign = pc.match_substring(array, mark).fill_null(False)
        bad |= bools(foreign)
        array = pc.replace_substring(array, marks.decimal, mark)
    return array, bad if bad.any() else None
