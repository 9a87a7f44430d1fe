"""``csvflow explain``: what became of one record, step by step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from csvflow.contract import ConfigError
from csvflow.core.intake.batches import RAW_LIMIT
from csvflow.core.intake.grammar import count_lines
from csvflow.core.intake.original import place_of_lines
from csvflow.services.look import Look, looked_at
from csvflow.services.run import Order
from csvflow.services.trace import Record, Trace, Value
from csvflow.services.wiring import made

Fate = Literal["passed", "rejected", "dropped", "remade"]
"""``remade``: the step makes new rows of all rows; which came of this one, nobody can say."""


_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
MOST_UNSEEN = 5


@dataclass(frozen=True)
class Field:
    """One field as it was parsed."""

    name: str | None
    """None: beyond the header."""
    text: str | None
    """None: null, which an unquoted word of `nulls` means; a quoted one is text."""
    unseen: Sequence[str] = ()
    """What nobody sees in it, for people: `U+00A0 NO-BREAK SPACE at 3`, `space at the end`."""


@dataclass(frozen=True)
class Original:
    """The record as it stands in the file, in the file's own encoding."""

    data: bytes
    """Without the newline behind it."""
    offset: int
    """Of its first byte in the file, or in the expanded one where that is compressed."""
    complete: bool
    """False: the record is longer, and only its beginning is here."""


@dataclass(frozen=True)
class Refusal:
    """The rule that refused the record."""

    step: str
    code: str
    column: str | None
    reason: str
    place: str | None


@dataclass(frozen=True)
class After:
    """What a step made of the record."""

    step: str
    fate: Fate
    place: str | None
    """Where the step stands in the pipeline."""
    values: Sequence[Value]
    """Empty unless it passed."""


@dataclass(frozen=True)
class Explanation:
    """One record, from its text to the sinks or to where it ended."""

    pipeline: str | None
    uri: str
    dialect: dict[str, Any]
    row: int
    lines: tuple[int, int]
    """Its first and its last physical line."""
    raw: str
    original: Original
    fields: Sequence[Field]
    steps: Sequence[After]
    outcome: Fate
    ended: str | None
    """The step where it was rejected, dropped or remade."""
    refusal: Refusal | None


def explain(word: str, line: int, order: Order) -> Explanation:
    """Follow the record of which that physical line is a part.

    Raises ``ConfigError`` (``config.no-record``) where the line belongs to none, and what opening
    the input raises.
    """
    with looked_at(word, order) as look:
        steps = [After("columns", "passed", None, [])]
        steps += [
            After(f"step {number} `{part.type}`", "passed", part.place, [])
            for number, part in enumerate(look.pipeline.steps, 1)
        ]
        return _follow(look, line, steps)


def _follow(look: Look, line: int, steps: Sequence[After]) -> Explanation:
    trace = Trace(look)
    found = trace.run(line)
    if found is None:
        raise _nothing(look, line)
    raw = found.damage.raw if found.damage else look.intake.raw([found.line])[0]
    last = found.line + count_lines(raw.rstrip("\r\n").encode())
    # Of a long damaged record only the beginning is kept.
    complete = found.damage is None or len(raw.encode()) < RAW_LIMIT
    if line > last and complete:
        raise _nothing(look, line)
    told = Explanation(
        look.name,
        look.run.event.uri,
        look.intake.dialect.as_report(),
        found.row,
        (found.line, max(last, line)),
        raw,
        _original(look, found.line, last, complete=complete),
        _fields(look, found, raw),
        [],
        "passed",
        None,
        None,
    )
    if found.damage is not None:
        item = found.damage
        refusal = Refusal("reading", item.code, item.column, item.reason, None)
        return replace(told, outcome="rejected", ended="reading", refusal=refusal)
    return _fate(look, told, steps, trace)


def _original(look: Look, first: int, last: int, *, complete: bool) -> Original:
    with _file(look).open("rb") as file:
        begin, end = place_of_lines(file, look.intake.dialect.encoding, first, last)
        file.seek(begin)
        size = end - begin if complete else min(end - begin, RAW_LIMIT)
        return Original(file.read(size), begin, complete)


def _file(look: Look) -> Path:
    """Return the local file of the bytes before they became UTF-8: as stored, or expanded."""
    for name in ("expanded", "stored"):
        if (look.scratch / name).exists():
            return look.scratch / name
    with made(look.pipeline) as source:
        return Path(source.local_path(look.run.event) or "")


def _fate(look: Look, told: Explanation, steps: Sequence[After], trace: Trace) -> Explanation:
    passed: list[After] = []
    for index, step in enumerate(steps):
        if index in trace.seen:
            passed.append(replace(step, values=trace.seen[index]))
            continue
        by = trace.refused.get(index)
        fate: Fate = "rejected" if by else "remade" if index >= trace.remade else "dropped"
        refusal = None
        if by is not None:
            places = look.pipeline.column_places or {}
            place = step.place or places.get(by.column or "")
            refusal = Refusal(step.step, by.code, by.column, by.reason, place)
        return replace(
            told,
            steps=[*passed, replace(step, fate=fate)],
            outcome=fate,
            ended=step.step,
            refusal=refusal,
        )
    return replace(told, steps=passed)


def _fields(look: Look, found: Record, raw: str) -> list[Field]:
    header = look.intake.header
    if found.batch is not None:
        names = [*header, *look.typed]
        return [
            _field(name, column[0].as_py())
            for name, column in zip(names, found.batch.columns[:-2], strict=True)
        ]
    texts = look.intake.fields(raw)
    return [_field(header[at] if at < len(header) else None, text) for at, text in enumerate(texts)]


def _field(name: str | None, text: str | None) -> Field:
    if text is None:
        return Field(name, None)
    unseen = [f"space at the {end}" for end in _spaces(text)]
    odd = [
        f"U+{ord(char):04X} {unicodedata.name(char, 'control character')} at {at}"
        for at, char in enumerate(text, 1)
        if char not in " \t\r\n" and unicodedata.category(char) in _UNSEEN
    ]
    return Field(name, text, tuple(unseen + odd[:MOST_UNSEEN]))


def _spaces(text: str) -> Iterator[str]:
    if text.startswith(" "):
        yield "beginning"
    if text.endswith(" "):
        yield "end"


def _nothing(look: Look, line: int) -> ConfigError:
    return ConfigError(
        "config.no-record",
        f"line {line:,} belongs to no record",
        hint="it is above the first record, behind the last, blank or a comment; lines are"
        " those of the file, from 1, the header's among them",
        place=look.run.event.uri,
    )
