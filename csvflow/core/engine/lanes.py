"""Threads with bounded queues: one reads ahead, others work behind."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from types import TracebackType
from typing import Generic, Self, TypeVar

from csvflow.core.interrupts import Shielded

T = TypeVar("T")


class _End:
    """Closes a queue."""


class _Threaded(ABC, Generic[T]):
    """A thread at one end of a bounded queue, for a ``with`` block that has the other end."""

    def __init__(self, *, depth: int, name: str) -> None:
        self._queue: Queue[T | _End] = Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with Shielded():
            self._leave(error)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    @abstractmethod
    def _run(self) -> None:
        """Do the thread's work; what goes wrong is kept for the other end to raise."""

    @abstractmethod
    def _leave(self, error: BaseException | None) -> None:
        """End the thread, early if the block ends in an error."""


class Ahead(_Threaded[T]):
    """Iterates in a thread of its own, at most ``depth`` items before the consumer.

    What the iterator raises is raised where the consumer meets the end. Leaving
    the ``with`` block early stops the thread after the item that it is at.
    """

    def __init__(self, items: Iterator[T], *, depth: int, name: str) -> None:
        super().__init__(depth=depth, name=name)
        self._items = items
        self._stop = threading.Event()

    def __iter__(self) -> Iterator[T]:
        while not isinstance(item := self._queue.get(), _End):
            yield item
        self._raise()

    def _run(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item)
                if self._stop.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, whatever it is
            self._error = error
        self._queue.put(_End())

    def _leave(self, error: BaseException | None) -> None:
        del error
        self._stop.set()
        while self._thread.is_alive():
            try:
                # A full queue may be what the thread waits for.
                self._queue.get(timeout=0.05)
            except Empty:
                continue
        self._thread.join()


class Lane(_Threaded[T]):
    """Works on items in a thread of its own, in order, at most ``depth`` behind the producer.

    What the work raises is raised at the producer's next ``put`` or at ``finish``; later
    items are then thrown away, so that a producer never waits for a dead thread.
    """

    def __init__(self, work: Callable[[T], None], *, depth: int, name: str) -> None:
        super().__init__(depth=depth, name=name)
        self._work = work

    def put(self, item: T) -> None:
        """Hand over one item; waits while the queue is full."""
        self._raise()
        self._queue.put(item)

    def finish(self) -> None:
        """Wait until all items are worked on."""
        self._close()
        self._raise()

    def _run(self) -> None:
        while not isinstance(item := self._queue.get(), _End):
            if self._error is None:
                try:
                    self._work(item)
                except BaseException as error:  # noqa: BLE001 - handed to the producer
                    self._error = error

    def _leave(self, error: BaseException | None) -> None:
        if error is not None and self._error is None:
            # What waits would be worked on for nothing.
            self._error = error
        self._close()

    def _close(self) -> None:
        if self._thread.is_alive():
            self._queue.put(_End())
            self._thread.join()
