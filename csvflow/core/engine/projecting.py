"""Choosing, ordering and renaming columns: no row is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from csvflow.contract import LINE, ROW
from csvflow.core.engine import nodes as n
from csvflow.core.engine.operators import Operator, Out, Tally, with_reserved


class ProjectOperator(Operator):
    """Carries out neighbouring projections as one."""

    def __init__(
        self, nodes: Sequence[n.Project], tallies: Sequence[Tally], after: pa.Schema
    ) -> None:
        self._tallies = tallies
        self._schema = with_reserved(after)
        origin = {name: name for name in after.names}
        for node in reversed(nodes):
            present = dict(node.columns)
            origin = {name: present[old] for name, old in origin.items()}
        self._origins = [*origin.values(), ROW, LINE]

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        for tally in self._tallies:
            tally.rows_in += batch.num_rows
            tally.out += batch.num_rows
        yield pa.RecordBatch.from_arrays(
            [batch.column(name) for name in self._origins], schema=self._schema
        )
