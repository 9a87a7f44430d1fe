"""Inputs to worker processes, results back, and another attempt where one may help."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue

from csvflow.contract import CsvflowError, InputError, RunError
from csvflow.core.logs import get_logger, trouble
from csvflow.core.report import RunReport
from csvflow.core.retry import pause_secs
from csvflow.services.feed import Entry
from csvflow.services.jobs import Job, JobResult
from csvflow.services.losses import enter_loss, failed
from csvflow.services.workers import WORK, Done, Pool

log = get_logger()


@dataclass(frozen=True)
class Crew:
    """How many workers there are, and what they are told."""

    jobs: int | None = None
    """None: one a core that this process may use."""
    project: Path | None = None
    """``--project``, where it was given."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    attempt_secs: float | None = None
    """How long one attempt may take before its worker is ended."""
    grace_secs: float = 4.0
    """How long attempts under way may take to end when the command is to stop."""
    work: str = WORK

    @property
    def size(self) -> int:
        """The number of worker processes."""
        return self.jobs or len(os.sched_getaffinity(0))


class Dispatcher:
    """Keeps workers busy. One thread calls it; ``wake`` may be called from any."""

    def __init__(self, crew: Crew, settled: Callable[[Entry, RunReport], None]) -> None:
        self._crew = crew
        self._settled = settled
        self._inbox: SimpleQueue[Done[Entry] | None] = SimpleQueue()
        self._pool: Pool[Entry] = Pool(
            crew.size, self._inbox.put, work=crew.work, attempt_secs=crew.attempt_secs
        )
        self._order = count()
        self._later: list[tuple[float, int, Entry]] = []
        self.running: dict[str, tuple[Entry, float]] = {}
        """What the workers have, and since when; by pipeline and run."""

    @property
    def room(self) -> bool:
        """Whether a worker is idle or about to be: each has its next job at hand."""
        return len(self.running) < 2 * self._crew.size

    @property
    def retrying(self) -> int:
        """How many inputs wait for their next attempt."""
        return len(self._later)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or waits for another attempt."""
        return not self.running and not self._later

    def offer(self, entry: Entry) -> None:
        """Have the input tried."""
        feed = entry.feed
        self.running[_key(entry)] = (entry, time.monotonic())
        job = Job(
            pipeline=str(feed.pipeline.path),
            project=None if self._crew.project is None else str(self._crew.project),
            overrides=dict(self._crew.overrides),
            event=entry.event,
            may_retry=entry.failures + 1 < feed.retry.attempts,
        )
        self._pool.submit(entry, feed.pipeline.name, job)

    def wake(self) -> None:
        """Have ``step`` return, from any thread or a signal handler."""
        self._inbox.put(None)

    def step(self, secs: float | None) -> None:
        """Wait for something to happen, at most so long, and deal with all that did."""
        self._offer_due()
        if self._later and self.room:
            until = max(0.0, self._later[0][0] - time.monotonic())
            secs = until if secs is None else min(secs, until)
        try:
            done = self._inbox.get(timeout=secs)
            while True:
                if done is not None:
                    self._take(done)
                done = self._inbox.get_nowait()
        except Empty:
            self._offer_due()

    def drain(self) -> None:
        """End in good order: what is under way ends or is aborted, nothing new begins."""
        self._pool.drain(self._crew.grace_secs)
        self._later.clear()
        while self.running:
            try:
                done = self._inbox.get_nowait()
            except Empty:
                return
            if done is not None:
                self._take(done)

    def kill(self) -> None:
        """End all workers at once. Their runs are void, and free for the next worker."""
        self._pool.kill()

    def _offer_due(self) -> None:
        while self._later and self.room and self._later[0][0] <= time.monotonic():
            _, _, entry = heapq.heappop(self._later)
            try:
                there = entry.feed.source.confirm(entry.event)
            except InputError:
                there = False
            except CsvflowError:
                there = True  # out of reach, perhaps: the attempt finds out
            if there:
                self.offer(entry)
            elif entry.report is not None:
                # Another version may be there; the listing shows it as an input of its own.
                self._settled(entry, entry.report)

    def _take(self, done: Done[Entry]) -> None:
        entry = done.task
        self.running.pop(_key(entry), None)
        if done.fault == "interrupted":
            entry.feed.give_back(entry)
            return
        result = done.result or self._lost(entry, done)
        report, transient = result.report, result.transient
        entry.report, entry.transient = report, transient
        if report.outcome != "failed":
            self._settled(entry, report)
            return
        entry.failures += 1
        if not transient or entry.failures >= entry.feed.retry.attempts:
            self._settled(entry, report)
            return
        pause = pause_secs(entry.feed.retry, entry.failures)
        log.info(
            "retry_planned",
            pipeline=report.pipeline,
            input=report.uri,
            run_id=report.run_id,
            failures=entry.failures,
            pause_secs=round(pause, 3),
        )
        heapq.heappush(self._later, (time.monotonic() + pause, next(self._order), entry))

    def _lost(self, entry: Entry, done: Done[Entry]) -> JobResult:
        feed = entry.feed
        report = failed(feed.pipeline.name, entry.event, self._error(entry, done))
        final = entry.failures + 1 >= feed.retry.attempts
        log.error(
            "worker_lost",
            pipeline=report.pipeline,
            input=report.uri,
            run_id=report.run_id,
            exit_code=done.exit_code,
            **(trouble(report.error) if report.error else {}),
        )
        try:
            result = enter_loss(feed.ledger, report, entry.event, done.pid, final=final)
            feed.tell_owed()
        except CsvflowError as error:
            log.warning("ledger_unreachable", **trouble(error))
            return JobResult(report=report, transient=True)
        return result

    def _error(self, entry: Entry, done: Done[Entry]) -> RunError:
        if done.fault == "too-long":
            return RunError(
                "run.too-long",
                f"the attempt took longer than {self._crew.attempt_secs:g} s and was ended",
                hint="nothing is half loaded; allow more time, or look at what holds it up",
                place=entry.event.uri,
            )
        code = done.exit_code or 0
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return RunError(
            "run.worker-died",
            f"the worker process ended {how} while it had this input",
            hint="nothing is half loaded; signal 9 mostly means that memory ran out",
            place=entry.event.uri,
        )


def _key(entry: Entry) -> str:
    return f"{entry.feed.pipeline.name}\0{entry.run_id}"
