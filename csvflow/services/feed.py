"""What a pipeline's source shows, sifted by what the ledger knows: the inputs to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from csvflow.contract import Event, Ledger, RunRecord, Source
from csvflow.core.ledger import Presence, run_id
from csvflow.core.pipeline.model import Pipeline, Retry
from csvflow.core.report import Inputs, RunReport
from csvflow.core.retry import is_due
from csvflow.services.notices import tell_left_over
from csvflow.services.wiring import ledger_of, made

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
        """Note that the run has ended for good."""
        self.taken.discard(entry.run_id)
        self.ended.add(entry.run_id)

    def give_back(self, entry: Entry) -> None:
        """Note that the run is no longer under way here; a later listing shows it again."""
        self.taken.discard(entry.run_id)

    def tell_owed(self) -> None:
        """Deliver the notices that workers of this machine owed when they died."""
        if not self.pipeline.notify:
            return
        owners = {record.owner for record in self.ledger.unnoticed(self.pipeline.name)}
        dead = {owner for owner in owners if owner is not None and self.presence.is_dead(owner)}
        if dead:
            tell_left_over(self.pipeline, self.ledger, dead)

    def _sift(self, events: Sequence[Event], told: Survey) -> list[Entry]:
        name = self.pipeline.name
        asked: dict[str, Event] = {}
        for event in events:
            known = run_id(name, event.uri, event.version)
            if known in self.ended:
                told.inputs.known += 1
            elif known not in self.taken:
                asked[known] = event
            else:
                told.inputs.known += 1
        records = self.ledger.known(name, list(asked)) if asked else {}
        entries = []
        for key, event in asked.items():
            record = records.get(key)
            if self._held(record):
                told.inputs.known += 1
            elif is_due(record, digest=self.pipeline.digest, attempts=self.retry.attempts):
                told.inputs.new += 1
                same = record is not None and record.digest == self.pipeline.digest
                failures = record.failures if record is not None and same else 0
                self.taken.add(key)
                entries.append(Entry(self, event, key, failures))
            else:
                told.inputs.known += 1
                self.ended.add(key)
        return entries

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
