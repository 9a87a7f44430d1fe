"""How this process takes memory from the system, set once and before much of it is taken."""

from __future__ import annotations

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Names of glibc's ``mallopt``."""
_LARGEST = 32 * 2**20
_PAD = 64 * 2**20
_KEPT = 2**30


def keep_freed() -> None:
    """Let freed blocks be used again, where the C library is glibc.

    A batch is some megabytes. By default each of its arrays is mapped anew, zeroed page by page
    and given back: several percent of a run's time.
    """
    import ctypes  # noqa: PLC0415 - only where batches are to come

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(_MMAP_THRESHOLD, _LARGEST)
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_TOP_PAD, _PAD)
