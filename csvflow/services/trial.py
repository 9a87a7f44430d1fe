"""A pipeline run over a text, its rows and rejects kept in memory: nothing else is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from csvflow.contract import CsvflowError, Examples, Receipt, Run, Settings, Sink, Source
from csvflow.core.engine.run import Attempt
from csvflow.core.pipeline.model import Limit, Part, Pipeline
from csvflow.core.progress import Silent
from csvflow.core.report import RunReport
from csvflow.services.wiring import source_of

_REJECT_MARKS = 5
"""Columns behind the original ones in rejects: line, code, column, reason, raw text."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that was refused."""

    line: int | None
    code: str
    column: str | None
    reason: str


@dataclass
class Trial:
    """What came of an input."""

    report: RunReport
    schema: pa.Schema | None
    rows: list[list[Any]]
    """The values of each row, in the order of the schema's columns."""
    rejects: list[Refused]
    error: CsvflowError | None


@dataclass
class _Box:
    schema: pa.Schema | None = None
    batches: list[pa.RecordBatch] = field(default_factory=list)


class _Nothing(Settings):
    """A sink in memory has nothing to set."""


class _Kept(Sink[_Nothing]):
    """Keeps rows in memory."""

    examples: ClassVar[Examples] = {}
    box: ClassVar[_Box]

    @property
    def target(self) -> str:
        return "memory"

    def open(self, run: Run, schema: pa.Schema) -> None:
        del run
        self.box.schema = schema

    def write(self, batch: pa.RecordBatch) -> None:
        self.box.batches.append(batch)

    def commit(self) -> Receipt:
        return Receipt("memory", sum(batch.num_rows for batch in self.box.batches))

    def abort(self) -> None:
        self.box.batches.clear()


def try_text(
    pipeline: Pipeline,
    text: str,
    *,
    captures: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Trial:
    """Run the pipeline over a file of this text, written in the pipeline's own encoding."""
    with tempfile.TemporaryDirectory(prefix="csvflow-") as folder:
        path = Path(folder) / "case.csv"
        path.write_bytes(text.encode(_encoding(pipeline)))
        # A text is never compressed, whatever the files are.
        plain = replace(pipeline, csv=pipeline.csv.model_copy(update={"compression": "auto"}))
        return try_file(plain, path, captures=captures, now=now)


def try_file(
    pipeline: Pipeline,
    path: Path,
    *,
    captures: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Trial:
    """Run the pipeline over a local file. However many rows are refused, it goes on."""
    rows, refused = _Box(), _Box()
    rehearsal = replace(
        pipeline,
        sinks=(_in_memory(pipeline.sinks[0], rows),),
        rejects=replace(
            pipeline.rejects,
            sink=_in_memory(pipeline.rejects.sink, refused),
            max=Limit(share=Fraction(1)),
        ),
    )
    source = source_of(str(path.absolute()))
    try:
        event = source.event(str(path.absolute()))
        event = event.model_copy(update={"captures": dict(captures or {})})
        run = Run(
            id="0" * 20, pipeline=pipeline.name, event=event, started_at=now or datetime.now(UTC)
        )
        with tempfile.TemporaryDirectory(prefix="csvflow-") as scratch:
            attempt = Attempt(rehearsal, run, source, Path(scratch), Silent())
            report = attempt.execute()
    finally:
        source.close()
    return Trial(report, rows.schema, _rows(rows.batches), _rejects(refused), attempt.error)


def rehearse(pipeline: Pipeline, uri: str) -> RunReport:
    """Run the pipeline over an input, of any size, and keep nothing but the counts."""
    everything = replace(pipeline, rejects=replace(pipeline.rejects, max=Limit(share=Fraction(1))))
    source = pipeline.source.make()
    if not isinstance(source, Source):
        raise TypeError(f"{pipeline.source.key} is no source")
    try:
        run = Run(
            id="0" * 20,
            pipeline=pipeline.name,
            event=source.event(uri),
            started_at=datetime.now(UTC),
        )
        with tempfile.TemporaryDirectory(prefix="csvflow-") as scratch:
            attempt = Attempt(everything, run, source, Path(scratch), Silent(), dry_run=True)
            return attempt.execute()
    finally:
        source.close()


def _in_memory(part: Part, box: _Box) -> Part:
    kept = type("Kept", (_Kept,), {"box": box, "__doc__": _Kept.__doc__})
    return replace(part, plugin_type=kept, settings=_Nothing())


def _encoding(pipeline: Pipeline) -> str:
    return "utf-8" if pipeline.csv.encoding == "auto" else pipeline.csv.encoding


def _rows(batches: list[pa.RecordBatch]) -> list[list[Any]]:
    return [
        list(row)
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def _rejects(box: _Box) -> list[Refused]:
    found = []
    for batch in box.batches:
        columns = [column.to_pylist() for column in batch.columns[-_REJECT_MARKS:]]
        found += [
            Refused(line, code, column, reason)
            for line, code, column, reason, _ in zip(*columns, strict=True)
        ]
    return sorted(found, key=lambda one: (one.line is None, one.line or 0))
