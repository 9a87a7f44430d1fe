"""Rows on their way: one thread reads, this one transforms, one stages, one writes rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import ROW
from csvflow.core.engine.lanes import Ahead, Lane
from csvflow.core.interrupts import check

if TYPE_CHECKING:
    from csvflow.core.engine.flow import Flow, Passed, Refused
    from csvflow.core.engine.rejects import Rejects
    from csvflow.core.intake import Damaged, Intake

READ_AHEAD = 3
STAGE_BEHIND = 12
REJECTS_TOGETHER = 50_000
"""Parquet gathers several batches for one row group: a short queue would make reading wait."""


class Stream:
    """Takes every record of an intake through the flow into the writers and the rejects."""

    def __init__(
        self,
        intake: Intake,
        flow: Flow,
        rejects: Rejects,
        writers: Sequence[Callable[[pa.RecordBatch], None]],
        *,
        captures: Mapping[str, str],
        limit: int | None,
        judge: Callable[[], None],
    ) -> None:
        self._intake = intake
        self._flow = flow
        self._rejects = rejects
        self._writers = writers
        self._captures = captures
        self._limit = limit
        self._judge = judge
        self.read = 0
        """Records taken, damaged ones included."""
        self.damaged = 0
        """Records that never became rows."""
        self.sent = 0
        """Rows that went to the writers."""

    def run(self) -> None:
        """Return when every row is staged or refused; ``judge`` may end it early by raising."""
        with (
            Ahead(
                texts(self._intake, self._captures, self._limit),
                depth=READ_AHEAD,
                name="csvflow-read",
            ) as records,
            Lane(self._stage, depth=STAGE_BEHIND, name="csvflow-stage") as staged,
            Lane(self._damage, depth=STAGE_BEHIND, name="csvflow-rejects") as refused,
        ):
            for batch, damaged in records:
                check()
                self.read += batch.num_rows + len(damaged)
                self.damaged += len(damaged)
                self._forward(self._flow.push(batch), damaged, staged, refused)
                self._judge()
            self._forward(self._flow.finish(), (), staged, refused)
            staged.finish()
            refused.finish()

    def _forward(
        self,
        results: Iterator[Passed],
        damaged: Sequence[Damaged],
        staged: Lane[pa.RecordBatch],
        refused: Lane[tuple[Sequence[Damaged], Sequence[Refused]]],
    ) -> None:
        rejected: list[Refused] = []
        for passed in results:
            rejected += passed.rejected
            if len(rejected) >= REJECTS_TOGETHER:
                refused.put((damaged, rejected))
                damaged, rejected = (), []
            if passed.batch is not None and passed.batch.num_rows:
                self.sent += passed.batch.num_rows
                staged.put(passed.batch)
        if damaged or rejected:
            # Together, so that they stand by their lines.
            refused.put((damaged, rejected))

    def _stage(self, batch: pa.RecordBatch) -> None:
        for write in self._writers:
            write(batch)

    def _damage(self, items: tuple[Sequence[Damaged], Sequence[Refused]]) -> None:
        self._rejects.add(*items)


def texts(
    intake: Intake, captures: Mapping[str, str], limit: int | None
) -> Iterator[tuple[pa.RecordBatch, Sequence[Damaged]]]:
    """Yield the first records of an intake, or all, with the captures as columns."""
    for text in intake.batches():
        batch, damaged = text.batch, text.damaged
        if limit is not None:
            batch = batch.filter(pc.less_equal(batch.column(ROW), limit))
            damaged = [item for item in damaged if item.row <= limit]
        yield _with_captures(batch, captures), damaged
        if limit is not None and intake.rows >= limit:
            return


def _with_captures(batch: pa.RecordBatch, captures: Mapping[str, str]) -> pa.RecordBatch:
    if not captures:
        return batch
    columns = [
        pa.repeat(pa.scalar(text, pa.string()), batch.num_rows) for text in captures.values()
    ]
    names = batch.schema.names
    return pa.RecordBatch.from_arrays(
        [*batch.columns[:-2], *columns, *batch.columns[-2:]],
        names=[*names[:-2], *captures, *names[-2:]],
    )
