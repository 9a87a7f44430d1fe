"""When an input is tried again, and after what pause.

A round is what ``retry: {attempts}`` allows. An input whose error may pass by itself gets a new
round from each ``batch`` and from each start of ``watch``, and from a running ``watch`` 15 minutes
after its last failure: a database that was down for longer than a round must not cost an input.
An error that is mended outside of the pipeline's YAML (``config.*``: a missing package, a missing
variable) is tried once by each ``batch`` and each start. Everything else that failed waits for a
changed pipeline or for ``csvflow run``: also the input that ended its worker in the last attempt of
a round, since it may end the next ones too.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final, Protocol

from csvflow.contract import RunRecord

REST: Final = timedelta(minutes=15)
"""A running ``watch`` lets an input that used up its attempts rest so long."""


class Backoff(Protocol):
    """How long to wait: doubling from the least to the most, by chance below that."""

    @property
    def backoff_min_secs(self) -> float:
        """The bound of the first pause."""

    @property
    def backoff_max_secs(self) -> float:
        """The bound of the longest pause."""

    @property
    def jitter(self) -> str:
        """``full``: anything up to the bound. ``none``: the bound itself."""


def is_due(record: RunRecord | None, *, digest: str, attempts: int, since: datetime) -> bool:
    """Tell whether ``watch`` and ``batch`` are to try the run; ``since`` begins their round.

    What never ended is due. A failed run is while its error is transient and attempts are
    left or the round is a new one, or when the pipeline is no longer the one that failed.
    Other ends are ends.
    """
    if record is None or record.state in {"claimed", "released"}:
        return True
    if record.state != "failed":
        return False
    return record.digest != digest or (
        record.transient and failures(record, digest=digest, since=since) < attempts
    )


def failures(record: RunRecord | None, *, digest: str, since: datetime) -> int:
    """Return how many attempts of the present round failed."""
    if record is None or record.digest != digest:
        return 0
    before = record.ended_at is not None and record.ended_at <= since
    return 0 if before else record.failures


def may_pass(record: RunRecord, *, digest: str) -> bool:
    """Tell whether a run that isn't due now may be later, with nothing changed."""
    return record.state == "failed" and record.transient and record.digest == digest


def pause_secs(backoff: Backoff, failures: int, *, chance: random.Random | None = None) -> float:
    """Return how long to wait after so many failures in a row.

    Full jitter, because inputs that failed together (a database went away) must not come back
    together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    # Beyond 2**62 a float says the same and an int grows for nothing.
    doubled = backoff.backoff_min_secs * 2.0 ** min(max(failures - 1, 0), 62)
    bound = min(backoff.backoff_max_secs, doubled)
    if backoff.jitter != "full":
        return bound
    return (chance or random).uniform(0, bound)
