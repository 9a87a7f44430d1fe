"""``tests:`` of a pipeline: inputs, and the rows and rejects that must come of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from csvflow.contract import Settings
from csvflow.core.pipeline.nodes import Document, Fields, Items, Node, Scalar

Value = str | int | float | bool | None


class RejectedKeys(Settings):
    """One row that must be refused."""

    line: Annotated[int, Field(ge=1)]
    """The line of the input at which the record begins."""
    code: str
    """Why, as in the rejects: ``row.type``, ``row.required``, …."""
    column: str | None = None
    """The column at fault. Default: not compared."""


class CaseKeys(Settings):
    """One entry of ``tests:``."""

    name: Annotated[str, Field(min_length=1)]
    """What the case shows."""
    input: str
    """The text of a file as it would arrive, or the path of one."""
    rows: tuple[dict[str, Value], ...] | None = None
    """The rows that reach the sinks, in order. Columns that a row doesn't name aren't compared;
    without ``rows`` none are."""
    rejects: tuple[RejectedKeys, ...] = ()
    """The rows that are refused, by line. Default: none may be."""
    captures: Annotated[dict[str, str], Field(default_factory=dict)]
    """What the ``{name}`` parts of the source's path are."""
    now: AwareDatetime | None = None
    """What ``now()`` is. Default: the time of the test."""


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One row that must come out: column → text, None for null."""

    values: Mapping[str, str | None]
    place: str


@dataclass(frozen=True, slots=True)
class ExpectedReject:
    """One row that must be refused."""

    line: int
    code: str
    column: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a whole pipeline."""

    name: str
    place: str
    input: str
    """Text if it holds a line break, else a path."""
    rows: tuple[ExpectedRow, ...] | None
    rejects: tuple[ExpectedReject, ...]
    captures: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None


def read_cases(keys: tuple[CaseKeys, ...], node: Node | None, document: Document) -> list[Case]:
    """Return the cases, values as they are written: ``1.50`` stays that."""
    found: list[Case] = []
    for number, case in enumerate(keys):
        at = _item(node, number)
        rows_node, rejects_node = _field(at, "rows"), _field(at, "rejects")
        rows = None
        if case.rows is not None:
            rows = tuple(
                ExpectedRow(
                    _texts(_item(rows_node, index), row), _place(document, rows_node, index)
                )
                for index, row in enumerate(case.rows)
            )
        rejects = tuple(
            ExpectedReject(one.line, one.code, one.column, _place(document, rejects_node, index))
            for index, one in enumerate(case.rejects)
        )
        place = _place(document, node, number)
        found.append(
            Case(case.name, place, case.input, rows, rejects, dict(case.captures), case.now)
        )
    return found


def _texts(node: Node | None, row: Mapping[str, Any]) -> dict[str, str | None]:
    if not isinstance(node, Fields):
        return {name: None if value is None else str(value) for name, value in row.items()}
    return {name: _text(entry.node) for name, entry in node.entries.items()}


def _text(node: Node) -> str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return node.text


def _item(node: Node | None, number: int) -> Node | None:
    return node.nodes[number] if isinstance(node, Items) and number < len(node.nodes) else None


def _field(node: Node | None, key: str) -> Node | None:
    return node.node(key) if isinstance(node, Fields) else None


def _place(document: Document, node: Node | None, number: int) -> str:
    item = _item(node, number)
    return document.place(item) if item is not None else document.name
