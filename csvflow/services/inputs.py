"""``csvflow ls``: what stands at the sources, and what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from csvflow.contract import CsvflowError, Event, Ledger, RunRecord, Sight, Source
from csvflow.core.ledger import Presence, run_id
from csvflow.core.pipeline.model import Pipeline, Retry
from csvflow.core.retry import is_due
from csvflow.services.wiring import ledger_of, made, pipelines

CHUNK = 256
"""Objects for one question to the ledger: a listing of millions is never held."""

REMEMBERED = 100_000
"""So many objects that nobody takes are known to have been told; more may come twice."""

State = Literal[
    "new", "changed", "running", "done", "failed", "dead-lettered", "undone", "filtered",
    "not-ready",
]  # fmt: skip
"""``changed``: new, under a name of which another version was loaded."""


@dataclass(frozen=True)
class Input:
    """One object at a pipeline's source."""

    pipeline: str
    uri: str
    state: State
    why: str
    """What decided that, for people."""
    due: bool = False
    """Whether ``batch`` and ``watch`` would take it now."""
    size: int | None = None
    modified_at: datetime | None = None
    run_id: str | None = None
    """Its run, where the ledger has one."""


def list_inputs(
    name: str | None,
    *,
    project: Path | None,
    overrides: Mapping[str, str],
    on_error: Callable[[CsvflowError], None],
    folded: bool = False,
) -> Iterator[Input]:
    """Yield every object at the source of one pipeline, or of all, as the listing shows it.

    A source or ledger out of reach is told to ``on_error``, and the others are listed. With
    ``folded`` an object comes once: not for pipelines whose patterns leave it to others.
    Raises ``ConfigError`` before the first.
    """
    found = pipelines(name, project, overrides)
    with ExitStack() as until:
        sources = [until.enter_context(made(pipeline)) for pipeline in found]
        others = _Others(sources) if folded and len(found) > 1 else None
        for pipeline, source in zip(found, sources, strict=True):
            try:
                with ledger_of(pipeline) as ledger:
                    look = _Look(pipeline, ledger, Presence(pipeline.project))
                    survey = source.survey()
                    while sights := list(islice(survey, CHUNK)):
                        seen = look.at(sights)
                        yield from seen if others is None else others.sift(source, seen)
            except CsvflowError as error:
                if error.place is None:
                    error.place = pipeline.source.place
                on_error(error)


class _Others:
    """Several pipelines' sources, which may see the same objects."""

    def __init__(self, sources: Sequence[Source[Any]]) -> None:
        self._sources = sources
        self._told: set[str] = set()

    def sift(self, source: Source[Any], seen: Iterable[Input]) -> Iterator[Input]:
        """Yield what the source takes, and what no source takes if it wasn't told yet."""
        for item in seen:
            if item.state != "filtered" or source.matches(item.uri) is not None:
                yield item
            elif item.uri not in self._told and not self._takes(item.uri):
                if len(self._told) < REMEMBERED:
                    self._told.add(item.uri)
                yield replace(item, pipeline="-", why=f"no pipeline takes it: {item.why}")

    def _takes(self, uri: str) -> bool:
        return any(source.matches(uri) is not None for source in self._sources)


@dataclass(frozen=True)
class _Look:
    pipeline: Pipeline
    ledger: Ledger[Any]
    presence: Presence

    def at(self, sights: Sequence[Sight]) -> Iterator[Input]:
        name = self.pipeline.name
        ids = {s.uri: run_id(name, s.uri, s.event.version) for s in sights if s.event is not None}
        records = self.ledger.known(name, list(ids.values())) if ids else {}
        for sight in sights:
            if sight.event is None:
                state: State = "filtered" if sight.verdict == "filtered" else "not-ready"
                yield Input(name, sight.uri, state, sight.why)
            else:
                record = records.get(ids[sight.uri])
                yield self._judged(sight.event, record)

    def _judged(self, event: Event, record: RunRecord | None) -> Input:
        attempts = (self.pipeline.retry or Retry()).attempts
        now = datetime.now(UTC)
        due = is_due(record, digest=self.pipeline.digest, attempts=attempts, since=now)
        state, why = self._state(event, record, due=due)
        return Input(
            self.pipeline.name,
            event.uri,
            state,
            why,
            due and state != "running",
            event.size,
            event.modified_at,
            None if record is None else record.run_id,
        )

    def _state(self, event: Event, record: RunRecord | None, *, due: bool) -> tuple[State, str]:
        if record is None or record.state == "released":
            loaded = self.ledger.newest_load(self.pipeline.name, event.uri)
            if loaded is not None:
                return "changed", f"another version of it was loaded {_when(loaded)}"
            given_back = "it was begun and given back" if record else "it was never tried"
            return "new", given_back
        if record.state == "claimed":
            if self._held(record):
                return "running", f"{record.owner} has it since {_when(record)}"
            return "failed", "its worker died in the middle of it; it is tried again"
        if record.state == "failed":
            again = "is tried again" if due else "isn't tried again by itself"
            when = f"{_when(record)}, attempt {record.attempt}"
            return "failed", f"{self._error(record)} ({when}); {again}"
        if record.state == "dead_lettered":
            return "dead-lettered", f"{self._error(record)} ({_when(record)}, given up)"
        if record.state == "undone":
            return "undone", f"undone {_when(record)}; `run --force` loads it"
        did = "skipped" if record.state == "skipped" else "loaded"
        return "done", f"this version was {did} {_when(record)}"

    def _held(self, record: RunRecord) -> bool:
        if record.owner is None or record.lease_until is None:
            return False
        return record.lease_until > datetime.now(UTC) and not self.presence.is_dead(record.owner)

    def _error(self, record: RunRecord) -> str:
        found = next(iter(self.ledger.find(record.run_id)), None)
        error = ((found.report if found else None) or {}).get("error") or {}
        return f"{error['code']}: {error['message']}" if error else "it failed"


def _when(record: RunRecord) -> str:
    return f"{record.ended_at or record.attempted_at:%Y-%m-%d %H:%M} UTC"
