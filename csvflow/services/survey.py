"""One pass over a file that has no pipeline yet: every value profiled, the first rows kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from csvflow.contract import InputError
from csvflow.core.engine.lanes import Ahead
from csvflow.core.intake import Intake, take
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.options import CsvOptions
from csvflow.core.profile.column import Profile
from csvflow.core.profile.distinct import Room
from csvflow.core.profile.verdict import key_like
from csvflow.core.progress import Progress
from csvflow.services.examples import Head
from csvflow.services.wiring import source_of

READ_AHEAD = 3


@dataclass
class Survey:
    """What the pass showed."""

    header: list[str]
    dialect: Dialect
    profiles: list[Profile]
    head: Head
    rows: int = 0
    damaged: Counter[str] = field(default_factory=Counter)
    first_damage: int | None = None
    ends_damaged: bool = False
    """Whether the last record is damaged."""
    notes: tuple[str, ...] = ()


def survey(uri: str, options: CsvOptions, progress: Progress) -> Survey:
    """Read the whole file. Raises ``InputError`` where it can't be read, or is empty."""
    source = source_of(uri)
    try:
        event = source.event(uri)
        progress.begin(event.name, event.size)
        with TemporaryDirectory(prefix="csvflow-") as scratch:
            try:
                intake = take(source, event, options, Path(scratch), progress=progress)
                try:
                    return _profiled(intake)
                finally:
                    intake.close()
            except InputError as error:
                error.place = error.place or uri
                raise
    finally:
        source.close()


def _profiled(intake: Intake) -> Survey:
    header = list(intake.header)
    if not header:
        raise InputError(
            "input.empty",
            "the file is empty: there is nothing to make a pipeline of",
            hint="take a file with a header and some rows",
        )
    room = Room()
    found = Survey(
        header,
        intake.dialect,
        [Profile(room if key_like(name, at) else None) for at, name in enumerate(header)],
        Head(tuple(header), intake.dialect),
        notes=tuple(intake.notes),
    )
    last = 0
    with Ahead(intake.batches(), depth=READ_AHEAD, name="csvflow-read") as batches:
        for text in batches:
            for item in text.damaged:
                found.damaged[item.code] += 1
                found.first_damage = found.first_damage or item.line
                last = item.row
            found.head.take(text.batch)
            for at, profile in enumerate(found.profiles):
                profile.take(_utf8(text.batch.column(at)))
    found.rows = intake.rows
    found.ends_damaged = found.rows > 0 and last == found.rows
    found.dialect = intake.dialect
    return found


def _utf8(texts: pa.Array) -> pa.Array:
    return texts if texts.type == pa.utf8() else texts.cast(pa.utf8())
