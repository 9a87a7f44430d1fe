"""Work for worker processes that loads nothing: what becomes of an input stands in its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from csvflow.contract import UnreachableError, Won
from csvflow.core.ledger import Claims
from csvflow.core.pipeline.load import load
from csvflow.core.report import ErrorReport, RunReport
from csvflow.services.jobs import Job, JobResult
from csvflow.services.losses import failed
from csvflow.services.wiring import ledger_of

CODES = {"unconfigured": "config.missing-package"}


def work(job: Job) -> JobResult:
    """Claim the run, do what the name says, note it in ``attempts.log``, finish."""
    project = Path(job.pipeline).parent.parent
    pipeline = load(Path(job.pipeline), project=project, overrides=job.overrides)
    with ledger_of(pipeline) as ledger:
        claims = Claims(ledger, project)
        try:
            return _claimed(job, pipeline, claims, project)
        finally:
            claims.close()


def _claimed(job, pipeline, claims, project):
    event = job.event
    if event.stem == "unbooked" and len(_noted(project)) < 3:
        _note(project, "attempts.log", event.name)
        error = UnreachableError("ledger.unreachable", "the ledger can't be used")
        return JobResult(report=failed(pipeline.name, event, error), transient=True)
    with claims.claim(pipeline.name, event, digest=pipeline.digest) as held:
        report = RunReport(
            run_id="0" * 20,
            pipeline=pipeline.name,
            uri=event.uri,
            version=event.version,
            outcome="skipped",
        )
        if not isinstance(held.claim, Won):
            report.reason = "claimed"
            return JobResult(report=report)
        run = held.claim.run
        report.run_id, report.attempt = run.id, run.attempt
        _note(project, "attempts.log", event.name)
        word = event.stem.split("-", 1)[0]
        if word == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "hang":
            time.sleep(600)
        if word == "slow":
            time.sleep(1)
        fails = (
            word == "bad"
            or (word == "flaky" and run.attempt < 3)
            or (word == "down" and not (project / "up").exists())
        )
        fails = fails or word == "unconfigured"
        report.outcome = "failed" if fails else "succeeded"
        if fails:
            report.error = ErrorReport(code=CODES.get(word, "sink.refused"), message="no")
        else:
            report.rows.read = report.rows.loaded = 1
            _note(project, "loaded.log", event.name)
        transient = fails and word not in {"bad", "unconfigured"}
        held.finish(
            report.outcome,
            report.model_dump(mode="json"),
            content_hash=None,
            transient=transient or (fails and word == "unconfigured"),
        )
        if word == "vanish":
            os.kill(os.getpid(), signal.SIGKILL)
        return JobResult(report=report, transient=transient)


def _noted(project: Path) -> list[str]:
    path = project / "attempts.log"
    return path.read_text().split() if path.exists() else []


def _note(project: Path, name: str, line: str) -> None:
    with (project / name).open("a") as log:
        log.write(line + "\n")
