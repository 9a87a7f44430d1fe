"""Who may take a run and as which attempt, whatever keeps the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from csvflow.contract import Busy, Event, Finished, Run
from csvflow.kit.ledger.records import moment

_DONE = frozenset({"succeeded", "skipped", "dead_lettered", "undone"})


def hindrance(
    old: Mapping[str, Any], now: int, *, dead: Iterable[str], force: bool
) -> Busy | Finished | None:
    """Return what keeps a known run from being taken, if anything does."""
    held = old["state"] == "claimed" and old["owner"] not in set(dead)
    if held and old["lease_until"] > now:
        return Busy(old["owner"], moment(old["lease_until"]))
    if old["state"] in _DONE and not force:
        return Finished(old["state"], old["run_id"])
    return None


def next_attempt(
    old: Mapping[str, Any] | None,
    run_id: str,
    pipeline: str,
    event: Event,
    now: int,
    *,
    renewed: bool,
) -> Run:
    """Return the attempt that follows what is known of the run; ``renewed``: a new generation."""
    return Run(
        id=run_id,
        pipeline=pipeline,
        event=event,
        attempt=old["attempt"] + 1 if old else 1,
        token=old["token"] + 1 if old else 1,
        generation=old["generation"] + renewed if old else 1,
        started_at=moment(old["started_at"] if old else now),
    )
