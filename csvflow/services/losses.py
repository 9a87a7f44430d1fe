"""Attempts that ended without a word: the worker died, or took too long and was ended."""

from __future__ import annotations

from typing import Any

from csvflow.contract import CsvflowError, Event, Ledger, Run
from csvflow.core.ledger import run_id
from csvflow.core.report import ErrorReport, RunReport
from csvflow.services.jobs import JobResult


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
    ledger: Ledger[Any], report: RunReport, event: Event, pid: int, *, notice_due: bool
) -> JobResult:
    """Enter in the ledger that the attempt which process ``pid`` had claimed failed.

    Returns what became of the run: the process may have died after it had finished.
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
        transient=True,
        notice_due=notice_due,
    )
    return JobResult(report=report, transient=True)


def _pid(owner: str | None) -> int | None:
    part = (owner or "").split(":")[1:2]
    return int(part[0]) if part and part[0].isdigit() else None
