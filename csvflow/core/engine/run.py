"""The run: one claimed event through one pipeline, from its bytes to committed rows.

Reads as the algorithm of the design (§3):

    intake ─▶ rows ─▶ steps ─▶ sinks: stage
    rejects commit ─▶ sinks commit, each with its receipt in the ledger

What comes before (claim) and after (finish, ack, notices) is in ``services/process.py``.
A crash at any point is healed by doing it again: staging is removed by the next ``open``, a
commit that was made is found by its marker or its name, a receipt in the ledger skips its sink.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from csvflow.contract import CsvflowError, Receipt, Run, Sink, Source
from csvflow.core.columns.typing import BoundTyping
from csvflow.core.engine import faults
from csvflow.core.engine.accounts import by_name, check_receipt, settle
from csvflow.core.engine.compose import bind, compose, text_schema
from csvflow.core.engine.flow import Flow
from csvflow.core.engine.footer import refuse_records
from csvflow.core.engine.outlets import Outlet, outlets
from csvflow.core.engine.rejects import Rejects
from csvflow.core.engine.stream import Stream
from csvflow.core.intake import Intake, take
from csvflow.core.interrupts import Shielded, check
from csvflow.core.logs import get_logger
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.progress import Progress
from csvflow.core.report import ColumnsReport, ErrorReport, Reason, RejectsReport, RunReport

log = get_logger()


@dataclass(frozen=True)
class Ties:
    """What binds an attempt to its claim; the defaults are those of a run without a ledger."""

    renew: Callable[[], bool] = lambda: True
    """Prolong the lease; False if it is lost."""
    record: Callable[[str, Receipt], bool] = lambda _sink, _receipt: True
    """Keep a sink's receipt in the ledger; False if the claim is lost."""
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    """Sinks that an earlier attempt of this generation committed."""
    replaces: frozenset[str] = frozenset()
    """Sinks that committed in an earlier generation."""
    known_content: Callable[[str], Reason | None] | None = None
    """Tell from the content's hash whether there is nothing to do. None: don't ask."""


