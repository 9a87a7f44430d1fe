"""The ledger is the durable book of runs: who holds which, and how each ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from csvflow.contract.event import Event, Run
from csvflow.contract.plugin import Plugin, S
from csvflow.contract.sink import Receipt

Outcome = Literal["succeeded", "skipped", "failed", "dead_lettered"]
State = Literal["claimed", "released", "succeeded", "skipped", "failed", "dead_lettered", "undone"]
"""``claimed`` and ``released`` (given back without an outcome) are the only unfinished ones."""


@dataclass(frozen=True, slots=True)
class Won:
    """The claim is ours until the lease ends, under this run's token."""

    run: Run
    receipts: Mapping[str, Receipt]
    """Sinks that committed in an earlier attempt of this generation: ``sinks[0]`` → receipt."""
    replaces: frozenset[str] = frozenset()
    """Sinks that committed in an earlier generation: what they hold of the run gives way."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A living worker holds the run."""

    owner: str
    until: AwareDatetime


@dataclass(frozen=True, slots=True)
class Finished:
    """The run has ended and isn't to be done again."""

    state: State
    run_id: str


Claim = Won | Busy | Finished


class RunRecord(BaseModel):
    """What the ledger knows of one run: its last attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    pipeline: str
    uri: str
    version: str
    content_hash: str | None
    state: State
    attempt: int
    generation: int
    token: int
    owner: str | None
    lease_until: AwareDatetime | None
    digest: str
    """The pipeline's digest at the last attempt."""
    transient: bool
    """Whether the last failure may pass by itself, or be mended outside of the pipeline."""
    failures: int = 0
    """Failed attempts in a row, under this digest: what ``retry: {attempts}`` counts."""
    started_at: AwareDatetime
    """First claim."""
    attempted_at: AwareDatetime
    """Last claim."""
    ended_at: AwareDatetime | None
    report: dict[str, Any] | None
    """The run's entry in ``--json``; None while it was never finished."""


class Ledger(Plugin[S], ABC):
    """Remembers runs. Every method is one atomic, durable change.

    Laws, checked by ``csvflow.testing.LedgerLaws``:

    * of any number of simultaneous claims of a run exactly one is ``Won``;
    * a token is greater than every earlier token of the run;
    * ``renew``, ``record`` and ``finish`` under a token that is no longer the run's change
      nothing and return False;
    * a lease that ended, or whose owner is known to be dead, can be claimed by another;
    * succeeded, skipped, dead-lettered and undone are ``Finished`` unless forced;
      failed and released can be claimed again, as the next attempt;
    * ``force``, and a digest that changed since an attempt that left receipts, begin the next
      generation, with no receipts; ``replaces`` names the sinks of earlier generations' receipts;
    * ``started_at`` stays that of the first claim;
    * ``failures`` counts failed attempts; a release and a killed worker aren't one; a success,
      ``force`` and a changed digest begin anew;
    * a ledger that doesn't exist yet answers every question with nothing, and stays away;
      ``probe`` changes nothing either.
    """

    kind: ClassVar[str] = "ledger"

    @abstractmethod
    def claim(
        self,
        run_id: str,
        pipeline: str,
        event: Event,
        *,
        digest: str,
        owner: str,
        lease_secs: float,
        force: bool = False,
        dead: Iterable[str] = (),
    ) -> Claim:
        """Try to take the run. ``dead`` are owners whose leases are void at once."""

    @abstractmethod
    def renew(self, run: Run, lease_secs: float) -> bool:
        """Prolong the lease; False if it is lost."""

    @abstractmethod
    def record(self, run: Run, sink: str, receipt: Receipt) -> bool:
        """Keep what a sink committed; False if the claim is lost."""

    @abstractmethod
    def finish(
        self,
        run: Run,
        state: State,
        report: Mapping[str, Any],
        *,
        content_hash: str | None,
        transient: bool = False,
        notice_due: bool = False,
    ) -> bool:
        """End the attempt and drop the lease; False if the claim is lost.

        The record keeps the owner. With ``notice_due`` the run is among ``unnoticed`` until
        ``noticed``: a crash between the two loses no notice.
        """

    @abstractmethod
    def noticed(self, run_id: str) -> None:
        """Note that the notices of a finished run went out, or were given up. Idempotent."""

    @abstractmethod
    def unnoticed(self, pipeline: str) -> Sequence[RunRecord]:
        """Return finished runs whose notices are due, with reports, the oldest first."""

    @abstractmethod
    def release(self, run: Run) -> bool:
        """Give the run back without an outcome, as if it had not been tried."""

    @abstractmethod
    def owners(self) -> Sequence[str]:
        """Return the owners of all leases that stand."""

    @abstractmethod
    def known(self, pipeline: str, run_ids: Sequence[str]) -> Mapping[str, RunRecord]:
        """Return the records of those runs that the ledger has; without their reports."""

    @abstractmethod
    def newest_load(self, pipeline: str, uri: str) -> RunRecord | None:
        """Return the run of this name that succeeded last, if any; without its report.

        Only the newest counts for `unchanged`: content that went A, B, A is loaded three times.
        """

    @abstractmethod
    def load_of(self, pipeline: str, content_hash: str) -> RunRecord | None:
        """Return the run that last loaded this content under any name; without its report."""

    @abstractmethod
    def runs(
        self, *, pipeline: str | None = None, state: State | None = None, limit: int = 50
    ) -> Sequence[RunRecord]:
        """Return runs, the last attempted first, with reports."""

    @abstractmethod
    def find(self, prefix: str) -> Sequence[RunRecord]:
        """Return the runs whose id begins so, with reports."""

    @abstractmethod
    def attempts(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """Return each attempt's ``attempt, generation, state, started_at, ended_at, error, rows``.

        The last two as the report had them, None where it had none.
        """

    def close(self) -> None:
        """Let go of connections."""
