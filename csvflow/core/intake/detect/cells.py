"""What one cell looks like: a number, a time, a code; or a piece that was cut at the wrong mark."""

from __future__ import annotations

import re

_SIGN = rb"(?:[$%]|\xe2\x82\xac|\xc2[\xa3\xa5]|[A-Z]{3})"
_DIGITS = rb"(?:\d{1,3}(?:(?:[',. ]|\xc2\xa0)\d{3})+|\d+)(?:[.,]\d+)?(?:[eE][-+]?\d+)?"
_DAY = rb"\d{1,4}(?:[-/.]\d{1,2}){2}\d{0,2}"
_HOUR = rb"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z| ?[-+]\d\d:?\d\d)?"
_KINDS = re.compile(
    rb"(?P<number>[-+(]?(?:" + _SIGN + rb" ?)?[-+]?" + _DIGITS + rb"\)?(?: ?" + _SIGN + rb")?)"
    rb"|(?P<place>[-+]?\d+\.\d+, ?[-+]?\d+\.\d+)"
    rb"|(?P<phone>\+\d{1,3}(?:[ -]\d+)+|0\d{1,4}[ /-]\d[\d -]+)"
    rb"|(?P<date>" + _DAY + rb"(?:[T ]" + _HOUR + rb")?)"
    rb"|(?P<time>" + _HOUR + rb")"
    rb"|(?P<address>(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?=[\da-f:]*::)(?=[\d:]*[a-f])[\da-f:]{3,39})"
    rb"|(?P<flag>true|false|yes|no)"
    rb"|(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rb"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    rb"|(?P<link>[a-z]{2,9}://[^\s,;|\\'\"]+)"
    rb"|(?P<path>(?:[A-Z]:|\\)\\[^\s,;|:\"]*|(?:/[\w.@-]+){2,}/?)",
    re.IGNORECASE,
)
_CODE = re.compile(rb"(?=[^\d]*\d)[A-Za-z0-9#_./-]+")
_JSON = re.compile(rb"\{\s*(?:\}|\".*\})|\[\s*(?:\]|[\[{\"\d-].*\])", re.DOTALL)
_CONTROL = re.compile(rb"[\t\x01\x1f]")
_NOTHING = frozenset({b"", b"-", b"na", b"n/a", b"nan", b"null", b"none", rb"\n", b"?"})
_CUT = re.compile(
    rb"\\?[\s,;:|~^#@<>]|//|.*[\s,;:|~^@<\\]$|(['\"]).*\1$|[^\w\x80-\xff]+$", re.DOTALL
)
"""Begins or ends with a mark, stands in quotes, or is nothing but marks."""
_JOINED = re.compile(rb"[,;|\t~^\x01\x1f]\S|:[^\s\\/]|[\t;|]\s")
_HALF = re.compile(rb"['\"].*[^'\"]$|[^'\"].*[^\d'\"]['\"]$", re.DOTALL)
"""A quote stands at one end only."""
_SPACED = re.compile(rb"[,:]\s")


def kind(cell: bytes) -> str | None:
    """Return what the cell is written as: a type, the shape of a code; None: words."""
    cell = cell.strip()
    found = _KINDS.fullmatch(cell)
    if found is not None:
        return found.lastgroup
    if _CODE.fullmatch(cell):
        return re.sub(rb"[a-z]+", b"a", re.sub(rb"\d+", b"9", cell.lower())).decode()
    return None


def is_nothing(cell: bytes) -> bool:
    """Tell whether the cell is empty or holds a usual word for that."""
    return cell.strip().lower() in _NOTHING


def is_json(cell: bytes) -> bool:
    """Tell whether the cell is an object or a list in JSON, as far as its ends tell."""
    return _JSON.fullmatch(cell) is not None


def wholeness(cell: bytes) -> float:
    """Return from 0 to 1 how much a cell without quotes looks like a whole one, and one only."""
    if not cell or _KINDS.fullmatch(cell):
        return 1.0
    if is_json(cell):
        return 0.1 if _CONTROL.search(cell) else 0.9
    inner = cell.strip(b" ")
    if inner and inner != cell:
        # Between other delimiters it may be whole.
        return 0.5 * wholeness(inner)
    if _CUT.match(cell):
        return 0.0
    if _JOINED.search(cell):
        return 0.1
    if _HALF.match(cell):
        return 0.3
    typed = [bool(_KINDS.fullmatch(word)) for word in cell.split(b" ")]
    if len(typed) > 1 and any(typed):
        return 0.6 if all(typed) else 0.8
    return 0.7 if _SPACED.search(cell) else 0.9
