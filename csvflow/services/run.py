"""``csvflow run FILE…``: named files, once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from csvflow.contract import ConfigError, CsvflowError, InputError, Source, UnreachableError
from csvflow.core.interrupts import check
from csvflow.core.ledger import run_id
from csvflow.core.pipeline.load import load, with_csv
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.progress import Progress
from csvflow.core.report import ErrorReport, Report, RunReport
from csvflow.services.losses import log_failed
from csvflow.services.process import Options, Processed, process
from csvflow.services.targets import adhoc, writes_files
from csvflow.services.wiring import Station, matching, opened, pipeline_path, project_of

OnReport = Callable[[RunReport], None]

UNCHOSEN = frozenset({"config.no-pipeline", "config.ambiguous-pipeline"})
"""What is wrong with one file's name, and not with the project."""


@dataclass
class Order:
    """What a user asked ``run`` for."""

    files: Sequence[str]
    project: Path | None = None
    pipeline: str | None = None
    to: str | None = None
    csv: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)


def run_files(
    order: Order, *, progress: Progress | None = None, on_report: OnReport | None = None
) -> Report:
    """Process the files one after another; one that fails doesn't stop the others.

    Raises ``ConfigError`` before anything is read when a pipeline or an option is wrong, or
    when no pipeline takes the only file. Of several files, one that no pipeline takes, or more
    than one, is a failed input.
    """
    _check(order)
    uris = [uri for name in order.files for uri in _expand(name)]
    chosen = [(uri, _choice(uri, order, alone=len(uris) == 1)) for uri in uris]
    reports: list[RunReport] = []
    with ExitStack() as stack:
        stations: dict[str, Station] = {}
        for uri, choice in chosen:
            check()
            if isinstance(choice, ConfigError):
                report = _failed("", uri, choice)
                log_failed(report, transient=False)
            else:
                if choice.name not in stations:
                    stations[choice.name] = stack.enter_context(opened(choice))
                report = run_one(stations[choice.name], uri, order, progress).report
            reports.append(report)
            if on_report is not None:
                on_report(report)
    return Report.of(reports)


def run_one(station: Station, uri: str, order: Order, progress: Progress | None) -> Processed:
    """Process one named input."""
    pipeline, options = station.pipeline, order.options
    if order.to is not None and writes_files(pipeline):
        options = dataclasses.replace(options, force=True)
    try:
        event = station.source.event(uri)
        captures = station.source.matches(uri)
        if captures:
            event = event.model_copy(update={"captures": dict(captures)})
        return process(
            pipeline, event, station.source, station.claims, options=options, progress=progress
        )
    except (InputError, UnreachableError) as error:
        transient = isinstance(error, UnreachableError)
        report = _failed(pipeline.name, uri, error)
        log_failed(report, transient=transient)
        return Processed(report, transient, error)


def _check(order: Order) -> None:
    if order.to is not None and order.pipeline is not None:
        raise ConfigError(
            "config.usage",
            "`--to` and `-p` exclude each other: `--to` runs without a pipeline",
            hint="write `path: ${TARGET:-out/}` in its sink, and give `--set TARGET=…`",
        )
    if order.options.limit is not None and not (order.to or order.options.dry_run):
        raise ConfigError(
            "config.usage",
            "`--limit` goes with `--dry-run` or `--to`",
            hint="a part of a file must not count as loaded",
        )


def _choice(uri: str, order: Order, *, alone: bool) -> Pipeline | ConfigError:
    """Return the pipeline for one of the files, or why it has none."""
    try:
        return pipeline_for(uri, order)
    except ConfigError as error:
        if alone or error.code not in UNCHOSEN or error.place != uri:
            raise
        return error


def pipeline_for(uri: str, order: Order) -> Pipeline:
    """Return the pipeline that an input goes through: the one that is named, or that takes it."""
    if order.to is not None:
        return adhoc(
            order.to, source=_literal(uri), csv=order.csv, project=project_of(order.project)
        )
    if order.pipeline is not None:
        path = pipeline_path(order.pipeline, order.project)
        pipeline = load(path, project=order.project, overrides=order.overrides)
    else:
        pipeline = matching(uri, order.project, order.overrides)
    return with_csv(pipeline, order.csv)


def _expand(name: str) -> Iterator[str]:
    """Yield the absolute URIs that a FILE argument names: itself, or what its glob matches."""
    uri = name if "://" in name else os.path.abspath(Path(name).expanduser())  # noqa: PTH100 - keeps symlinks
    if not any(mark in name for mark in "*?[") or ("://" not in name and Path(uri).exists()):
        yield uri
        return
    from csvflow.core import registry  # noqa: PLC0415 - start-up

    files = registry.load("source", "files")
    source = files(files.settings_type.model_validate({"path": uri, "settle": 0}))
    if not isinstance(source, Source):
        raise TypeError("`files` is no source")
    found = sorted(sight.uri for sight in source.survey() if sight.verdict == "ready")
    source.close()
    if not found:
        raise ConfigError("input.not-found", "no file matches", place=name)
    yield from found


def _literal(uri: str) -> str:
    """Return the path as a pattern that matches itself alone."""
    return "".join(f"[{char}]" if char in "*?[{}" else char for char in uri)


def _failed(pipeline: str, uri: str, error: CsvflowError) -> RunReport:
    if error.place is None:
        error.place = uri
    return RunReport(
        run_id=run_id(pipeline, uri, "none"),
        pipeline=pipeline,
        uri=uri,
        version="none",
        outcome="failed",
        error=ErrorReport.of(error),
    )
