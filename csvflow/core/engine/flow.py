"""Carries out a plan: batches in, batches and refused rows out, every row counted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from csvflow.core.engine import nodes as n
from csvflow.core.engine.operators import (
    LimitOperator,
    MapOperator,
    Operator,
    Refused,
    Tally,
)
from csvflow.core.engine.plan import PlannedRows
from csvflow.core.engine.projecting import ProjectOperator

if TYPE_CHECKING:
    from csvflow.core.engine.duck import Duck

__all__ = ["Flow", "Passed", "Refused", "StepCount"]


@dataclass(frozen=True, slots=True)
class Passed:
    """What came out at the end of the plan: rows that went through, or rows refused on the way."""

    batch: pa.RecordBatch | None
    """Columns of the plan's schema, then the reserved ones."""
    rejected: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True)
class StepCount:
    """What one step did to rows: ``rows_in + added = out + rejected + dropped + folded``."""

    name: str
    rows_in: int
    out: int
    rejected: int
    dropped: int
    folded: int
    added: int

    def balance(self) -> bool:
        """Tell whether every row is accounted for."""
        gone = self.out + self.rejected + self.dropped + self.folded
        return self.rows_in + self.added == gone


class Flow:
    """One pass of rows through a plan. Used by one thread; bounded in memory.

    Whoever pulls the iterators sets the pace: nothing is computed ahead. Exhaust what
    ``push`` returns before pushing again.
    """

    def __init__(
        self, plan: PlannedRows, *, scratch: Path, now: datetime, memory_bytes: int = 2**30
    ) -> None:
        self.schema = plan.schema
        self._scratch = scratch
        self._now = now
        self._memory = memory_bytes
        self._pushed = 0
        self._labels: list[tuple[str, list[Tally]]] = [("input", [])]
        self._duck: Duck | None = None
        self._operators: list[Operator] = []
        self._build(plan)

    def push(self, batch: pa.RecordBatch) -> Iterator[Passed]:
        """Take one batch that ends in the reserved columns; yield what comes out of it."""
        if batch.num_rows:
            self._pushed += batch.num_rows
            yield from self._drive(0, batch)

    def finish(self) -> Iterator[Passed]:
        """Yield what was held back until the last row. Called once."""
        for index, operator in enumerate(self._operators):
            for made in operator.finish():
                if isinstance(made, list):
                    yield Passed(None, made)
                else:
                    yield from self._drive(index + 1, made)

    @property
    def counts(self) -> list[StepCount]:
        """What each step did so far, in the plan's order."""
        counts = []
        rows = self._pushed
        for name, tallies in self._labels:
            rows_in = tallies[0].rows_in if tallies else rows
            rows = tallies[-1].out if tallies else rows
            if name == "input" and not tallies:
                continue
            counts.append(
                StepCount(
                    name,
                    rows_in,
                    rows,
                    sum(tally.rejected for tally in tallies),
                    sum(tally.dropped for tally in tallies),
                    sum(tally.folded for tally in tallies),
                    sum(tally.added for tally in tallies),
                )
            )
        return counts

    def close(self) -> None:
        """Remove what was put aside. May be called at any time, more than once."""
        for operator in self._operators:
            operator.close()
        if self._duck is not None:
            self._duck.close()
            self._duck = None

    def _drive(self, index: int, batch: pa.RecordBatch) -> Iterator[Passed]:
        if index == len(self._operators):
            yield Passed(batch)
            return
        for made in self._operators[index].push(batch):
            if isinstance(made, list):
                yield Passed(None, made)
            else:
                yield from self._drive(index + 1, made)

    def _build(self, plan: PlannedRows) -> None:
        """Make an operator of each node, and one of neighbouring row-wise nodes."""
        before = plan.before
        run: list[tuple[n.RowWise, Tally]] = []
        run_before = before
        for node, after in plan.nodes:
            if isinstance(node, n.Label):
                self._labels.append((node.name, []))
                continue
            if isinstance(node, n.Project | n.Where | n.WithColumns | n.Check):
                if not run:
                    run_before = before
                run.append((node, self._tally(Tally())))
            else:
                self._end_run(run, run_before, before)
                self._operators.append(self._operator(node, before))
            before = after
        self._end_run(run, run_before, before)

    def _end_run(
        self, run: list[tuple[n.RowWise, Tally]], before: pa.Schema, after: pa.Schema
    ) -> None:
        if not run:
            return
        nodes, tallies = [node for node, _ in run], [tally for _, tally in run]
        run.clear()
        projects = [node for node in nodes if isinstance(node, n.Project)]
        if len(projects) == len(nodes):
            self._operators.append(ProjectOperator(projects, tallies, after))
            return
        # DuckDB and SQLGlot load only where there are expressions.
        from csvflow.core.engine.duck import Duck  # noqa: PLC0415
        from csvflow.core.engine.rowwise import RowWiseOperator  # noqa: PLC0415

        if self._duck is None:
            # One thread: a batch is too small to be shared out.
            self._duck = Duck(scratch=self._scratch, memory_bytes=self._memory // 4)
        self._operators.append(
            RowWiseOperator(nodes, tallies, before, after, self._duck, self._now)
        )

    def _operator(self, node: n.Node, before: pa.Schema) -> Operator:
        if isinstance(node, n.MapBatches):
            return MapOperator(node, before, self._tally(Tally()))
        if isinstance(node, n.Limit):
            return LimitOperator(node, self._tally(Tally()))
        from csvflow.core.engine import blocking as b  # noqa: PLC0415 - numpy
        from csvflow.core.engine.distinct import DistinctOperator  # noqa: PLC0415 - likewise

        room = b.Room(self._scratch, self._memory * 3 // 8, min(4, os.cpu_count() or 1), self._now)
        made: b.Blocking[Any]
        if isinstance(node, n.Distinct):
            made = DistinctOperator(node, before, room)
        elif isinstance(node, n.Sort):
            made = b.SortOperator(node, before, room)
        elif isinstance(node, n.Select):
            made = b.QueryOperator(node, before, room)
        elif isinstance(node, n.MapAll):
            made = b.WholeOperator(node, before, room)
        else:
            raise TypeError(f"nothing carries out {type(node).__name__}")
        self._tally(made.tally)
        return made

    def _tally(self, tally: Tally) -> Tally:
        self._labels[-1][1].append(tally)
        return tally
