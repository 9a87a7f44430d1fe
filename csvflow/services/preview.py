"""``csvflow preview``: the rows after each step, and those that would be refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, ConfigError
from csvflow.core.columns.types import spoken
from csvflow.core.engine.flow import Passed, StepCount
from csvflow.core.intake import Damaged
from csvflow.services.layout import left_out
from csvflow.services.look import Look, cells, looked_at
from csvflow.services.run import Order

RECORDS = 10_000
"""So many records are looked at, unless all are asked for."""
INTAKE = "reading"
"""The step that refuses a record which never became a row."""


@dataclass(frozen=True)
class Row:
    """One row after a step."""

    line: int | None
    """Where its record begins; None for a row that a step made."""
    values: Sequence[Any]


@dataclass(frozen=True)
class Stage:
    """What a step lets out."""

    step: int
    """0: the typed columns."""
    name: str
    columns: Sequence[tuple[str, str]]
    """Names and types."""
    rows: Sequence[Row]
    counts: StepCount


@dataclass(frozen=True)
class WouldBe:
    """A row that would be rejected."""

    line: int | None
    code: str
    column: str | None
    reason: str
    step: str
    raw: str | None


@dataclass(frozen=True)
class Preview:
    """What would become of an input's first records."""

    pipeline: str | None
    """None: no pipeline takes the input, and its text is shown as it is."""
    uri: str
    dialect: dict[str, Any]
    read: int
    complete: bool
    """Whether that was all of them."""
    stages: Sequence[Stage]
    rejected: int
    rejects: Sequence[WouldBe]
    """The first of them, by line."""
    notes: Sequence[str] = ()
    """What was made of the header, and of lines above it and below the records."""


def preview(
    word: str, order: Order, *, limit: int = 20, step: int | None = None, whole: bool = False
) -> Preview:
    """Take the first records through the steps, without a ledger, a sink or rejects.

    Raises ``ConfigError`` for a step that there isn't, and what opening the input raises.
    """
    with looked_at(word, order) as look:
        steps = len(look.pipeline.steps)
        if step is not None and step > steps:
            raise ConfigError(
                "config.usage",
                f"there is no step {step}: pipeline `{look.pipeline.name}` has {steps}",
                hint="step 0 is the typed columns",
                place=look.pipeline.name,
            )
        return _previewed(look, limit=limit, step=step, whole=whole)


def _previewed(look: Look, *, limit: int, step: int | None, whole: bool) -> Preview:
    last = len(look.pipeline.steps) if step is None else step
    plans = look.plans[: last + 1]
    shown: list[list[Row]] = [[] for _ in plans]
    rejects: list[WouldBe] = []
    names = [
        "columns",
        *(f"step {n} `{part.type}`" for n, part in enumerate(look.pipeline.steps, 1)),
    ]

    def watch(index: int, passed: Passed) -> None:
        rejects.extend(
            WouldBe(item.line, item.code, item.column, item.reason, names[index], None)
            for item in passed.rejected
        )
        if passed.batch is not None and len(shown[index]) < limit:
            shown[index] += _rows(passed.batch.slice(0, limit - len(shown[index])))

    counts: Sequence[StepCount] = []
    read, complete = 0, True
    if plans:
        chain = look.chain(watch, plans=last + 1)
        try:
            for records in look.records(None):
                batch, damaged = records if whole else _first(*records)
                read += batch.num_rows + len(damaged)
                rejects.extend(map(_damage, damaged))
                chain.push(batch)
                if not whole and look.intake.rows > RECORDS:
                    complete = False
                    break
            chain.finish()
            counts = chain.counts
        finally:
            chain.close()
    stages = [
        Stage(
            index,
            names[index],
            [(field.name, spoken(field.type)) for field in plan.schema],
            shown[index],
            counts[index],
        )
        for index, plan in enumerate(plans)
        if step is None or index == step
    ]
    return Preview(
        look.name,
        look.run.event.uri,
        look.intake.dialect.as_report(),
        read,
        complete,
        stages,
        len(rejects),
        _with_text(look, sorted(rejects, key=_by_line)[:limit]),
        [*look.intake.notes, *left_out(look.intake)],
    )


def _first(
    batch: pa.RecordBatch, damaged: Sequence[Damaged]
) -> tuple[pa.RecordBatch, Sequence[Damaged]]:
    within = pc.less_equal(batch.column(ROW), RECORDS)
    return batch.filter(within), [item for item in damaged if item.row <= RECORDS]


def _rows(batch: pa.RecordBatch) -> list[Row]:
    columns = [cells(column) for column in batch.columns[:-2]]
    lines = batch.column(LINE).to_pylist()
    return [Row(line, [column[at] for column in columns]) for at, line in enumerate(lines)]


def _damage(item: Damaged) -> WouldBe:
    return WouldBe(item.line, item.code, item.column, item.reason, INTAKE, item.raw)


def _with_text(look: Look, rejects: Sequence[WouldBe]) -> list[WouldBe]:
    return [
        item
        if item.raw is not None or item.line is None
        else replace(item, raw=look.intake.raw([item.line])[0])
        for item in rejects
    ]


def _by_line(item: WouldBe) -> float:
    return float("inf") if item.line is None else item.line
