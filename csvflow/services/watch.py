"""Everything new, from now until it is stopped.

The listing is the truth: each pipeline's source is surveyed every ``poll``, and at once when the
source rings. What a listing shows and the ledger doesn't know goes to the worker processes; a
source or ledger out of reach is asked again later, and the other pipelines go on.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from csvflow.contract import CsvflowError
from csvflow.core.logs import get_logger, trouble
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.report import RunReport
from csvflow.core.retry import pause_secs
from csvflow.services.alone import at_work
from csvflow.services.dispatch import Crew, Dispatcher
from csvflow.services.feed import CHUNK, Entry, Feed, Survey, open_feeds
from csvflow.services.stop import Stop, heeding_signals
from csvflow.services.wiring import pipelines

log = get_logger()

REST = 2.0
"""A listing is followed by a rest of so many times its own length: a third of one core at most."""
OWED_SECS = 60.0
"""How often notices that are owed are tried again."""
CLOSE_SECS = 2.0
"""How long the end waits for such a notice that is under way."""
OUTAGE_SECS = 600.0
"""How often a source that stays out of reach is told of."""
SLACK_SECS = 0.05
"""Added to ``settle``: a listing just before its end would have to be repeated."""


def run_watch(
    *,
    pipeline: str | None = None,
    project: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    jobs: int | None = None,
    attempt_secs: float | None = None,
    on_report: Callable[[RunReport], None] = lambda _report: None,
) -> int:
    """Load everything new of one pipeline, or of all of the project's, as it arrives.

    Ends by a signal: drains, then raises ``KeyboardInterrupt`` as the caller's handlers do.
    """
    crew = Crew(jobs=jobs, project=project, overrides=overrides or {}, attempt_secs=attempt_secs)
    return watch_of(pipelines(pipeline, project, overrides or {}), crew, on_report=on_report)


def watch_of(
    given: Sequence[Pipeline],
    crew: Crew,
    *,
    on_report: Callable[[RunReport], None] = lambda _report: None,
    stop: Stop | None = None,
) -> int:
    """Load everything new of these pipelines, until a signal or ``stop.request()``."""
    stop = stop or Stop()
    with ExitStack() as until, heeding_signals(stop):
        for pipeline in given:
            until.enter_context(at_work(pipeline, exclusive=False))
        watcher = Watcher(open_feeds(given, until), crew, on_report=on_report, stop=stop)
        watcher.run()
    return 0


@dataclass(frozen=True)
class Snapshot:
    """How a watch stands, for people."""

    running: Sequence[tuple[str, str, float]]
    """Pipeline, uri and seconds of each input that the workers have."""
    waiting: int
    """Inputs that were seen and wait for a worker."""
    retrying: int
    """Inputs that wait for their next attempt."""
    ended: Mapping[str, int]
    """How many ended with which outcome."""


class Watcher:
    """Surveys sources and keeps workers busy, in one thread."""

    def __init__(
        self,
        feeds: Sequence[Feed],
        crew: Crew,
        *,
        on_report: Callable[[RunReport], None],
        stop: Stop,
    ) -> None:
        self._stop = stop
        self._on_report = on_report
        self._ended: dict[str, int] = {}
        self._dispatcher = Dispatcher(crew, self._settled)
        self._watches = [_Watch(feed) for feed in feeds]
        stop.on_request = self._dispatcher.wake
        stop.on_insist = self._dispatcher.kill

    def snapshot(self) -> Snapshot:
        """Return how the watch stands; from ``on_report``, or once it has ended."""
        now = time.monotonic()
        running = [
            (entry.feed.pipeline.name, entry.event.uri, now - since)
            for entry, since in self._dispatcher.running.values()
        ]
        waiting = sum(len(watch.backlog) for watch in self._watches)
        return Snapshot(running, waiting, self._dispatcher.retrying, dict(self._ended))

    def run(self) -> None:
        """Watch until asked to stop, then drain."""
        with ExitStack() as bells:
            try:
                for watch in self._watches:
                    bells.callback(watch.feed.source.wake(self._bell(watch)))
                    log.info("watch_started", pipeline=watch.feed.pipeline.name)
                while not self._stop.requested:
                    self._turn()
                log.info("watch_draining", running=len(self._dispatcher.running))
            finally:
                self._dispatcher.drain()
                for watch in self._watches:
                    watch.close()
        log.info("watch_ended")

    def _turn(self) -> None:
        for watch in self._watches:
            watch.look()
            watch.tell_owed()
        self._offer()
        due = (min(watch.next_look, watch.next_owed) for watch in self._watches)
        wake_at = min(due, default=math.inf)
        pause = max(0.0, wake_at - time.monotonic())
        self._dispatcher.step(None if math.isinf(pause) else pause)

    def _offer(self) -> None:
        """Give each pipeline its turn, so that a burst in one doesn't hold up the others."""
        waiting = [watch.backlog for watch in self._watches if watch.backlog]
        while waiting and self._dispatcher.room:
            backlog = waiting.pop(0)
            self._dispatcher.offer(backlog.popleft())
            if backlog:
                waiting.append(backlog)

    def _bell(self, watch: _Watch) -> Callable[[], None]:
        def ring() -> None:
            if not watch.rung:
                watch.rung = True
                self._dispatcher.wake()

        return ring

    def _settled(self, entry: Entry, report: RunReport) -> None:
        unclaimed = report.error is not None and report.error.code == "ledger.unreachable"
        if unclaimed or (report.outcome == "skipped" and report.reason == "claimed"):
            # Nobody knows of it yet, or another worker has it and may lose it: the listing
            # shows it again.
            entry.feed.give_back(entry)
            return
        entry.feed.settle(entry)
        if report.outcome == "skipped" and report.attempt == 0:
            return
        self._ended[report.outcome] = self._ended.get(report.outcome, 0) + 1
        self._on_report(report)


