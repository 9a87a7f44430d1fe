"""Texts to bool, json and uuid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.arrays import bools
from csvflow.core.columns.kernels.view import PAD, Converted, View, masked

if TYPE_CHECKING:
    from collections.abc import Callable

_UUID_LENGTH = 36
_DASHES = (8, 13, 18, 23)
_DASH, _ZERO, _NINE, _LOWER, _A, _TO_F = 45, 48, 9, 32, 97, 5
"""Bytes of hexadecimal digits: from 0 to 9, and from a to f in lower case."""


def bool_kernel(true: tuple[str, ...], false: tuple[str, ...]) -> Callable[[pa.Array], Converted]:
    """Return the kernel for these words, which are compared without regard to case."""
    words = pc.utf8_lower(pa.array([*true, *false], pa.utf8()))
    meaning = pa.array([True] * len(true) + [False] * len(false))

    def to_bool(array: pa.Array) -> Converted:
        values = meaning.take(pc.index_in(array, words))
        if values.null_count > array.null_count:
            other = pc.and_(values.is_null(), array.is_valid())
            again = pc.index_in(pc.utf8_lower(array.filter(other)), words)
            values = pc.replace_with_mask(values, other, meaning.take(again))
        return _settled(array, values)

    return to_bool


def to_uuid(array: pa.Array) -> Converted:
    """Return the texts that are a UUID in its canonical form of 36 characters."""
    view = View(array)
    bad = view.lengths != _UUID_LENGTH
    for place in _DASHES:
        bad |= view.body[place:][view.starts] != _DASH
    body = view.body
    odd = ((body - _ZERO) > _NINE) & (((body | _LOWER) - _A) > _TO_F)
    if int(np.count_nonzero(odd)) != len(_DASHES) * view.count + 2 * PAD or bad.any():
        for place in _DASHES:
            odd[np.where(bad, 0, view.starts + place)] = False
        odd[:PAD] = odd[-PAD:] = False
        bad[np.searchsorted(view.ends, np.flatnonzero(odd), "right")] = True
    hide = view.settle(bad)
    return Converted(masked(array, hide), hide)


def to_json(array: pa.Array) -> Converted:
    """Return the texts that are JSON (RFC 8259), as they are."""
    good = pa.array([text is None or is_json(text) for text in array.to_pylist()], pa.bool_())
    return _settled(array, array if _all(good) else pc.if_else(good, array, None))


def _all(mask: pa.Array) -> bool:
    return bool(pc.all(mask).as_py() is not False)


def _settled(array: pa.Array, values: pa.Array) -> Converted:
    if values.null_count == array.null_count:
        return Converted(values, None)
    bad = pc.and_(values.is_null(), array.is_valid())
    return Converted(values, bools(bad))


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


# Numbers stay text: no value is built from them, so none is too long to check.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)


def is_json(text: str) -> bool:
    """Tell whether a text is one JSON value; ``NaN`` and nesting beyond reason aren't."""
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True
