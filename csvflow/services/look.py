"""An input opened to be looked at: no ledger, no sink and no rejects are touched."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from csvflow.contract import ConfigError, CsvflowError, Run
from csvflow.core.engine.chain import Chain, Watcher
from csvflow.core.engine.compose import bind, segments, text_schema
from csvflow.core.engine.plan import PlannedRows
from csvflow.core.engine.stream import texts
from csvflow.core.intake import Damaged, Intake, take
from csvflow.core.ledger import run_id
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.progress import Silent
from csvflow.services.files import expand
from csvflow.services.run import Order, pipeline_for
from csvflow.services.wiring import made

NOWHERE = "preview/"
"""The target of a look without a pipeline: nothing is ever written there."""


@dataclass(frozen=True)
class Look:
    """One input, its pipeline, and the plans that its rows would go through."""

    pipeline: Pipeline
    name: str | None
    """The pipeline's; None where none takes the input, and its text is looked at as it is."""
    run: Run
    """As an attempt without a ledger would be."""
    intake: Intake
    plans: Sequence[PlannedRows]
    """The columns, then each step. Empty for a file without a header."""
    scratch: Path
    typed: Sequence[str]
    """Captures of the source's path that are columns of the text."""

    def records(self, limit: int | None) -> Iterator[tuple[pa.RecordBatch, Sequence[Damaged]]]:
        """Yield the first records, or all, once."""
        captures = self.run.event.captures
        return texts(self.intake, {name: captures[name] for name in self.typed}, limit)

    def chain(self, watch: Watcher, *, plans: int | None = None) -> Chain:
        """Return a way through the first plans, or all of them; to be closed."""
        return Chain(
            self.plans[:plans],
            watch,
            scratch=self.scratch,
            now=self.run.started_at,
            memory_bytes=self.pipeline.memory_bytes,
        )


@contextmanager
def looked_at(word: str, order: Order, *, bare: bool = True) -> Iterator[Look]:
    """Open the one input that the word names. Errors that have no place get its name.

    With ``bare`` an input that no pipeline takes is read with every column as text; without,
    it is an error, as in ``run``.
    """
    uri = _one(word)
    pipeline, name = _pipeline(uri, order, bare=bare)
    with made(pipeline) as source, tempfile.TemporaryDirectory(prefix="csvflow-") as folder:
        try:
            event = source.event(uri)
            captures = dict(source.matches(uri) or event.captures)
            event = event.model_copy(update={"captures": captures})
            intake = take(source, event, pipeline.csv, Path(folder), progress=Silent())
            try:
                plans: list[PlannedRows] = []
                typed: list[str] = []
                if intake.header:
                    bound = bind(pipeline, intake.header, captures, intake.sample)
                    text = text_schema(intake.header, captures, bound.schema.names)
                    typed = [name for name in captures if name in text.names]
                    plans = segments(pipeline, text, bound, captures)
                run = Run(
                    id=run_id(pipeline.name, uri, event.version),
                    pipeline=pipeline.name,
                    event=event,
                    started_at=datetime.now(UTC),
                )
                yield Look(pipeline, name, run, intake, plans, Path(folder), typed)
            finally:
                intake.close()
        except CsvflowError as error:
            if error.place is None:
                error.place = uri
            raise


def cells(column: pa.Array) -> list[Any]:
    """Return a column's values as JSON has them: numbers, booleans, null, else text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return cells(column.dictionary_decode())
    if pa.types.is_temporal(kind):
        # By way of text: Python has no year 10000, and no nanoseconds.
        texts_ = column.cast(pa.string()).to_pylist()
        return [text if text is None else re.sub(r"\.0+(?=Z?$)", "", text) for text in texts_]
    values = column.to_pylist()
    if pa.types.is_decimal(kind):
        return [value if value is None else format(value, "f") for value in values]
    return [v if _is_json(v) else str(v) for v in values]


def _is_json(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int | str)


def _one(word: str) -> str:
    found = expand([word])
    if found.missing:
        raise found.missing[0]
    if len(found.files) > 1:
        raise ConfigError(
            "config.usage",
            f"`{word}` names {len(found.files):,} files, and one is looked at at a time",
            hint=f"name one, e.g. `{found.files[0]}`",
        )
    name = found.files[0]
    return name if "://" in name else os.path.abspath(Path(name).expanduser())  # noqa: PTH100 - keeps symlinks


def _pipeline(uri: str, order: Order, *, bare: bool) -> tuple[Pipeline, str | None]:
    try:
        pipeline = pipeline_for(uri, order)
    except ConfigError as error:
        if error.code != "config.no-pipeline" or order.pipeline is not None or not bare:
            raise
        return pipeline_for(uri, replace(order, to=NOWHERE)), None
    return pipeline, pipeline.name
