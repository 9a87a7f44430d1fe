"""A test case made of a file's first rows, personal data exchanged for made-up words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pyarrow as pa

from csvflow.core.columns.show import show
from csvflow.core.intake.dialect import Dialect
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.profile.found import Found
from csvflow.services.canonical import shown
from csvflow.services.draft import Example
from csvflow.services.trial import try_text

ROWS = 3
_LONGEST = 20_000
"""Characters of a test case's input: longer ones would hide the pipeline."""


@dataclass
class Head:
    """The first rows of a file, and how it is written."""

    header: tuple[str, ...]
    dialect: Dialect
    texts: list[list[str | None]] = field(default_factory=list)

    def take(self, batch: pa.RecordBatch) -> None:
        """Keep the first rows; the batch ends in two reserved columns."""
        if len(self.texts) < ROWS:
            few = batch.slice(0, ROWS - len(self.texts))
            columns = [column.to_pylist() for column in few.columns[:-2]]
            self.texts += [list(row) for row in zip(*columns, strict=True)]


def example(
    head: Head, columns: Sequence[Found], pipeline: Callable[[], Pipeline], *, footer: int
) -> Example | str:
    """Return the case, with what the pipeline makes of it, or why it makes no good one.

    ``footer``: so many lines at the end are none of its rows.
    """
    if sum(len(text or "") for row in head.texts for text in row) > _LONGEST:
        return "the first rows are too long for one"
    made = pipeline()
    rows = [_invented(row, columns, number) for number, row in enumerate(head.texts, 1)]
    text = _written(head, rows) + "(below the records)\n" * footer
    try:
        trial = try_text(made, text)
    except UnicodeEncodeError as error:
        return f"the first rows have characters that `{error.encoding}` doesn't have"
    if trial.error is not None:
        return f"the first rows alone are another file: {trial.error.code}"
    if trial.rejects or trial.schema is None or len(trial.rows) != len(rows):
        return "the first rows alone are read otherwise than in the file"
    names = trial.schema.names
    expected = [
        {name: shown(value) for name, value in zip(names, row, strict=True)} for row in trial.rows
    ]
    title = "the first row" if len(rows) == 1 else f"the first {len(rows)} rows"
    return Example(title, text, expected)


def _invented(row: Sequence[str | None], columns: Sequence[Found], number: int) -> list[str | None]:
    return [
        _invent(text, found, number) if found.made_up and text else text
        for text, found in zip(row, columns, strict=True)
    ]


def _invent(text: str, found: Found, number: int) -> str:
    """Return a made-up value of the column's type, another in each row."""
    kind = found.column.type
    if found.column.choices:
        return found.column.choices[number % len(found.column.choices)]
    if kind.name == "date":
        return show(found.column, date(1970, 1, number))
    if kind.name == "timestamp":
        return show(found.column, datetime(1970, 1, number, tzinfo=UTC if kind.zone else None))
    if kind.name == "uuid":
        return f"00000000-0000-4000-8000-{number:012}"
    if kind.name == "json":
        return f"[{number}]"
    if kind.name in {"int", "decimal", "float"}:
        return _number(text, number)
    if kind.name != "text":
        return text
    if found.personal == "email":
        return f"person{number}@example.com"
    if found.personal in {"name", "user name"}:
        return f"Name {number}"
    digits = re.sub(r"[0-9]", "0", re.sub(r"[^\W\d_]", "X", text))
    return digits[: -len(str(number))] + str(number) if digits else digits


def _number(text: str, number: int) -> str:
    """Return a number of the same size and with the same marks."""
    if "e" in text.lower():
        return str(number)
    first, *rest = re.split(r"(?<=[0-9])", text, maxsplit=1)
    first = first if first.endswith("0") else re.sub("[0-9]$", "1", first)
    return re.sub("[0-9]$", str(number), first + re.sub("[0-9]", "0", "".join(rest)))


def _written(head: Head, rows: Sequence[Sequence[str | None]]) -> str:
    dialect = head.dialect
    lines = ["(above the header)"] * dialect.preamble_lines
    if dialect.header:
        lines.append(_record(head.header, dialect))
        lines += [dialect.delimiter * (len(head.header) - 1)] * (dialect.header_lines - 1)
    lines += [_record(row, dialect) for row in rows]
    return "\n".join(lines) + "\n"


def _record(cells: Sequence[str | None], dialect: Dialect) -> str:
    tail = dialect.delimiter if dialect.trailing else ""
    return dialect.delimiter.join(_field(cell, dialect) for cell in cells) + tail


def _field(cell: str | None, dialect: Dialect) -> str:
    if cell is None:
        return ""
    quote, escape = dialect.quote, dialect.escape
    if quote is None:
        return cell
    special = {quote, dialect.delimiter, "\n", "\r", escape or quote, dialect.comment or quote}
    if cell and cell == cell.strip() and not any(mark in cell for mark in special):
        return cell
    if escape is not None:
        cell = cell.replace(escape, escape * 2)
        return quote + cell.replace(quote, escape + quote) + quote
    return quote + cell.replace(quote, quote * 2) + quote
