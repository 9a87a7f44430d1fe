"""What a worker process does: takes one event after another through pipelines it loaded once."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from csvflow.core.pipeline.load import load
from csvflow.services.jobs import Job, JobResult
from csvflow.services.process import Options, process
from csvflow.services.wiring import Station, opened

_stations: dict[tuple[str, ...], Station] = {}
_open = ExitStack()


def work(job: Job) -> JobResult:
    """Process the job's event in this process."""
    station = _station(job)
    done = process(
        station.pipeline,
        job.event,
        station.source,
        station.claims,
        options=Options(may_retry=job.may_retry),
    )
    return JobResult(report=done.report, transient=done.transient)


def close() -> None:
    """Let go of sources and ledgers; called once, at the worker's end."""
    _stations.clear()
    _open.close()


def _station(job: Job) -> Station:
    key = (job.pipeline, job.project or "", *map("=".join, sorted(job.overrides.items())))
    if key not in _stations:
        project = Path(job.project) if job.project else None
        pipeline = load(Path(job.pipeline), project=project, overrides=job.overrides)
        _stations[key] = _open.enter_context(opened(pipeline))
    return _stations[key]
