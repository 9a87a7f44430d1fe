"""Whether what an input holds is loaded already, under its own name or another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csvflow.contract import Ledger, Run
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.report import Reason


@dataclass(frozen=True)
class ContentQuestion:
    """Tells from the hash of a content whether it is loaded already."""

    ledger: Ledger[Any]
    pipeline: Pipeline
    run: Run

    @classmethod
    def of(cls, ledger: Ledger[Any], pipeline: Pipeline, run: Run) -> ContentQuestion | None:
        """Return the question; None where no answer would make a difference."""
        if pipeline.duplicate == "load" and not ledger.newest_load(pipeline.name, run.event.uri):
            return None
        return cls(ledger, pipeline, run)

    def __call__(self, content_hash: str) -> Reason | None:
        newest = self.ledger.newest_load(self.pipeline.name, self.run.event.uri)
        if newest is not None and newest.content_hash == content_hash:
            return None if newest.run_id == self.run.id else "unchanged"
        if self.pipeline.duplicate == "skip":
            other = self.ledger.load_of(self.pipeline.name, content_hash)
            if other is not None and other.run_id != self.run.id:
                return "duplicate"
        return None
