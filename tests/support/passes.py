"""Sends rows through a plan, for the tests of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from csvflow.contract import LINE, ROW
from csvflow.core.engine.flow import Flow
from csvflow.core.engine.plan import PlannedRows

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def batches(table: pa.Table, cuts: Sequence[int] = ()):
    """Cut a table at positions, and number its rows from 1."""
    count = table.num_rows
    numbered = table.append_column(
        pa.field(ROW, pa.int64()), [pa.array(range(1, count + 1), pa.int64())]
    ).append_column(pa.field(LINE, pa.int64()), [pa.array(range(2, count + 2), pa.int64())])
    edges = [0, *sorted(cut % (count + 1) for cut in cuts), count]
    for start, end in pairwise(edges):
        part = numbered.slice(start, end - start).combine_chunks().to_batches()
        yield from part


def carried(plan: PlannedRows, table: pa.Table, cuts: Sequence[int] = (), memory_bytes=2**28):
    """Return rows, refusals by row, and counts."""
    rows, refused = [], []
    with TemporaryDirectory() as scratch:
        with closing(Flow(plan, scratch=Path(scratch), now=NOW, memory_bytes=memory_bytes)) as flow:
            for source in ((flow.push(b) for b in batches(table, cuts)), (flow.finish(),)):
                for results in source:
                    for passed in results:
                        refused += passed.rejected
                        if passed.batch is not None:
                            rows += passed.batch.to_pylist()
            counts = flow.counts
        assert not list(Path(scratch).iterdir())
    assert all(count.balance() for count in counts), counts
    return rows, sorted(refused, key=lambda one: one.row), counts


def values(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]
