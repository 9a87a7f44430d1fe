"""A source finds inputs and hands over their bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, ClassVar, Literal

from csvflow.contract.event import Event
from csvflow.contract.plugin import Plugin, S

PROBED = 10_000
"""So many objects are looked at for one that a probe can read."""
Verdict = Literal["ready", "filtered", "not-ready"]


@dataclass(frozen=True, slots=True)
class Sight:
    """One object that a listing showed, and what the source makes of it."""

    uri: str
    verdict: Verdict
    event: Event | None = None
    """Where the verdict is ``ready``."""
    why: str = ""
    """The rule that filtered it, or what it is waiting for; for people."""


class Source(Plugin[S], ABC):
    """Finds inputs and hands over their bytes.

    Laws, checked by ``csvflow.testing.SourceLaws``:

    * ``survey`` shows every object that stands there, again at each call, whatever was done
      with it: the ledger remembers, a source doesn't;
    * the version of an input changes with its bytes, and not between two surveys of the same;
    * an input that is still being written isn't ``ready``;
    * ``open`` gives the bytes of the event's version, or raises ``InputError``
      (``input.changed``, ``input.gone``): never another version's;
    * ``survey``, ``event``, ``open`` and ``probe`` change nothing; only ``ack`` may.
    """

    kind: ClassVar[str] = "source"

    @abstractmethod
    def matches(self, uri: str) -> Mapping[str, str] | None:
        """Return the captures if this source would take an object of that name, else None."""

    def capture_names(self) -> tuple[str, ...]:
        """Return the names of the ``{captures}`` that ``matches`` gives."""
        return ()

    @abstractmethod
    def event(self, uri: str) -> Event:
        """Return the event of a named object as it stands, without waiting for readiness."""

    @abstractmethod
    def survey(self) -> Iterator[Sight]:
        """Yield what stands at the source, from one listing, lazily."""

    @abstractmethod
    def open(self, event: Event) -> BinaryIO:
        """Open the bytes of the event's version, from their beginning."""

    def local_path(self, event: Event) -> str | None:
        """Return a local path that can be read in place of ``open``, or None."""
        del event
        return None

    def confirm(self, event: Event) -> bool:
        """Tell whether the input still is the event's version: asked after its bytes were read."""
        return self.event(event.uri).version == event.version

    def probe(self) -> Sequence[str]:
        for sight in islice(self.survey(), PROBED):
            if sight.event is not None:
                with closing(self.open(sight.event)) as stream:
                    stream.read(1)
                return ("listed the source", f"read from {sight.event.name}")
        return ("listed the source: no input is ready",)

    def wake(self, ring: Callable[[], Any]) -> Callable[[], None]:
        """Call ``ring`` when something may have arrived, until the returned function is called.

        A hint only: the listing is the truth. The default never rings.
        """
        del ring
        return lambda: None

    def settle_secs(self) -> float:
        """Return how long an object must stand still before it is ready."""
        return 0.0

    def ack(self, event: Event) -> None:
        """Do what is due after the run was finished, e.g. delete a message. Idempotent."""

    def close(self) -> None:
        """Let go of connections."""
