"""Claiming a run, holding it by a heartbeat, and giving it back whatever happens."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from csvflow.contract import Busy, Claim, CsvflowError, Event, Ledger, Receipt, Run, Won
from csvflow.contract.ledger import State
from csvflow.core.interrupts import Shielded
from csvflow.core.ledger.identity import run_id
from csvflow.core.ledger.presence import Presence

LEASE_SECS = 60.0
BEAT_SECS = 15.0


class Claims:
    """Takes runs for this process, from one ledger.

    The lease is a point in UTC wall time, since that is the clock that hosts share; the
    heartbeat goes by the monotonic clock. A worker of this machine whose process died holds
    nothing, whatever its lease says.
    """

    def __init__(
        self,
        ledger: Ledger[Any],
        project: Path,
        lease_secs: float = LEASE_SECS,
        beat_secs: float = BEAT_SECS,
    ) -> None:
        self.ledger = ledger
        self.presence = Presence(project)
        self.lease_secs = lease_secs
        self.beat_secs = beat_secs

    def claim(
        self,
        pipeline: str,
        event: Event,
        *,
        digest: str,
        force: bool = False,
        wait_secs: float = 0.0,
        run: str | None = None,
    ) -> Held:
        """Try to take the event's run, for as long as ``wait_secs`` if another holds it.

        ``run`` is given where the event continues the run of another version. Used as a
        context: a run that was won and not finished is released at its end.
        """
        deadline = time.monotonic() + wait_secs
        pause = 0.05
        while True:
            claim: Claim | None = None
            try:
                with Shielded():
                    claim = self._try(run, pipeline, event, digest=digest, force=force)
            except KeyboardInterrupt:
                # It came while the claim was made, and nobody holds that yet.
                if isinstance(claim, Won):
                    self.ledger.release(claim.run)
                raise
            left = deadline - time.monotonic()
            if not isinstance(claim, Busy) or left <= 0:
                return Held(self, claim)
            time.sleep(min(left, pause * (0.5 + random.random())))  # noqa: S311 - no secret
            pause = min(pause * 2, 1.0)

    def is_dead(self, owner: str) -> bool:
        """Tell whether that owner is known to be gone."""
        return self.presence.is_dead(owner)

    def dead_owners(self) -> set[str]:
        """Return the owners of standing leases that are known to be gone."""
        return {owner for owner in self.ledger.owners() if self.is_dead(owner)}

    def close(self) -> None:
        """Leave: what this process still holds is void. The ledger stays open."""
        self.presence.close()

    def _try(
        self, run: str | None, pipeline: str, event: Event, *, digest: str, force: bool
    ) -> Claim:
        dead: set[str] = set()
        while True:
            claim = self.ledger.claim(
                run or run_id(pipeline, event.uri, event.version),
                pipeline,
                event,
                digest=digest,
                owner=self.presence.owner(),
                lease_secs=self.lease_secs,
                force=force,
                dead=dead,
            )
            # The holder alone is looked at, and only when one is in the way.
            if isinstance(claim, Busy) and claim.owner not in dead and self.is_dead(claim.owner):
                dead.add(claim.owner)
                continue
            return claim


class Held:
    """What a claim gave, and while it was won, the hold on it."""

    def __init__(self, claims: Claims, claim: Claim) -> None:
        self.claim = claim
        self._claims = claims
        self._run = claim.run if isinstance(claim, Won) else None
        self._alive = self._run is not None
        self._ended = self._run is None
        self._done = threading.Event()
        self._heart: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether the lease still was ours when it was last looked at."""
        return self._alive

    @property
    def run(self) -> Run:
        """The run that was won."""
        if self._run is None:
            raise RuntimeError("the run was not won")
        return self._run

    def renew_now(self) -> bool:
        """Prolong the lease; False if another worker took over."""
        if self._alive and not self._claims.ledger.renew(self.run, self._claims.lease_secs):
            self._alive = False
        return self._alive

    def record(self, sink: str, receipt: Receipt) -> bool:
        """Keep what a sink committed; False if the claim is lost."""
        return self._claims.ledger.record(self.run, sink, receipt)

    def finish(
        self,
        state: State,
        report: Mapping[str, Any],
        *,
        content_hash: str | None,
        transient: bool = False,
        notice_due: bool = False,
    ) -> bool:
        """End the run and stop the heartbeat; False if the claim is lost."""
        self._stop()
        finished = self._claims.ledger.finish(
            self.run,
            state,
            report,
            content_hash=content_hash,
            transient=transient,
            notice_due=notice_due,
        )
        self._ended = True
        self._alive = False
        return finished

    def __enter__(self) -> Self:
        if self._run is not None:
            self._heart = threading.Thread(
                target=self._beat, name=f"heartbeat-{self._run.id}", daemon=True
            )
            self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with Shielded():
            self._stop()
            if self._ended:
                return
            self._ended = True
            self._alive = False
            try:
                self._claims.ledger.release(self.run)
            except CsvflowError:
                # The lease ends by itself; what went wrong first is what the user must see.
                if error is None:
                    raise

    def _stop(self) -> None:
        self._done.set()
        if self._heart is not None and self._heart is not threading.current_thread():
            self._heart.join()

    def _beat(self) -> None:
        while not self._done.wait(self._claims.beat_secs):
            try:
                if not self.renew_now():
                    return
            except CsvflowError:
                # Out of reach for now: the next beat tries again, and a commit asks first.
                continue
