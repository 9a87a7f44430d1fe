"""The sinks of a run, each with its receipt once it has committed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from csvflow.contract import LINE, ROW, Receipt, Run, Sink, SinkError
from csvflow.core.pipeline.model import Part, Pipeline
from csvflow.core.report import SinkReport


@dataclass
class Outlet:
    """A sink on its way through a run."""

    part: Part
    sink: Sink[Any]
    schema: pa.Schema
    receipt: Receipt | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Stage a batch, with the reserved columns only where the sink wants them."""
        if self.receipt is None:
            columns = batch.columns if self.sink.reserved else batch.columns[:-2]
            self.sink.write(pa.RecordBatch.from_arrays(columns, schema=self.schema))

    def report(self) -> SinkReport:
        """Return what it committed."""
        assert self.receipt is not None  # noqa: S101 - asked after its commit only
        return SinkReport(
            type=self.part.type,
            target=self.receipt.target,
            rows=self.receipt.rows,
            folded=self.receipt.folded,
            unmatched=self.receipt.unmatched,
            guarantee=self.sink.guarantee,
        )


def outlets(
    pipeline: Pipeline,
    schema: pa.Schema,
    run: Run,
    *,
    receipts: Mapping[str, Receipt],
    replaces: Collection[str],
) -> list[Outlet]:
    """Return the pipeline's sinks for rows of the schema; opens none.

    ``receipts`` are those of sinks that an earlier attempt committed, ``replaces`` are sinks
    that committed in an earlier generation. Raises ``SinkError`` where rows would be doubled.
    """
    found = []
    for part in pipeline.sinks:
        sink = part.make()
        if not isinstance(sink, Sink):
            raise TypeError(f"{part.key} is no sink")
        if part.key in replaces and is_in_the_way(sink, run):
            raise cannot_replace(part, sink)
        taken = schema
        if sink.reserved:
            taken = schema.append(pa.field(ROW, pa.int64())).append(pa.field(LINE, pa.int64()))
        found.append(Outlet(part, sink, taken, receipts.get(part.key)))
    return found


def is_in_the_way(sink: Sink[Any], run: Run) -> bool:
    """Tell whether the sink has rows of an earlier generation and can't take them out."""
    return not sink.can_replace and sink.may_hold(run)


def cannot_replace(part: Part, sink: Sink[Any]) -> SinkError:
    """Return the error of a run that would double rows."""
    return SinkError(
        "sink.cannot-replace",
        f"sink `{part.type}` appends to {sink.target} and can't take out what an earlier load of"
        " this file put there",
        hint="drop the table, or name another one; in a table that was made with `lineage: true`,"
        " or with `mode: upsert` or `replace`, it can be done",
        place=part.place,
    )
