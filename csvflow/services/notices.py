"""Who is told what after a run. Telling never changes an outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from csvflow.contract import CsvflowError, Ledger, Notice, Notifier, Occasion, Run, Settings
from csvflow.core.logs import get_logger
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.report import RunReport
from csvflow.kit.stores import public

log = get_logger()


def due(pipeline: Pipeline, run: Run, report: RunReport, *, final: bool) -> Notice | None:
    """Return the notice that somebody wants of this end, or None."""
    if report.outcome == "failed" and not final:
        return None
    return _notice(pipeline, report, generation=run.generation)


def tell(pipeline: Pipeline, notice: Notice) -> None:
    """Deliver the notice to each notifier that wants it; a failure is logged."""
    for entry in pipeline.notify:
        if not set(entry.on) & set(notice.occasions):
            continue
        try:
            notifier = cast("Notifier[Settings]", entry.part.make())
            try:
                notifier.notify(notice)
            finally:
                notifier.close()
        except CsvflowError as error:
            log.warning(
                "notice_failed", notifier=entry.part.type, code=error.code, error=str(error)
            )
        except Exception as error:  # noqa: BLE001 - somebody's plugin must not change an outcome
            log.warning("notice_failed", notifier=entry.part.type, error=repr(error))
        else:
            log.debug("notice_sent", notifier=entry.part.type)


def tell_left_over(pipeline: Pipeline, ledger: Ledger[Any], dead: set[str]) -> None:
    """Deliver notices that a killed worker owed: runs finished by owners known to be dead."""
    for record in ledger.unnoticed(pipeline.name):
        if record.report is None or (record.owner is not None and record.owner not in dead):
            continue
        report = RunReport.model_validate(record.report)
        notice = _notice(pipeline, report, generation=record.generation)
        if notice is not None:
            tell(pipeline, notice)
        ledger.noticed(record.run_id)


def _notice(pipeline: Pipeline, report: RunReport, *, generation: int) -> Notice | None:
    occasions: list[Occasion] = []
    if report.outcome == "succeeded":
        occasions.append("succeeded")
        if report.rows.rejected:
            occasions.append("rejected")
    elif report.outcome in ("failed", "dead_lettered"):
        occasions.append("failed")
    if not any(set(entry.on) & set(occasions) for entry in pipeline.notify):
        return None
    return Notice(
        id=f"{report.run_id}-{generation}-{report.outcome}",
        occasions=tuple(occasions),
        run_id=report.run_id,
        pipeline=report.pipeline,
        uri=public(report.uri),
        version=report.version,
        attempt=report.attempt,
        outcome=report.outcome,
        rows=report.rows.model_dump(),
        rejects_by_code=report.rejects.by_code,
        error_code=report.error.code if report.error else None,
        at=datetime.now(UTC),
        duration_secs=report.duration_secs,
    )
