"""How far a run is, for whoever wants to show it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told from several threads, often; must be quick and must not raise."""

    def begin(self, name: str, total_bytes: int | None) -> None:
        """An input is being read; its size where it is known."""

    def advance(self, read_bytes: int, rows: int) -> None:
        """So much more was read."""

    def phase(self, name: str) -> None:
        """The run went on to ``reading``, ``committing``, ``notifying``, …."""


class Silent:
    """Shows nothing."""

    def begin(self, name: str, total_bytes: int | None) -> None:
        """Show nothing."""

    def advance(self, read_bytes: int, rows: int) -> None:
        """Show nothing."""

    def phase(self, name: str) -> None:
        """Show nothing."""
