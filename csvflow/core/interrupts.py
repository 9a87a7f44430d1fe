"""Ctrl-C and SIGTERM, held back while something is put in order.

A signal handler raises wherever the main thread happens to be: also in the clean-up that an
earlier error began. What must not be left half done stands in ``with Shielded():``.
"""

from __future__ import annotations

import threading
from types import TracebackType

_depth = 0
_asked: BaseException | None = None


def interrupt(error: BaseException) -> None:
    """Raise the error: at once, or where the outermost shield ends. For signal handlers."""
    global _asked  # noqa: PLW0603 - a signal is the process's
    _asked = error
    if _depth == 0:
        raise error


def check() -> None:
    """Raise once more what ``interrupt`` raised: foreign code may have swallowed it."""
    if _asked is not None and _depth == 0:
        raise _asked


class Shielded:
    """Holds interrupts back until the end of the block. For the main thread; no use elsewhere."""

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            global _depth  # noqa: PLW0603 - as above
            _depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            global _depth  # noqa: PLW0603 - as above
            _depth -= 1
            if not isinstance(error, KeyboardInterrupt):
                check()
