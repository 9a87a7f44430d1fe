"""Why a text is no value of a type, in one sentence for the one who has to mend it."""

from __future__ import annotations

import re

from csvflow.core.columns.marks import PLAIN, Marks
from csvflow.core.columns.types import MAX_PRECISION, ColumnType

_SHOWN = 80
_WHOLE = re.compile(r"-?[0-9]+")


def shown(text: str) -> str:
    """Return the text in backticks, cut if it is long."""
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[:_SHOWN]}…`"


def why_not(text: str, kind: ColumnType, marks: Marks = PLAIN) -> str:
    """Return why it isn't one, with what would mend it where that is known."""
    if not text:
        return f"an empty text in quotes is not {kind}"
    more = ""
    if kind.name == "int":
        more = _int(text)
    elif kind.name in {"decimal", "float"}:
        more = _number(text, kind, marks)
    return f"{shown(text)} is not {kind}{more and ': '}{more}"


def _int(text: str) -> str:
    if re.fullmatch(r"-?0[0-9]+", text):
        return "its leading zeros would be lost"
    digits = len(text.removeprefix("-"))
    if _WHOLE.fullmatch(text) and text != "-0":
        fits = f"decimal({digits},0) or text" if digits <= MAX_PRECISION else "text"
        return f"it needs {fits}"
    return ""


def _number(text: str, kind: ColumnType, marks: Marks) -> str:
    if re.fullmatch(r"-?0[0-9].*", text):
        return "its leading zeros would be lost"
    parts = re.fullmatch(rf"-?([0-9]+)(?:{re.escape(marks.decimal)}([0-9]+))?", text)
    if parts is None:
        return ""
    if kind.name == "float":
        return "it has more digits than a float keeps"
    if len(parts[2] or "") > kind.scale:
        return f"it has {len(parts[2])} decimals"
    if len(parts[1]) > kind.precision - kind.scale and parts[1] != "0":
        return f"it has {len(parts[1])} digits before the decimals"
    return ""
