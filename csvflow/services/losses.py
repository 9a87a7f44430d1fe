"""Attempts that ended without a word: the worker died, or took too long and was ended."""

from __future__ import annotations

from typing import Any

from csvflow.contract import CsvflowError, Event, Ledger, Run
from csvflow.core.ledger import run_id
from csvflow.core.logs import get_logger, trouble
from csvflow.core.report import ErrorReport, RunReport
from csvflow.services.jobs import JobResult

log = get_logger()


def failed(pipeline: str, event: Event, error: CsvflowError) -> RunReport:
    """Return the report of an attempt that this error ended."""
    return RunReport(
        run_id=run_id(pipeline, event.uri, event.version),
        pipeline=pipeline,
        uri=event.uri,
        version=event.version,
        outcome="failed",
        error=ErrorReport.of(error),
    )


def enter_loss(
    ledger: Ledger[Any], report: RunReport, event: Event, pid: int, *, final: bool
) -> JobResult:
    """Enter in the ledger that the attempt which process ``pid`` had claimed failed.

    Returns what became of the run: the process may have died after it had finished. The
    ``final`` loss of a round isn't transient: what ended this worker would end the next one too.
    """
    found = [record for record in ledger.find(report.run_id) if _pid(record.owner) == pid]
    if not found:
        return JobResult(report=report, transient=True)
    record = found[0]
    if record.state != "claimed":
        if record.report is not None:
            report = RunReport.model_validate(record.report)
        return JobResult(report=report, transient=record.transient)
    run = Run(
        id=record.run_id,
        pipeline=record.pipeline,
        event=event,
        attempt=record.attempt,
        token=record.token,
        generation=record.generation,
        started_at=record.started_at,
    )
    report.attempt = record.attempt
    ledger.finish(
        run,
        "failed",
        report.model_dump(mode="json"),
        content_hash=None,
        transient=not final,
        notice_due=final,
    )
    return JobResult(report=report, transient=not final)


def log_failed(report: RunReport, *, transient: bool) -> None:
    """Log that an attempt failed, and why."""
    log.error(
        "run_failed",
        pipeline=report.pipeline,
        input=report.uri,
        run_id=report.run_id,
        **(trouble(report.error) if report.error else {}),
        transient=transient,
        rows=report.rows.model_dump(),
    )


def _pid(owner: str | None) -> int | None:
    part = (owner or "").split(":")[1:2]
    return int(part[0]) if part and part[0].isdigit() else None
