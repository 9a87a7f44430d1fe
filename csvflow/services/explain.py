"""``csvflow explain``: what became of one record, step by step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, ConfigError
from csvflow.core.columns.types import spoken
from csvflow.core.engine.chain import looks_around, remakes
from csvflow.core.engine.flow import Passed, Refused
from csvflow.core.intake import Damaged
from csvflow.core.intake.batches import RAW_LIMIT
from csvflow.core.intake.grammar import count_lines
from csvflow.services.look import Look, cells, looked_at
from csvflow.services.run import Order

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
class Value:
    """One column of the row after a step."""

    name: str
    type: str
    value: Any


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
    fields: Sequence[Field]
    steps: Sequence[After]
    outcome: Fate
    ended: str | None
    """The step where it was rejected, dropped or remade."""
    refusal: Refusal | None


@dataclass(frozen=True)
class _Record:
    row: int
    line: int
    batch: pa.RecordBatch | None
    damage: Damaged | None


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
    trace = _Trace(look)
    found = trace.run(line)
    if found is None:
        raise _nothing(look, line)
    raw = found.damage.raw if found.damage else look.intake.raw([found.line])[0]
    last = found.line + count_lines(raw.rstrip("\r\n").encode())
    # Of a long damaged record only the beginning is kept.
    if line > last and len(raw) < RAW_LIMIT:
        raise _nothing(look, line)
    told = Explanation(
        look.name,
        look.run.event.uri,
        look.intake.dialect.as_report(),
        found.row,
        (found.line, max(last, line)),
        raw,
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


class _Trace:
    """Follows one record through the steps, by its number."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._found: _Record | None = None
        self.remade = next((at for at, plan in enumerate(look.plans) if remakes(plan)), 1 << 30)
        """The plan from which on rows have other numbers."""
        self.seen: dict[int, list[Value]] = {}
        self.refused: dict[int, Refused] = {}

    def run(self, line: int) -> _Record | None:
        """Return the record, followed to its end; only it is taken where that makes no difference.

        None: no record begins on that line or above it.
        """
        if not self._look.plans:
            return None
        whole = any(looks_around(plan) for plan in self._look.plans)
        chain = self._look.chain(self._watch)
        try:
            for (batch, damaged), after in _pairs(self._look):
                if self._found is None:
                    self._found = _find(batch, damaged, line, after)
                    # A damaged record never becomes a row: there is nothing to follow.
                    whole = whole and (self._found is None or self._found.batch is not None)
                if whole:
                    chain.push(batch)
                elif self._found is not None:
                    if self._found.batch is not None:
                        chain.push(self._found.batch)
                    break
            if self._found is not None:
                chain.finish()
        finally:
            chain.close()
        return self._found

    def _watch(self, index: int, passed: Passed) -> None:
        if self._found is None or index >= self.remade:
            return
        row = self._found.row
        self.refused.update((index, item) for item in passed.rejected if item.row == row)
        if passed.batch is not None:
            one = passed.batch.filter(pc.equal(passed.batch.column(ROW), row))
            if one.num_rows:
                self.seen[index] = _values(one)


def _fate(look: Look, told: Explanation, steps: Sequence[After], trace: _Trace) -> Explanation:
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


def _pairs(
    look: Look,
) -> Iterator[tuple[tuple[pa.RecordBatch, Sequence[Damaged]], int | None]]:
    """Yield what was read, with the line on which the next of it begins."""
    before: tuple[pa.RecordBatch, Sequence[Damaged]] | None = None
    for batch, damaged in look.records(None):
        starts = [*batch.column(LINE).slice(0, 1).to_pylist(), *(d.line for d in damaged[:1])]
        if not starts:
            continue
        if before is not None:
            yield before, min(starts)
        before = batch, damaged
    if before is not None:
        yield before, None


def _find(
    batch: pa.RecordBatch, damaged: Sequence[Damaged], line: int, after: int | None
) -> _Record | None:
    """Return the last record that begins on the line or above it, if it is among these."""
    if after is not None and after <= line:
        return None
    damage = max((d for d in damaged if d.line <= line), key=lambda d: d.line, default=None)
    at = pc.sum(pc.less_equal(batch.column(LINE), line)).as_py() or 0
    if at:
        row = batch.slice(at - 1, 1)
        first = row.column(LINE)[0].as_py()
        if damage is None or damage.line < first:
            return _Record(row.column(ROW)[0].as_py(), first, row, None)
    return _Record(damage.row, damage.line, None, damage) if damage else None


def _values(batch: pa.RecordBatch) -> list[Value]:
    visible = batch.num_columns - 2
    return [
        Value(batch.schema.field(at).name, spoken(batch.schema.field(at).type), cells(column)[0])
        for at, column in enumerate(batch.columns[:visible])
    ]


def _fields(look: Look, found: _Record, raw: str) -> list[Field]:
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
