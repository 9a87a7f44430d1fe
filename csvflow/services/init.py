"""``csvflow init FILE``: a pipeline that loads the file as it stands, proved over all of it."""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from csvflow.contract import ConfigError, InputError, Source
from csvflow.core import registry
from csvflow.core.columns.names import snake, snake_all
from csvflow.core.columns.typing import Typing
from csvflow.core.engine.lanes import Ahead
from csvflow.core.intake import Intake, take
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.options import CsvOptions
from csvflow.core.pipeline.load import FOLDER, build, with_csv
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.profile.column import Profile
from csvflow.core.profile.distinct import Room
from csvflow.core.profile.verdict import Found, Verdict, judge, key_like
from csvflow.core.progress import Progress, Silent
from csvflow.services.check import check
from csvflow.services.draft import Draft, write
from csvflow.services.examples import Head, example
from csvflow.services.targets import sink_for
from csvflow.services.trial import rehearse

READ_AHEAD = 3
_PERCENT = 100
_TENTH = 10
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_VARYING = re.compile(r"[0-9](?:[0-9T_.:-]*[0-9Z])?")


@dataclass(frozen=True)
class Written:
    """The pipeline that was written, and what it says of the file."""

    path: Path
    name: str
    source: str
    rows: int
    damaged: Mapping[str, int]
    """Code → records that are no rows."""
    first_damage: int | None
    """The line of the first of them."""
    dialect: Mapping[str, object]
    columns: tuple[Found, ...]
    notes: tuple[str, ...] = ()


@dataclass
class _Looked:
    """What one pass over the file showed."""

    header: list[str]
    dialect: Dialect
    profiles: list[Profile]
    head: Head
    rows: int = 0
    damaged: Counter[str] = field(default_factory=Counter)
    first_damage: int | None = None
    notes: tuple[str, ...] = ()


