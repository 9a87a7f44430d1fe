"""When an input is tried again, and after what pause."""

from __future__ import annotations

import random
from typing import Protocol

from csvflow.contract import RunRecord


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


def is_due(record: RunRecord | None, *, digest: str, attempts: int) -> bool:
    """Tell whether ``watch`` and ``batch`` are to try the run.

    What never ended is due. A failed run is while its error is transient and attempts are
    left, or when the pipeline is no longer the one that failed. Other ends are ends.
    """
    if record is None or record.state in {"claimed", "released"}:
        return True
    if record.state != "failed":
        return False
    return record.digest != digest or (record.transient and record.failures < attempts)


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
