"""One record of an input, followed through the steps by its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW
from csvflow.core.columns.types import spoken
from csvflow.core.engine.chain import looks_around, remakes
from csvflow.core.engine.flow import Passed, Refused
from csvflow.core.intake import Damaged
from csvflow.services.look import Look, cells


@dataclass(frozen=True)
class Value:
    """One column of the row after a step."""

    name: str
    type: str
    value: Any


@dataclass(frozen=True)
class Record:
    """A record as it was read: a row, or damaged."""

    row: int
    line: int
    batch: pa.RecordBatch | None
    damage: Damaged | None


class Trace:
    """Follows one record through the steps, by its number."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._found: Record | None = None
        self.remade = next((at for at, plan in enumerate(look.plans) if remakes(plan)), 1 << 30)
        """The plan from which on rows have other numbers."""
        self.seen: dict[int, list[Value]] = {}
        self.refused: dict[int, Refused] = {}

    def run(self, line: int) -> Record | None:
        """Return the record, followed to its end; only it is taken where that makes no difference.

        None: no record begins on that line or above it.
        """
        if not self._look.plans:
            return None
        whole = any(looks_around(plan) for plan in self._look.plans)
        chain = self._look.chain(self._watch)
        try:
            for (batch, damaged), after in _pairs(self._look):
                if self._found is None:
                    self._found = _find(batch, damaged, line, after)
                    # A damaged record never becomes a row: there is nothing to follow.
                    whole = whole and (self._found is None or self._found.batch is not None)
                if whole:
                    chain.push(batch)
                elif self._found is not None:
                    if self._found.batch is not None:
                        chain.push(self._found.batch)
                    break
            if self._found is not None:
                chain.finish()
        finally:
            chain.close()
        return self._found

    def _watch(self, index: int, passed: Passed) -> None:
        if self._found is None or index >= self.remade:
            return
        row = self._found.row
        self.refused.update((index, item) for item in passed.rejected if item.row == row)
        if passed.batch is not None:
            one = passed.batch.filter(pc.equal(passed.batch.column(ROW), row))
            if one.num_rows:
                self.seen[index] = _values(one)


def _pairs(
    look: Look,
) -> Iterator[tuple[tuple[pa.RecordBatch, Sequence[Damaged]], int | None]]:
    """Yield what was read, with the line on which the next of it begins."""
    before: tuple[pa.RecordBatch, Sequence[Damaged]] | None = None
    for batch, damaged in look.records(None):
        starts = [*batch.column(LINE).slice(0, 1).to_pylist(), *(d.line for d in damaged[:1])]
        if not starts:
            continue
        if before is not None:
            yield before, min(starts)
        before = batch, damaged
    if before is not None:
        yield before, None


def _find(
    batch: pa.RecordBatch, damaged: Sequence[Damaged], line: int, after: int | None
) -> Record | None:
    """Return the last record that begins on the line or above it, if it is among these."""
    if after is not None and after <= line:
        return None
    damage = max((d for d in damaged if d.line <= line), key=lambda d: d.line, default=None)
    at = pc.sum(pc.less_equal(batch.column(LINE), line)).as_py() or 0
    if at:
        row = batch.slice(at - 1, 1)
        first = row.column(LINE)[0].as_py()
        if damage is None or damage.line < first:
            return Record(row.column(ROW)[0].as_py(), first, row, None)
    return Record(damage.row, damage.line, None, damage) if damage else None


def _values(batch: pa.RecordBatch) -> list[Value]:
    visible = batch.num_columns - 2
    return [
        Value(batch.schema.field(at).name, spoken(batch.schema.field(at).type), cells(column)[0])
        for at, column in enumerate(batch.columns[:visible])
    ]
