"""One pass over a file that has no pipeline yet: every value profiled, the first rows kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
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
from csvflow.core.profile.found import key_like
from csvflow.core.progress import Progress
from csvflow.services.examples import Head
from csvflow.services.layout import left_out
from csvflow.services.wiring import source_of

READ_AHEAD = 3
_TENTH = 10
_FEW = 3
"""So many damaged records may be most of a tiny file's tenth."""
_LAYOUT = frozenset({
    "delimiter", "quote", "escape", "header", "preamble", "comment", "trailing", "ragged",
})  # fmt: skip
"""Keys of ``csv:`` of which one says that its author knows where the table is."""
_FOUND = re.compile("found ([0-9]+)")


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
    widths: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Fields of records that have another number than the header → how many, the first line."""
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
        notes=(*intake.notes, *left_out(intake)),
    )
    last = 0
    with Ahead(intake.batches(), depth=READ_AHEAD, name="csvflow-read") as batches:
        for text in batches:
            for item in text.damaged:
                found.damaged[item.code] += 1
                found.first_damage = found.first_damage or item.line
                last = item.row
                if item.code == "row.field-count" and (width := _FOUND.search(item.reason)):
                    count, line = found.widths.get(int(width[1]), (0, item.line))
                    found.widths[int(width[1])] = (count + 1, line)
            found.head.take(text.batch)
            for at, profile in enumerate(found.profiles):
                profile.take(_utf8(text.batch.column(at)))
    found.rows = intake.rows
    found.ends_damaged = found.rows > 0 and last == found.rows
    found.dialect = intake.dialect
    return found


def refuse_misfit(found: Survey, given: Collection[str]) -> None:
    """Raise ``InputError`` where more of the file is damaged than a table's would be.

    ``given``: the keys of ``csv:`` that were said. Who says where the table is may have up to
    half of it damaged.
    """
    damaged, rows = sum(found.damaged.values()), found.rows
    knows = not _LAYOUT.isdisjoint(given)
    few = damaged <= _FEW or damaged * _TENTH <= rows
    if damaged * 2 <= rows and (few or knows):
        return
    names = ", ".join(f"`{name}`" for name in found.header[:_FEW])
    more = ", …" if len(found.header) > _FEW else ""
    dialect = found.dialect
    delimiter = "a tab" if dialect.delimiter == "\t" else f"`{dialect.delimiter}`"
    begins = f"in line {dialect.preamble_lines + 1:,}"
    raise InputError(
        "input.no-table",
        f"{damaged:,} of {rows:,} records don't fit what was taken for the table, which begins"
        f" {begins}: {len(found.header):,} columns, {names}{more}, parted by {delimiter}",
        hint=_remedy(found),
    )


def _remedy(found: Survey) -> str:
    keys = "`--csv delimiter=…`, `--csv quote=…` and `--csv header=none`"
    if not found.widths:
        ((code, count),) = found.damaged.most_common(1)
        if code == "row.repeated-header":
            return f"its first line comes {count:,} times again: is it a row? `--csv header=none`"
        if code == "row.encoding":
            return "`--csv encoding=…` names its encoding, where it isn't the one that was found"
        return f"most are `{code}` (`csvflow help {code}`): {keys} say how it is written"
    width, (count, line) = max(found.widths.items(), key=lambda item: item[1][0])
    fields = f"{count:,} have {width:,} field{'s' * (width != 1)}, from line {line:,} on"
    return f"{fields}: does the table begin there? Then `--csv preamble={line - 1}`; else {keys}"


def _utf8(texts: pa.Array) -> pa.Array:
    return texts if texts.type == pa.utf8() else texts.cast(pa.utf8())
