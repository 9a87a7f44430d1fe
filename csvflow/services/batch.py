"""Everything new, once: for cron. Safe beside another batch or a watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from csvflow.contract import CsvflowError
from csvflow.core.logs import get_logger, trouble
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.progress import Progress, Silent
from csvflow.core.report import Inputs, Report, RunReport
from csvflow.services.alone import at_work
from csvflow.services.dispatch import Crew, Dispatcher
from csvflow.services.feed import Entry, Feed, Survey, open_feeds
from csvflow.services.stop import Stop, heeding_signals
from csvflow.services.wiring import pipelines

log = get_logger()


def run_batch(
    *,
    pipeline: str | None = None,
    project: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    jobs: int | None = None,
    max_files: int | None = None,
    timeout_secs: float | None = None,
    exclusive: bool = False,
    progress: Progress | None = None,
    on_report: Callable[[RunReport], None] = lambda _report: None,
    on_error: Callable[[CsvflowError], None] = lambda _error: None,
) -> Report:
    """Load everything new of one pipeline, or of all of the project's.

    After ``timeout_secs`` no input is begun. Raises ``RunError`` (``run.busy``) if
    ``exclusive`` and another batch or a watch is at a pipeline; ``KeyboardInterrupt`` after
    draining. A source or ledger out of reach is told to ``on_error`` and is in the report; the
    other pipelines' inputs are loaded.
    """
    crew = Crew(jobs=jobs, project=project, overrides=overrides or {})
    return batch_of(
        pipelines(pipeline, project, overrides or {}),
        crew,
        max_files=max_files,
        timeout_secs=timeout_secs,
        exclusive=exclusive,
        progress=progress,
        on_report=on_report,
        on_error=on_error,
    )


def batch_of(
    given: Sequence[Pipeline],
    crew: Crew,
    *,
    max_files: int | None = None,
    timeout_secs: float | None = None,
    exclusive: bool = False,
    progress: Progress | None = None,
    on_report: Callable[[RunReport], None] = lambda _report: None,
    on_error: Callable[[CsvflowError], None] = lambda _error: None,
) -> Report:
    """Load everything new of these pipelines, once."""
    stop = Stop()
    with ExitStack() as until:
        for pipeline in given:
            until.enter_context(at_work(pipeline, exclusive=exclusive))
        batch = _Batch(
            crew, stop, max_files, timeout_secs, progress or Silent(), on_report, on_error
        )
        with heeding_signals(stop):
            batch.run(open_feeds(given, until))
    return Report.of(batch.reports, batch.inputs, batch.errors)


class _Batch:
    def __init__(
        self,
        crew: Crew,
        stop: Stop,
        max_files: int | None,
        timeout_secs: float | None,
        progress: Progress,
        on_report: Callable[[RunReport], None],
        on_error: Callable[[CsvflowError], None],
    ) -> None:
        self.reports: list[RunReport] = []
        self.inputs = Inputs()
        self.errors: list[CsvflowError] = []
        self._left = max_files
        self._deadline = None if timeout_secs is None else time.monotonic() + timeout_secs
        self._stop = stop
        self._progress = progress
        self._on_report = on_report
        self._on_error = on_error
        self._dispatcher = Dispatcher(crew, self._settled)
        stop.on_request = self._dispatcher.wake
        stop.on_insist = self._dispatcher.kill

    def run(self, feeds: Sequence[Feed]) -> None:
        """Offer all that is ready, then once more what wasn't, and wait for the ends."""
        try:
            waiting: list[tuple[Feed, Survey, float]] = []
            for feed in feeds:
                if told := self._survey(feed, None):
                    ready_at = time.monotonic() + feed.source.settle_secs()
                    waiting.append((feed, told, ready_at))
            for feed, told, ready_at in waiting:
                if not told.not_ready:
                    continue
                while (pause := ready_at - time.monotonic()) > 0 and not self._over:
                    self._dispatcher.step(pause)
                self._survey(feed, told)
            while not self._dispatcher.idle and not self._stop.requested:
                self._dispatcher.step(None)
        finally:
            self._dispatcher.drain()

    @property
    def _over(self) -> bool:
        """Whether no further input is to be begun."""
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return late or self._left == 0 or self._stop.requested

    def _survey(self, feed: Feed, before: Survey | None) -> Survey | None:
        """Offer what a listing shows; with ``before``, only what wasn't ready then."""
        told = Survey()
        among = (lambda _uri: True) if before is None else before.not_ready.__contains__
        try:
            if before is None:
                feed.tell_owed()
            for entries in feed.survey(told, of=among):
                for entry in entries:
                    self._offer(entry)
                if self._over:
                    break
        except CsvflowError as error:
            self._fail(feed.pipeline, error)
            return None
        finally:
            self._count(told, before)
            feed.tell_failed(told)
        return told

    def _fail(self, pipeline: Pipeline, error: CsvflowError) -> None:
        if error.place is None:
            error.place = pipeline.source.place
        log.error("survey_failed", pipeline=pipeline.name, **trouble(error))
        self.errors.append(error)
        self._on_error(error)

    def _offer(self, entry: Entry) -> None:
        while not self._over and not self._dispatcher.room:
            self._dispatcher.step(self._until_deadline())
        if self._over:
            entry.feed.give_back(entry)
            return
        if self._left is not None:
            self._left -= 1
        self._dispatcher.offer(entry)

    def _until_deadline(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def _count(self, told: Survey, before: Survey | None) -> None:
        self.inputs.new += told.inputs.new
        self.inputs.known += told.inputs.known
        self.inputs.failed += told.inputs.failed
        self.inputs.not_ready += told.inputs.not_ready
        self.inputs.seen += told.inputs.seen
        if before is not None:
            # Seen for the second time: they count as what they are now.
            self.inputs.seen -= before.inputs.not_ready
            self.inputs.not_ready -= before.inputs.not_ready

    def _settled(self, entry: Entry, report: RunReport) -> None:
        entry.feed.settle(entry)
        if report.outcome == "skipped" and report.attempt == 0:
            # Another worker was quicker: this batch never had it.
            self.inputs.new -= 1
            self.inputs.known += 1
            return
        self.reports.append(report)
        self._progress.advance(report.bytes, report.rows.read)
        self._on_report(report)
