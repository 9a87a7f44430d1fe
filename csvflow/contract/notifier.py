"""A notifier tells somebody what became of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from csvflow.contract.plugin import Plugin, S

Occasion = Literal["succeeded", "failed", "rejected"]
"""``rejected``: a run that succeeded, with rows rejected."""


class Notice(BaseModel):
    """What happened, in numbers. Holds no cell value, so it may leave the building."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """Unique for run, generation and outcome: a notice sent twice keeps it."""
    occasions: tuple[Occasion, ...]
    """Why it is sent: ``(succeeded, rejected)`` for a run with rejects."""
    run_id: str
    pipeline: str
    uri: str
    version: str
    attempt: int
    outcome: Literal["succeeded", "skipped", "failed", "dead_lettered"]
    rows: dict[str, int]
    """``read``, ``added``, ``loaded``, ``rejected``, ``dropped``, ``folded``."""
    rejects_by_code: dict[str, int]
    error_code: str | None = None
    at: AwareDatetime
    duration_secs: float


class Notifier(Plugin[S], ABC):
    """Tells somebody. One that fails is logged; it never changes an outcome.

    Laws, checked by ``csvflow.testing.NotifierLaws``:

    * one ``notify`` delivers the notice once where nothing fails;
    * a delivery that fails for good raises ``CsvflowError``, within its own time limit;
    * nothing of the settings' secrets is in what is delivered or raised;
    * ``probe`` delivers nothing.
    """

    kind: ClassVar[str] = "notifier"

    @abstractmethod
    def notify(self, notice: Notice) -> None:
        """Deliver one notice."""

    def close(self) -> None:
        """Let go of connections."""
