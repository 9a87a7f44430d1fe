"""What a pipeline's source shows, sifted by what the ledger knows: the inputs to be tried."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from csvflow.contract import Event, Ledger, RunRecord, Source
from csvflow.core.ledger import Presence, run_id
from csvflow.core.logs import get_logger
from csvflow.core.pipeline.model import Pipeline, Retry
from csvflow.core.report import Inputs, RunReport
from csvflow.core.retry import REST, failures, is_due, may_pass
from csvflow.services.notices import tell_left_over
from csvflow.services.wiring import ledger_of, made

log = get_logger()

CHUNK = 256
"""Inputs for one question to the ledger: a listing of millions is never held."""


@dataclass
class Entry:
    """An input that is to be tried."""

    feed: Feed
    event: Event
    run_id: str
    failures: int = 0
    """Failed attempts in a row."""
    report: RunReport | None = None
    """Of the last attempt."""
    transient: bool = False
    """Whether the last attempt's error may pass by itself."""


@dataclass
class Survey:
    """What one listing showed."""

    inputs: Inputs = field(default_factory=Inputs)
    not_ready: set[str] = field(default_factory=set)


class Recent:
    """Ids that ended, so that a listing doesn't ask the ledger for all of them each time.

    Keeps between ``size`` and twice as many; those not seen for longest go first.
    """

    def __init__(self, size: int = 1_000_000) -> None:
        self._size = size
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()

    def add(self, name: str) -> None:
        """Remember the id."""
        if len(self._young) >= self._size:
            self._old, self._young = self._young, set()
        self._young.add(bytes.fromhex(name))

    def __contains__(self, name: str) -> bool:
        key = bytes.fromhex(name)
        if key in self._young:
            return True
        if key not in self._old:
            return False
        self.add(name)
        return True


class Feed:
    """One pipeline's inputs."""

    def __init__(
        self, pipeline: Pipeline, source: Source[Any], ledger: Ledger[Any], presence: Presence
    ) -> None:
        self.pipeline = pipeline
        self.source = source
        self.ledger = ledger
        self.presence = presence
        self.retry = pipeline.retry or Retry()
        self.taken: set[str] = set()
        """Runs that are under way here."""
        self.ended = Recent()
        """Runs that aren't to be tried again."""
        self._resting: dict[str, float] = {}
        """Runs that failed and are tried again by a later round, and when that begins."""
        self._began = datetime.now(UTC)
        self._telling = threading.Lock()

    def survey(
        self, told: Survey, *, of: Callable[[str], bool] = lambda _uri: True
    ) -> Iterator[list[Entry]]:
        """Yield the inputs to be tried, from one listing; ``told`` is filled on the way."""
        ready: list[Event] = []
        for sight in self.source.survey():
            if sight.verdict == "filtered" or not of(sight.uri):
                continue
            told.inputs.seen += 1
            if sight.verdict == "not-ready" or sight.event is None:
                told.inputs.not_ready += 1
                told.not_ready.add(sight.uri)
                continue
            ready.append(sight.event)
            if len(ready) == CHUNK:
                yield self._sift(ready, told)
                ready = []
        if ready:
            yield self._sift(ready, told)

    def settle(self, entry: Entry) -> None:
        """Note that the run has ended: for good, or until the next round."""
        self.taken.discard(entry.run_id)
        error = entry.report.error if entry.report is not None else None
        if error is not None and (entry.transient or error.code.startswith("config.")):
            self._resting[entry.run_id] = time.monotonic() + REST.total_seconds()
        else:
            self.ended.add(entry.run_id)

    def give_back(self, entry: Entry) -> None:
        """Note that the run is no longer under way here; a later listing shows it again."""
        self.taken.discard(entry.run_id)

    def tell_failed(self, told: Survey) -> None:
        """Log how many inputs of a listing failed earlier and are left alone."""
        if told.inputs.failed:
            log.warning(
                "inputs_failed_before", pipeline=self.pipeline.name, inputs=told.inputs.failed
            )

    def tell_owed(self) -> None:
        """Deliver the notices that are owed: the receiver was out of reach, or a worker died."""
        if self.pipeline.notify and self._telling.acquire(blocking=False):
            try:
                tell_left_over(self.pipeline, self.ledger, self.presence.is_dead)
            finally:
                self._telling.release()

    def _sift(self, events: Sequence[Event], told: Survey) -> list[Entry]:
        name = self.pipeline.name
        asked: dict[str, Event] = {}
        for event in events:
            known = run_id(name, event.uri, event.version)
            if known in self.ended or known in self.taken:
                told.inputs.known += 1
            elif self._rests(known):
                told.inputs.known += 1
                told.inputs.failed += 1
            else:
                asked[known] = event
        records = self.ledger.known(name, list(asked)) if asked else {}
        entries = []
        digest, since = self.pipeline.digest, max(self._began, datetime.now(UTC) - REST)
        for key, event in asked.items():
            record = records.get(key)
            if self._held(record):
                told.inputs.known += 1
            elif is_due(record, digest=digest, attempts=self.retry.attempts, since=since):
                told.inputs.new += 1
                self.taken.add(key)
                failed = failures(record, digest=digest, since=since)
                entries.append(Entry(self, event, key, failed))
            elif record is not None:
                told.inputs.known += 1
                told.inputs.failed += record.state in {"failed", "dead_lettered"}
                if not may_pass(record, digest=digest):
                    self.ended.add(key)
        return entries

    def _rests(self, key: str) -> bool:
        """Tell whether the run failed here and its next round hasn't begun."""
        until = self._resting.get(key)
        if until is not None and until <= time.monotonic():
            del self._resting[key]
            return False
        return until is not None

    def _held(self, record: RunRecord | None) -> bool:
        """Tell whether a living worker has the run."""
        if record is None or record.state != "claimed":
            return False
        if record.owner is None or record.lease_until is None:
            return False
        return record.lease_until > datetime.now(UTC) and not self.presence.is_dead(record.owner)


def open_feeds(pipelines: Sequence[Pipeline], until: ExitStack) -> list[Feed]:
    """Open the pipelines' sources and ledgers; ``until`` closes them."""
    feeds = []
    for pipeline in pipelines:
        source = until.enter_context(made(pipeline))
        ledger = until.enter_context(ledger_of(pipeline))
        feeds.append(Feed(pipeline, source, ledger, Presence(pipeline.project)))
    return feeds
