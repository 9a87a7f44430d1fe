"""Bytes that are no text: which records hold them, and what they could be."""

from __future__ import annotations

import codecs
from functools import lru_cache
from threading import local

import numpy as np
import pyarrow as pa

from csvflow.core.intake.detect.controls import SHIFT
from csvflow.core.intake.line_ends import Positions

MAX_VALUE = 2**31 - 1
"""Bytes of one Arrow string; a longer text is decoded instead."""
_NUL = "it holds a NUL byte, which is no text"
_SHIFT = "it holds an escape sequence of ISO-2022, where ASCII stands for other characters"
_NOTED = "csvflow.noted"
_bad = local()


def invalid_records(text: bytes, starts: Positions) -> dict[int, str]:
    """Return the records that hold bytes which are no text, with the reason to reject each."""
    reasons: dict[int, str] = {}
    if b"\0" in text:
        nuls = np.flatnonzero(np.frombuffer(text, np.uint8) == 0)
        reasons |= dict.fromkeys(_owners(nuls, starts), _NUL)
    if b"\x1b" in text and (shifts := [found.start() for found in SHIFT.finditer(text)]):
        reasons |= dict.fromkeys(_owners(np.array(shifts), starts), _SHIFT)
    if text.isascii() or _is_utf8(text):
        return reasons
    places: list[int] = []
    _bad.places = places
    text.decode(errors=_NOTED)
    owners = np.searchsorted(starts, np.array(places), side="right") - 1
    hurt, firsts = np.unique(owners, return_index=True)
    for index, first in zip(hurt.tolist(), firsts.tolist(), strict=True):
        place = places[first]
        beside = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
        reasons[index] = _reason(text[place : place + 1], beside)
    return reasons


def _owners(places: np.ndarray, starts: Positions) -> list[int]:
    found: list[int] = np.unique(np.searchsorted(starts, places, side="right") - 1).tolist()
    return found


def _note(error: UnicodeError) -> tuple[str, int]:
    """Note the place of an invalid byte and go on: one pass, however many there are."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    _bad.places.append(error.start)
    return "", error.end


codecs.register_error(_NOTED, _note)


@lru_cache
def _reason(byte: bytes, beside: bytes) -> str:
    """Tell of an invalid byte, and which letter it would be in the commonest older encoding."""
    reason = f"byte 0x{byte.hex()} is not valid UTF-8 there"
    letter = byte.decode("cp1252", "replace")
    in_word = beside.isascii() and beside.lower() != beside.upper()
    if letter.isalpha() and in_word:
        reason += f"; in cp1252 it is `{letter}`"
    return reason


def _is_utf8(text: bytes) -> bool:
    """Tell what decoding would, without making a str of it: six times as fast."""
    if len(text) > MAX_VALUE:
        return False
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
