"""Loaded values printed back: the text that they came from, up to ``NORMALISATIONS``."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from csvflow.core.columns.formats import compile_format
from csvflow.core.columns.marks import PLAIN, Marks
from csvflow.core.columns.scalar import write
from csvflow.core.columns.spec import Column


def show(column: Column, value: object, marks: Marks = PLAIN) -> str:
    """Return a loaded value as text that loads as that value; the first format is used."""
    if isinstance(value, bool):
        return (marks.true if value else marks.false)[0]
    if isinstance(value, datetime):
        return _timestamp(column, value)
    if isinstance(value, date):
        return write(value, compile_format((column.type.formats or ("%Y-%m-%d",))[0]))
    if isinstance(value, time):
        forms = column.type.formats
        return write(value, compile_format(forms[0])) if forms else value.isoformat()
    text = str(value)
    if column.type.name == "decimal":
        text = f"{value:f}"
    if column.type.name in {"decimal", "float"}:
        text = text.replace(".", marks.decimal)
    return text


def _timestamp(column: Column, value: datetime) -> str:
    kind = column.type
    form = compile_format(kind.formats[0]) if kind.formats else None
    if kind.zone is None:
        return write(value, form) if form else value.isoformat()
    if form is None:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return write(value.astimezone(ZoneInfo(kind.zone)), form)