class _Watch:
    """One pipeline's listings: when the next is due, and what the present one showed."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.backlog: deque[Entry] = deque()
        self.rung = False
        self._listing: Iterator[list[Entry]] | None = None
        self._told = Survey()
        self._spent = 0.0
        self._failures = 0
        self._outage_told_at: float | None = None
        self._first = True
        self._teller: threading.Thread | None = None
        self._owed_at = 0.0
        self._due_at = 0.0
        self._not_before = 0.0

    @property
    def next_look(self) -> float:
        """When ``look`` has something to do, on the monotonic clock."""
        if self._listing is not None:
            # While the backlog is full, the end of a run is what to wait for.
            return 0.0 if len(self.backlog) < CHUNK else math.inf
        return max(self._not_before, 0.0 if self.rung else self._due_at)

    def look(self) -> None:
        """Take one step of a listing, if there is one to take."""
        began = time.monotonic()
        if began < self.next_look:
            return
        try:
            if self._listing is None:
                self.rung = False
                self._told = Survey()
                self._spent = 0.0
                self._listing = self.feed.survey(self._told)
            entries = next(self._listing, None)
        except CsvflowError as error:
            if error.code.startswith("ledger.") and error.code != "ledger.unreachable":
                raise
            self._tell_outage(error, began)
            self._fail()
        except Exception:  # one pipeline's source must not stop the others
            log.exception("internal_fault", pipeline=self.feed.pipeline.name)
            self._fail()
        else:
            self._failures = 0
            if self._outage_told_at is not None:
                self._outage_told_at = None
                log.info("survey_recovered", pipeline=self.feed.pipeline.name)
            self._spent += time.monotonic() - began
            if entries is None:
                self._end()
            else:
                self.backlog.extend(entries)

    def tell_owed(self) -> None:
        """Have notices that are owed delivered, beside everything else: it may take its time."""
        now = time.monotonic()
        if now < self.next_owed:
            return
        self._owed_at = now + OWED_SECS
        if self._teller is not None and self._teller.is_alive():
            return
        self._teller = threading.Thread(
            target=self._tell_owed, name=f"notices-{self.feed.pipeline.name}", daemon=True
        )
        self._teller.start()

    @property
    def next_owed(self) -> float:
        """When ``tell_owed`` has something to do, on the monotonic clock."""
        return self._owed_at if self.feed.pipeline.notify else math.inf

    def close(self) -> None:
        """Let a notice under way go out, for a moment: what doesn't, stays owed."""
        if self._teller is not None:
            self._teller.join(CLOSE_SECS)

    def _tell_owed(self) -> None:
        try:
            self.feed.tell_owed()
        except CsvflowError as error:
            log.warning("ledger_unreachable", pipeline=self.feed.pipeline.name, **trouble(error))
        except Exception:  # as in `look`
            log.exception("internal_fault", pipeline=self.feed.pipeline.name)

    def _tell_outage(self, error: CsvflowError, now: float) -> None:
        told = self._outage_told_at
        if told is None or now - told >= OUTAGE_SECS:
            self._outage_told_at = now
            log.warning("survey_failed", pipeline=self.feed.pipeline.name, **trouble(error))

    def _end(self) -> None:
        if self._first:
            self._first = False
            self.feed.tell_failed(self._told)
        now = time.monotonic()
        poll = self.feed.pipeline.poll_secs
        settle = self.feed.source.settle_secs()
        if self._told.not_ready and settle:
            poll = min(poll, settle + SLACK_SECS)
        self._due_at = now + poll
        self._not_before = now + min(REST * self._spent, poll)
        self._listing = None

    def _fail(self) -> None:
        self._failures += 1
        pause = max(pause_secs(self.feed.retry, self._failures), SLACK_SECS)
        self._listing = None
        self._due_at = self._not_before = time.monotonic() + pause
