"""Ctrl-C and SIGTERM for commands that drain before they end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the command is to end: asked once it drains, asked twice it ends at once."""

    def __init__(self) -> None:
        self.requested = False
        self.at_once = False
        self.on_request: Callable[[], object] = lambda: None
        """Wakes whoever waits; called where the signal finds the main thread."""
        self.on_insist: Callable[[], object] = lambda: None
        """Ends what runs, at the second signal."""

    def request(self) -> None:
        """Ask for the end."""
        if self.requested:
            self.at_once = True
            self.on_insist()
        self.requested = True
        self.on_request()


@contextmanager
def heeding_signals(stop: Stop) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into requests to stop; hand the last one on at the end.

    So the command drains first and then ends as its caller ends at that signal: the command
    line's handlers raise ``KeyboardInterrupt``. Does nothing outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def handle(signum: int, _frame: FrameType | None) -> None:
        came.append(signum)
        stop.request()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        earlier = before[signal.Signals(came[0])]
        if callable(earlier):
            earlier(came[0], None)
        raise KeyboardInterrupt
