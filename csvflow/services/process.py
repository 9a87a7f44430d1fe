"""One event through one pipeline: claim, run, finish, acknowledge, tell."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from csvflow.contract import (
    Busy,
    CsvflowError,
    Event,
    Finished,
    Run,
    Source,
    UnreachableError,
    Won,
)
from csvflow.core.engine.faults import io_error
from csvflow.core.engine.run import Attempt, Ties
from csvflow.core.interrupts import Shielded
from csvflow.core.ledger import Claims, run_id
from csvflow.core.logs import bound, get_logger
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.progress import Progress, Silent
from csvflow.core.report import ErrorReport, Reason, RunReport
from csvflow.services.contents import ContentQuestion
from csvflow.services.forcing import refusal, same_content
from csvflow.services.losses import log_failed
from csvflow.services.notices import due, tell

log = get_logger()

TRANSIENT = frozenset({"input.changed", "run.lease-lost"})
"""Codes of errors that may pass by themselves, besides every ``UnreachableError``."""


@dataclass(frozen=True)
class Options:
    """How inputs are to be processed."""

    force: bool = False
    """Take the run in its next generation, whatever the ledger knows."""
    wait_secs: float = 0.0
    """How long to wait for an input that another worker holds."""
    limit: int | None = None
    """Take only so many records, outside the ledger."""
    dry_run: bool = False
    """Write nothing anywhere."""
    may_retry: bool = False
    """Whether a transient failure is tried again by the caller: then no notice says "failed"."""


@dataclass(frozen=True)
class Processed:
    """What became of an event."""

    report: RunReport
    transient: bool = False
    """Whether trying again may help."""
    error: CsvflowError | None = None


def process(
    pipeline: Pipeline,
    event: Event,
    source: Source[Any],
    claims: Claims,
    *,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Processed:
    """Take the event through the pipeline, at most once for each version and generation.

    Raises ``UnreachableError`` where the ledger is out of reach. What goes wrong with the
    input, a step or a sink is in the report, not raised.
    """
    options = options or Options()
    progress = progress or Silent()
    began = time.monotonic()
    with bound(pipeline=pipeline.name, input=event.uri):
        if options.dry_run or options.limit is not None:
            done = _outside_the_ledger(pipeline, event, source, options, progress)
            if done.report.outcome == "failed":
                log_failed(done.report, transient=done.transient)
        else:
            done = _claimed(pipeline, event, source, claims, options, progress, began)
        done.report.duration_secs = round(time.monotonic() - began, 3)
        return done


def _outside_the_ledger(
    pipeline: Pipeline, event: Event, source: Source[Any], options: Options, progress: Progress
) -> Processed:
    # A part of a file is another thing to load than the file: its markers in tables differ.
    version = event.version if options.limit is None else f"{event.version}#{options.limit}"
    run = Run(
        id=run_id(pipeline.name, event.uri, version),
        pipeline=pipeline.name,
        event=event,
        started_at=datetime.now(UTC),
    )
    with tempfile.TemporaryDirectory(prefix="csvflow-") as scratch:
        attempt = Attempt(
            pipeline,
            run,
            source,
            Path(scratch),
            progress,
            limit=options.limit,
            dry_run=options.dry_run,
        )
        return _outcome(attempt)


def _claimed(
    pipeline: Pipeline,
    event: Event,
    source: Source[Any],
    claims: Claims,
    options: Options,
    progress: Progress,
    began: float,
) -> Processed:
    name = run_id(pipeline.name, event.uri, event.version)
    if options.force:
        name = same_content(pipeline, event, source, claims.ledger) or name
        if error := refusal(pipeline, event, name, claims.ledger):
            transient = isinstance(error, UnreachableError)
            return Processed(_refused(pipeline, event, name, error), transient, error)
    with claims.claim(
        pipeline.name,
        event,
        digest=pipeline.digest,
        force=options.force,
        wait_secs=options.wait_secs,
        run=name,
    ) as held:
        claim = held.claim
        if not isinstance(claim, Won):
            return Processed(_not_tried(pipeline, event, name, claim))
        run = claim.run
        with bound(run_id=run.id):
            log.info("run_claimed", attempt=run.attempt, generation=run.generation)
            ties = Ties(
                renew=held.renew_now,
                record=held.record,
                receipts=claim.receipts,
                replaces=claim.replaces,
                known_content=None
                if options.force
                else ContentQuestion.of(claims.ledger, pipeline, run),
            )
            # Gone before the run ends: nobody would look for what a finished run left.
            with _scratch(pipeline, run) as scratch:
                done = _outcome(Attempt(pipeline, run, source, scratch, progress, ties))
            report = done.report
            report.duration_secs = round(time.monotonic() - began, 3)
            notice = due(pipeline, run, report, final=not (done.transient and options.may_retry))
            progress.phase("finishing")
            # What is mended outside of the YAML must not wait for a change in it.
            fixable = done.error is not None and done.error.code.startswith("config.")
            finished = held.finish(
                report.outcome,
                report.model_dump(mode="json"),
                content_hash=report.content_hash,
                transient=done.transient or fixable,
                notice_due=notice is not None,
            )
            _log_end(done)
            if not finished:
                log.warning("lease_lost")
                return done
            if report.outcome != "failed":
                source.ack(event)
            if notice is not None and tell(pipeline, notice):
                claims.ledger.noticed(run.id)
            return done


def _outcome(attempt: Attempt) -> Processed:
    report = attempt.execute()
    error = attempt.error
    transient = isinstance(error, UnreachableError) or (
        error is not None and error.code in TRANSIENT
    )
    return Processed(report, transient, error)


def _not_tried(pipeline: Pipeline, event: Event, name: str, claim: Busy | Finished) -> RunReport:
    reason: Reason = "unchanged"
    if isinstance(claim, Busy):
        reason = "claimed"
    elif claim.state == "undone":
        reason = "undone"
    log.info("run_skipped", reason=reason)
    return RunReport(
        run_id=name,
        pipeline=pipeline.name,
        uri=event.uri,
        version=event.version,
        outcome="skipped",
        reason=reason,
    )


def _refused(pipeline: Pipeline, event: Event, name: str, error: CsvflowError) -> RunReport:
    report = RunReport(
        run_id=name,
        pipeline=pipeline.name,
        uri=event.uri,
        version=event.version,
        outcome="failed",
        error=ErrorReport.of(error),
    )
    log_failed(report, transient=isinstance(error, UnreachableError))
    return report


@contextmanager
def _scratch(pipeline: Pipeline, run: Run) -> Iterator[Path]:
    """Give the attempt a folder of its own; those of earlier attempts are left-overs.

    Raises ``UnreachableError`` where the disk won't have it.
    """
    work = pipeline.project / ".csvflow" / "work"
    for left in work.glob(f"{run.id}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = work / f"{run.id}-{run.token}"
    try:
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise io_error(error, run.event) from error
        yield folder
    finally:
        with Shielded():
            shutil.rmtree(folder, ignore_errors=True)


def _log_end(done: Processed) -> None:
    report = done.report
    rows = report.rows.model_dump()
    if report.outcome == "failed":
        log_failed(report, transient=done.transient)
    elif report.outcome == "skipped":
        log.info("run_skipped", reason=report.reason)
    else:
        log.info("run_succeeded", rows=rows, duration_secs=report.duration_secs)
        if report.rows.rejected:
            log.warning("rows_rejected", rows=report.rows.rejected, by_code=report.rejects.by_code)