def init(
    file: str,
    *,
    to: str | None = None,
    project: Path,
    csv: Mapping[str, str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write ``pipelines/NAME.yaml`` for the file.

    Raises ``ConfigError`` where that is there already (without ``force``) or the target is no
    target, ``InputError`` where the file can't be read.
    """
    uri = file if "://" in file else os.path.abspath(Path(file).expanduser())  # noqa: PTH100 - keeps symlinks
    name, pattern = _named(uri)
    path = project / FOLDER / f"{name}.yaml"
    if path.exists() and not force:
        raise ConfigError(
            "config.exists",
            f"there is a pipeline `{name}` already: {path}",
            hint="`--force` writes it anew",
        )
    sink, settings = _sink(to, name)
    given = csv or {}
    options = _options(given, project)
    looked = _look(uri, options, progress or Silent())
    names, by_snake = _names(looked.header)
    single = _single(sink, settings)
    folder, base = posixpath.split(_relative(uri, project))
    named = _literal(base) if single or pattern is None else pattern
    source = posixpath.join(_literal(folder), named)
    words = frozenset((*options.true, *options.false))
    told = partial(
        judge,
        looked.header,
        names,
        looked.profiles,
        renamed=not by_snake,
        decimal=options.decimal if "decimal" in given else None,
        truth=words if {"true", "false"} & set(given) else None,
    )
    verdict = told(tokens="nulls" not in given)
    plan = _Plan(file, uri, name, source, sink, settings, given, looked, by_snake, project)
    if verdict.nulls and not plan.loads(verdict):
        # Such a word in quotes is text, which only loading it shows.
        verdict = told(tokens=False)
    text = plan.text(verdict, with_pattern=named == pattern)
    _save(path, text, project)
    return Written(
        path,
        name,
        source,
        looked.rows,
        dict(sorted(looked.damaged.items())),
        looked.first_damage,
        looked.dialect.as_report(),
        verdict.columns,
        looked.notes,
    )


@dataclass(frozen=True)
class _Plan:
    """All that the text is made of, but for the verdict."""

    file: str
    uri: str
    name: str
    source: str
    sink: str
    settings: Mapping[str, object]
    given: Mapping[str, str]
    looked: _Looked
    by_snake: bool
    project: Path

    def text(self, verdict: Verdict, *, with_pattern: bool) -> str:
        looked = self.looked
        case = None
        if looked.head.texts:
            case = example(looked.head, verdict.columns, lambda: self.pipeline(verdict))
        uniques = [one.column.name for one in verdict.columns if one.column.unique]
        upsert = f"or `mode: upsert, key: [{uniques[0]}]`" if uniques else None
        masked = any(one.personal for one in verdict.columns)
        draft = Draft(
            head=self._head(),
            name=self.name,
            source=self.source,
            source_note="what varies in the file's name is `*`" if with_pattern else None,
            csv=self.csv(verdict),
            csv_notes=self._csv_notes(),
            snake=self.by_snake,
            columns=verdict.columns,
            sink=self.sink,
            sink_settings=self.settings,
            sink_note=upsert if "table" in self.settings else None,
            max_rejects=self._max_rejects(),
            rejects_note="more records of the file are damaged than the usual 10%",
            example=case,
            example_note="personal data is made up" if masked else None,
        )
        return write(draft)

    def csv(self, verdict: Verdict) -> dict[str, object]:
        """Return the keys of ``csv:``: what was found out or given, if it isn't the default."""
        dialect = self.looked.dialect
        found: dict[str, object] = {}
        if dialect.encoding != "utf-8":
            found["encoding"] = dialect.encoding
        # In one column alone, another character might look like one in the next file.
        if dialect.delimiter != "," or len(self.looked.header) == 1:
            found["delimiter"] = "tab" if dialect.delimiter == "\t" else dialect.delimiter
        if dialect.quote != '"':
            found["quote"] = dialect.quote or "none"
        if dialect.escape is not None:
            found["escape"] = dialect.escape
        if dialect.preamble_lines:
            found["preamble"] = dialect.preamble_lines
        if not dialect.header:
            found["header"] = "none"
        elif dialect.header_lines > 1 or dialect.preamble_lines:
            found["header"] = dialect.header_lines
        if verdict.nulls:
            found["nulls"] = ["", *verdict.nulls]
        if verdict.decimal != ".":
            found["decimal"] = verdict.decimal
        if verdict.pair is not None:
            found["true"], found["false"] = verdict.pair
        return {**found, **self.given}

    def pipeline(self, verdict: Verdict) -> Pipeline:
        """Return the pipeline that the text will be, without its tests."""
        document: dict[str, object] = {
            "name": self.name,
            "source": _literal(self.uri),
            "csv": self.csv(verdict),
            "headers": "snake" if self.by_snake else "keep",
            "columns": {one.column.name: one.column.short() for one in verdict.columns},
            "sinks": [{self.sink: dict(self.settings)}],
        }
        return build(document, project=self.project, name=self.name)

    def loads(self, verdict: Verdict) -> bool:
        """Tell whether the file loads with no other rejects than damaged records."""
        report = rehearse(self.pipeline(verdict), self.uri)
        return report.error is None and report.rows.rejected == sum(self.looked.damaged.values())

    def _head(self) -> list[str]:
        looked = self.looked
        rows = looked.rows - sum(looked.damaged.values())
        schema = self.project / FOLDER / "pipeline.schema.json"
        head = [
            *(["yaml-language-server: $schema=./pipeline.schema.json"] if schema.exists() else []),
            f"Written by `csvflow init {self.file}`, from all {rows:,} rows of the file.",
            "Types and constraints hold for every value there, and are as narrow as they can be:",
            "widen what other files need. Then: csvflow check, csvflow test, csvflow run FILE.",
        ]
        if looked.damaged:
            codes = ", ".join(f"{code} {count:,}" for code, count in sorted(looked.damaged.items()))
            head.append(
                f"{sum(looked.damaged.values()):,} records are no rows and will be rejected"
                f" ({codes}; the first in line {looked.first_damage:,})."
            )
        return head

    def _csv_notes(self) -> dict[str, str]:
        confidence = self.looked.dialect.confidence
        if confidence is None:
            return {}
        return {"encoding": f"by statistics, {confidence:.0%} sure"}

    def _max_rejects(self) -> str | None:
        damaged, rows = sum(self.looked.damaged.values()), self.looked.rows
        if damaged * _TENTH <= rows:
            return None
        return f"{min(ceil(damaged * _PERCENT / rows) + 1, _PERCENT)}%"


def _options(csv: Mapping[str, str], project: Path) -> CsvOptions:
    document = {"source": "none", "sinks": [{"csv": "none/"}]}
    return with_csv(build(document, project=project, name="init"), csv).csv


def _look(uri: str, options: CsvOptions, progress: Progress) -> _Looked:
    source = _source(uri)
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


def _profiled(intake: Intake) -> _Looked:
    header = list(intake.header)
    if not header:
        raise InputError(
            "input.empty",
            "the file is empty: there is nothing to make a pipeline of",
            hint="take a file with a header and some rows",
        )
    room = Room()
    looked = _Looked(
        header,
        intake.dialect,
        [Profile(room if key_like(name, at) else None) for at, name in enumerate(header)],
        Head(tuple(header), intake.dialect),
        notes=tuple(intake.notes),
    )
    with Ahead(intake.batches(), depth=READ_AHEAD, name="csvflow-read") as batches:
        for text in batches:
            for item in text.damaged:
                looked.damaged[item.code] += 1
                looked.first_damage = looked.first_damage or item.line
            looked.head.take(text.batch)
            for at, profile in enumerate(looked.profiles):
                profile.take(_utf8(text.batch.column(at)))
    looked.rows = intake.rows
    looked.dialect = intake.dialect
    return looked


def _utf8(texts: pa.Array) -> pa.Array:
    return texts if texts.type == pa.utf8() else texts.cast(pa.utf8())


def _source(uri: str) -> Source[Any]:
    files = registry.load("source", "files")
    source = files(files.settings_type.model_validate({"path": _literal(uri), "settle": 0}))
    if not isinstance(source, Source):
        raise TypeError("`files` is no source")
    return source


def _literal(path: str) -> str:
    """Return the path as a pattern that matches itself alone."""
    return "".join(f"[{char}]" if char in "*?[{}" else char for char in path)


def _named(uri: str) -> tuple[str, str | None]:
    """Return the pipeline's name, and the pattern that takes files named alike.

    ``orders-2026-07.csv`` is ``orders`` and ``orders-*.csv``; None: nothing in the name varies.
    """
    base = posixpath.basename(uri)
    stem, dot, suffix = base.partition(".") if not base.startswith(".") else (base, "", "")
    match = _VARYING.search(stem)
    before, after = (stem[: match.start()], stem[match.end() :]) if match else (stem, "")
    words = [part.strip(" -_.") for part in (before, after)]
    pattern = None
    if match and any(re.search(r"[^\W\d]", word) for word in words):
        edges = (not before or before[-1] in " -_.") and (not after or after[0] in " -_.")
        if edges:
            pattern = _literal(before) + "*" + _literal(f"{after}{dot}{suffix}")
    chosen = "-".join(word for word in words if word) if pattern else stem
    name = re.sub(r"[^\w-]+", "-", chosen).strip("-_") or "pipeline"
    return name[:80], pattern


def _relative(path: str, project: Path) -> str:
    inside = f"{project}/"
    return path.removeprefix(inside) if path.startswith(inside) else path


def _names(header: Sequence[str]) -> tuple[list[str], bool]:
    """Return the columns' names, and whether ``headers: snake`` makes them of the header."""
    distinct = len({name.casefold() for name in header}) == len(header)
    if distinct and all(_IDENTIFIER.fullmatch(name) for name in header):
        return list(header), False
    names = snake_all(header)
    if names == list(header):
        return names, False
    if len({snake(name) for name in header}) == len(header):
        columns = judge(header, names, [Profile() for _ in header])
        bound = Typing(tuple(one.column for one in columns.columns), headers="snake").bind(header)
        if [output.at for output in bound.outputs] == list(range(len(header))):
            return names, True
    return names, False


def _sink(to: str | None, name: str) -> tuple[str, Mapping[str, object]]:
    if to is None:
        return "sqlite", {"path": f"out/{name}.db", "table": snake(name)}
    return sink_for(to)


def _single(sink: str, settings: Mapping[str, object]) -> bool:
    """Tell whether the sink writes exactly one file, each input over the one before."""
    path = str(settings.get("path", ""))
    suffixes = getattr(registry.load("sink", sink), "suffixes", ())
    return "table" not in settings and path.endswith(tuple(suffixes)) and "{" not in path


def _save(path: Path, text: str, project: Path) -> None:
    """Write the file whole, once it was seen to be right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    try:
        _, errors = check(draft, project=project)
        if errors:
            raise errors[0]
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
