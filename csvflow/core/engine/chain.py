"""Rows through one plan after another, seen between them: for those who ask what happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from csvflow.core.engine import nodes as n
from csvflow.core.engine.flow import Flow, Passed, StepCount
from csvflow.core.engine.plan import PlannedRows

Watcher = Callable[[int, Passed], None]
"""Told what came out of each plan, by its place in the chain."""


class Chain:
    """Plans of which each takes what the one before lets out."""

    def __init__(
        self,
        plans: Sequence[PlannedRows],
        watch: Watcher,
        *,
        scratch: Path,
        now: datetime,
        memory_bytes: int,
    ) -> None:
        share = memory_bytes // len(plans)
        self._flows = [Flow(plan, scratch=scratch, now=now, memory_bytes=share) for plan in plans]
        self._watch = watch

    def push(self, batch: pa.RecordBatch) -> None:
        """Take one batch that ends in the reserved columns as far as it goes by itself."""
        self._drive(0, batch)

    def finish(self) -> None:
        """Let go what was held back until the last row. Called once."""
        for index, flow in enumerate(self._flows):
            for passed in flow.finish():
                self._pass(index, passed)

    @property
    def counts(self) -> list[StepCount]:
        """What each plan did to rows."""
        return [flow.counts[-1] for flow in self._flows]

    def close(self) -> None:
        """Remove what was put aside."""
        for flow in self._flows:
            flow.close()

    def _drive(self, index: int, batch: pa.RecordBatch) -> None:
        for passed in self._flows[index].push(batch):
            self._pass(index, passed)

    def _pass(self, index: int, passed: Passed) -> None:
        self._watch(index, passed)
        if passed.batch is not None and index + 1 < len(self._flows):
            self._drive(index + 1, passed.batch)


def looks_around(plan: PlannedRows) -> bool:
    """Tell whether what becomes of a row may depend on others."""
    return any(
        isinstance(node, n.Distinct | n.Sort | n.Select | n.MapAll | n.Limit)
        or (isinstance(node, n.MapBatches) and hasattr(node.function, "fresh"))
        for node, _ in plan.nodes
    )


def remakes(plan: PlannedRows) -> bool:
    """Tell whether the rows that come out are new ones, with numbers of their own."""
    return any(isinstance(node, n.Select | n.MapAll) for node, _ in plan.nodes)
