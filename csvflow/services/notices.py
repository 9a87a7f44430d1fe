"""Who is told what after a run. Telling never changes an outcome.

A notice that a notifier didn't take stays due in the ledger: every ``batch``, and ``watch`` each
minute, tries it again, for a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from csvflow.contract import (
    CsvflowError,
    Ledger,
    Notice,
    Notifier,
    Occasion,
    Run,
    RunRecord,
    Settings,
)
from csvflow.core.logs import bound, get_logger, trouble
from csvflow.core.pipeline.model import Part, Pipeline
from csvflow.core.report import RunReport
from csvflow.kit.stores import public

log = get_logger()

FIRST_TELLER: Final = timedelta(minutes=2)
"""For so long a notice is the business of the worker that finished the run, while it lives."""
GIVE_UP: Final = timedelta(hours=24)
PATIENCE_SECS: Final = 10.0
"""After so long, the next notice that fails ends the telling of those that are owed."""


def due(pipeline: Pipeline, run: Run, report: RunReport, *, final: bool) -> Notice | None:
    """Return the notice that somebody wants of this end, or None."""
    if report.outcome == "failed" and not final:
        return None
    return _notice(pipeline, report, generation=run.generation)


def tell(pipeline: Pipeline, notice: Notice) -> bool:
    """Deliver the notice to each notifier that wants it; tell whether all of them took it.

    A failure is logged. What all of them are told again keeps its id.
    """
    wanted = [entry.part for entry in pipeline.notify if set(entry.on) & set(notice.occasions)]
    told = [_told(part, notice) for part in wanted]
    return all(told)


def tell_left_over(pipeline: Pipeline, ledger: Ledger[Any], is_dead: Callable[[str], bool]) -> None:
    """Deliver the notices that are owed, and give up those that are for a day.

    Whoever finished a run tells of it first: its notices are left alone for two minutes, unless
    it is known to be dead. A receiver that makes everybody wait is asked no further this time.
    """
    began = time.monotonic()
    for record in ledger.unnoticed(pipeline.name):
        if record.report is None:
            continue
        age = _age(record)
        if record.owner is not None and age < FIRST_TELLER and not is_dead(record.owner):
            continue
        report = RunReport.model_validate(record.report)
        notice = _notice(pipeline, report, generation=record.generation)
        with bound(pipeline=pipeline.name, input=report.uri, run_id=record.run_id):
            if notice is None or tell(pipeline, notice):
                ledger.noticed(record.run_id)
            elif age >= GIVE_UP:
                log.warning("notice_given_up", notice=notice.id)
                ledger.noticed(record.run_id)
            elif time.monotonic() - began > PATIENCE_SECS:
                return


def _told(part: Part, notice: Notice) -> bool:
    try:
        notifier = cast("Notifier[Settings]", part.make())
        try:
            notifier.notify(notice)
        finally:
            notifier.close()
    except CsvflowError as error:
        log.warning("notice_failed", notifier=part.type, **trouble(error))
        return False
    except Exception as error:  # noqa: BLE001 - somebody's plugin must not change an outcome
        log.warning("notice_failed", notifier=part.type, error=repr(error))
        return False
    log.debug("notice_sent", notifier=part.type)
    return True


def _age(record: RunRecord) -> timedelta:
    return datetime.now(UTC) - (record.ended_at or record.attempted_at)


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
