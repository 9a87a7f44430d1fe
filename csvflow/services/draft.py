"""A pipeline written out for people: YAML with what is known beside what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from csvflow.core.pipeline.writing import flow, quoted, scalar, value
from csvflow.core.profile.found import Found

_BLOCK = re.compile(
    r"[^\s][^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]*"
)
_GAP = 2
_NAME = 40
"""Characters of a name that a comment shows."""
_WIDEST = 60
"""Comments stand in one column, if what they explain is no longer than that."""


@dataclass(frozen=True)
class Example:
    """A test case: what goes in, what comes out."""

    title: str
    text: str
    rows: Sequence[Mapping[str, str | None]]


@dataclass(frozen=True)
class Draft:
    """What a pipeline's file says."""

    head: Sequence[str]
    """Comments at the top."""
    name: str
    source: str
    source_note: str | None
    csv: Mapping[str, object]
    csv_notes: Mapping[str, str]
    snake: bool
    columns: Sequence[Found]
    sink: str
    sink_settings: Mapping[str, object]
    sink_note: str | None
    sink_reason: str | None = None
    """A line above the sink."""
    max_rejects: str | None = None
    rejects_note: str | None = None
    example: Example | None = None
    example_note: str | None = None
    untested: str | None = None
    """Why there is no example."""
    keys: Sequence[str] = field(default_factory=tuple)


def write(draft: Draft) -> str:
    """Return the text of the file."""
    lines = [f"# {line}" if line else "#" for line in draft.head]
    lines.append(f"name: {scalar(draft.name)}")
    lines.append(_noted(f"source: {scalar(draft.source)}", draft.source_note))
    if draft.csv:
        lines.append("csv:")
        pairs = [
            (f"  {key}: {value(item)}", draft.csv_notes.get(key)) for key, item in draft.csv.items()
        ]
        lines += _beside(pairs)
    if draft.snake:
        first = next(one for one in draft.columns if one.header != one.column.name)
        header, name = _cut(first.header), _cut(first.column.name)
        lines.append(_noted("headers: snake", f"`{header}` is `{name}` from here on"))
    lines.append("columns:")
    pairs = [
        (f"  {scalar(one.column.name)}: {scalar(one.column.short())}", "; ".join(one.notes) or None)
        for one in draft.columns
    ]
    lines += _beside(pairs)
    settings = ", ".join(f"{key}: {value(item)}" for key, item in draft.sink_settings.items())
    lines.append("sinks:")
    if draft.sink_reason:
        lines.append(f"  # {draft.sink_reason}")
    lines.append(_noted(f"  - {draft.sink}: {{{settings}}}", draft.sink_note))
    if draft.max_rejects:
        lines.append(_noted(f"rejects: {{max: {draft.max_rejects}}}", draft.rejects_note))
    if draft.example is not None:
        lines += _case(draft.example, draft.example_note)
    elif draft.untested:
        lines.append(f"# no `tests:`: {_safe(draft.untested)}")
    return "\n".join(lines) + "\n"


def _case(example: Example, note: str | None) -> list[str]:
    lines = [_noted("tests:", note), f"  - name: {scalar(example.title)}"]
    text = example.text.replace("${", "$${")
    if _BLOCK.fullmatch(text) and text.endswith("\n") and not text.endswith("\n\n"):
        lines.append("    input: |")
        lines += [f"      {line}" if line else "" for line in text[:-1].split("\n")]
    else:
        lines.append(f"    input: {quoted(text)}")
    lines.append("    rows:")
    for row in example.rows:
        lines.append(f"      - {listed(row)}")
    return lines


def listed(row: Mapping[str, str | None]) -> str:
    """Return an expected row, or what is said of a reject, between braces."""
    return "{" + ", ".join(f"{flow(name)}: {cell(text)}" for name, text in row.items()) + "}"


def cell(text: str | None) -> str:
    """Return an expected value: numbers may stand plainly, they are compared as written."""
    if text is None:
        return "null"
    if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}|true|false", text):
        return text
    return flow(text)


def _noted(line: str, note: str | None) -> str:
    return line if note is None else f"{line}{' ' * _GAP} # {_safe(note)}"[: 10**4]


def _beside(pairs: Sequence[tuple[str, str | None]]) -> list[str]:
    short = [len(line) for line, note in pairs if note and len(line) <= _WIDEST]
    width = max(short, default=0) + _GAP
    return [line if note is None else f"{line:<{width}} # {_safe(note)}" for line, note in pairs]


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _safe(note: str) -> str:
    return "".join(
        char if char.isprintable() and char != "\ufeff" else "\N{REPLACEMENT CHARACTER}"
        for char in note
    )