@dataclass
class Attempt:
    """One attempt. ``execute`` never raises what is the input's, a sink's or a rule's fault."""

    pipeline: Pipeline
    run: Run
    source: Source[Any]
    scratch: Path
    progress: Progress
    ties: Ties = field(default_factory=Ties)
    limit: int | None = None
    """Take only so many records; such a run is never in a ledger."""
    dry_run: bool = False
    """Write nothing: no sink and no rejects are opened."""

    error: CsvflowError | None = field(default=None, init=False)

    def execute(self) -> RunReport:
        """Return what became of the input; ``error`` keeps what failed it."""
        event = self.run.event
        self.report = RunReport(
            run_id=self.run.id,
            pipeline=self.pipeline.name,
            uri=event.uri,
            version=event.version,
            attempt=self.run.attempt,
            outcome="succeeded",
        )
        try:
            self.progress.begin(event.name, event.size)
            intake = take(
                self.source, event, self.pipeline.csv, self.scratch, progress=self.progress
            )
            try:
                self._through(intake)
            finally:
                self.report.bytes = intake.stored_bytes
                self.report.content_hash = intake.content_hash
                self.report.dialect = intake.dialect.as_report()
                with Shielded():
                    intake.close()
        except CsvflowError as error:
            if error.place is None:
                error.place = event.uri
            self._fail(error)
        except OSError as error:
            self._fail(faults.io_error(error, event))
        except Exception as error:  # one input's fault must not end the runs of others
            log.exception("internal_fault")
            self._fail(faults.broken(error, event))
        return self.report

    def _fail(self, error: CsvflowError) -> None:
        # An interrupt in a callback comes out of a foreign library as that library's error.
        check()
        self.error = error
        if error.__cause__ is not None:
            log.debug("run_error_cause", exc_info=error)
        self.report.outcome = "failed"
        self.report.error = ErrorReport.of(error)

    def _through(self, intake: Intake) -> None:
        if self.ties.known_content is not None:
            self.report.reason = self.ties.known_content(intake.hash_now())
            if self.report.reason is not None:
                self.report.outcome = "skipped"
                return
        if not intake.header:
            self._judge_empty()
            self.report.outcome = "skipped"
            return
        captures = self.run.event.captures
        bound = self._bind(intake)
        text = text_schema(intake.header, captures, bound.schema.names)
        if self.pipeline.csv.footer != "auto" and self.pipeline.csv.footer:
            refuse_records(intake, bound, text, captures, self.pipeline.csv.footer)
        plan = compose(self.pipeline, text, bound, captures)
        opened = self._outlets(plan.schema)
        flow = Flow(
            plan,
            scratch=self.scratch,
            now=self.run.started_at,
            memory_bytes=self.pipeline.memory_bytes,
        )
        rejects = Rejects(self._rejects_sink(), self.run, intake)
        try:
            for outlet in opened:
                if outlet.receipt is None:
                    outlet.sink.open(self.run, outlet.schema)
            stream = Stream(
                intake,
                flow,
                rejects,
                [outlet.write for outlet in opened],
                captures=_declared(captures, text),
                limit=self.limit,
                judge=lambda: self._judge_rejects(stream.read, rejects, final=False),
            )
            stream.run()
            self._judge_version()
            self._judge_rejects(stream.read, rejects, final=True)
            self.report.rows = settle(
                read=stream.read,
                damaged=stream.damaged,
                refused=rejects.rows,
                steps=flow.counts,
                sent=stream.sent,
            )
            log.debug("steps_counted", steps=by_name(flow.counts))
            if stream.read == 0:
                self._judge_empty()
            self._commit(rejects, opened, stream.sent)
        except BaseException:
            with Shielded():
                for outlet in opened:
                    outlet.sink.abort()
                if self.report.rejects.uri is None:
                    rejects.abort()
            raise
        finally:
            with Shielded():
                flow.close()
                for outlet in opened:
                    outlet.sink.close()

    def _bind(self, intake: Intake) -> BoundTyping:
        self.report.columns = ColumnsReport(notes=intake.notes)
        bound = bind(self.pipeline, intake.header, self.run.event.captures, intake.sample)
        self.report.columns = told = ColumnsReport.of(intake.notes, bound.report)
        differs = told.model_dump(exclude_defaults=True)
        if told.likely:
            log.warning("columns_differ", **differs)
        elif differs:
            log.info("columns_differ", **differs)
        return bound

    def _outlets(self, schema: pa.Schema) -> list[Outlet]:
        if self.dry_run:
            return []
        ties = self.ties
        return outlets(
            self.pipeline, schema, self.run, receipts=ties.receipts, replaces=ties.replaces
        )

    def _rejects_sink(self) -> Sink[Any] | None:
        sink = None if self.dry_run else self.pipeline.rejects.sink.make()
        return sink if isinstance(sink, Sink) else None

    def _judge_version(self) -> None:
        if not self.source.confirm(self.run.event):
            raise faults.changed()

    def _judge_rejects(self, read: int, rejects: Rejects, *, final: bool) -> None:
        limit = self.pipeline.rejects.max
        if not (
            limit.surely_broken(rejects.rows) or (final and not limit.allows(rejects.rows, read))
        ):
            return
        rejects.commit()
        self._tell_rejects(rejects)
        self.report.rows.read = read
        self.report.rows.rejected = rejects.rows
        raise faults.too_many_rejects(
            self.pipeline, self.run, read, rejects, final=final, dry_run=self.dry_run
        )

    def _judge_empty(self) -> None:
        self.report.reason = "empty"
        if self.pipeline.empty == "fail":
            raise faults.empty()
        if self.pipeline.empty == "warn":
            log.warning("input_empty")

    def _commit(self, rejects: Rejects, opened: Sequence[Outlet], sent: int) -> None:
        self.progress.phase("committing")
        # Rejects first: rows must never be loaded while those refused are nowhere.
        rejects.commit()
        self._tell_rejects(rejects)
        for outlet in opened:
            if outlet.receipt is None:
                check()
                # The lease is renewed last of all, so that no successor commits beside us.
                self._hold()
                outlet.receipt = outlet.sink.commit()
                check_receipt(f"sink `{outlet.part.type}`", sent, outlet.receipt)
                if not self.ties.record(outlet.part.key, outlet.receipt):
                    raise faults.lease_lost()
            check_receipt(f"sink `{outlet.part.type}`", sent, outlet.receipt)
            self.report.sinks.append(outlet.report())

    def _hold(self) -> None:
        if not self.ties.renew():
            raise faults.lease_lost()

    def _tell_rejects(self, rejects: Rejects) -> None:
        self.report.rejects = RejectsReport(
            uri=rejects.uri, rows=rejects.rows, by_code=dict(sorted(rejects.by_code.items()))
        )


def _declared(captures: Mapping[str, str], text: pa.Schema) -> Mapping[str, str]:
    return {name: value for name, value in captures.items() if name in text.names}
