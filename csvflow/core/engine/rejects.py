"""The rows that an input's run refused, written where they can be read and mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from csvflow.contract import Run, Sink
from csvflow.contract.arrays import integers, texts

if TYPE_CHECKING:
    from csvflow.core.engine.flow import Refused
    from csvflow.core.intake import Damaged, Intake

MARKS = ("_line", "_code", "_column", "_reason", "_raw")
"""The columns that stand behind the original ones in a file of rejects."""

_SLICE = 5_000
_TOGETHER = 1_000
"""So many rejects are written at once: a sink's work for a batch is mostly the same for fewer."""


class Rejects:
    """Stages rejects with the text of their original columns.

    ``sink`` is a sink like any other, or None where nothing may be written (``--dry-run``).
    """

    def __init__(self, sink: Sink[Any] | None, run: Run, intake: Intake) -> None:
        self._sink = sink
        self._run = run
        self._intake = intake
        self._width = len(intake.header)
        self._schema = pa.schema(
            [(_free(name, intake.header), pa.string()) for name in intake.header]
            + [(name, pa.int64() if name == "_line" else pa.string()) for name in MARKS]
        )
        self._opened = False
        # A thread adds; another commits when there are too many, and what comes later is no more
        # than what was in work then.
        self._lock = Lock()
        self._waiting: list[tuple[Damaged | Refused, str | None]] = []
        self.rows = 0
        self.by_code: Counter[str] = Counter()
        self.first: Damaged | Refused | None = None
        self.uri: str | None = None

    def add(self, damaged: Sequence[Damaged], refused: Sequence[Refused]) -> None:
        """Take records that never became rows and rows that a step refused, by their numbers.

        The text of the latter is fetched from the input.
        """
        items: list[Damaged | Refused] = [*damaged, *refused]
        items.sort(key=lambda item: item.row)
        for start in range(0, len(items), _SLICE):
            part = items[start : start + _SLICE]
            raws: list[str | None] = [getattr(item, "raw", None) for item in part]
            missing = {
                at: item.line
                for at, item in enumerate(part)
                if raws[at] is None and item.line is not None
            }
            fetched = self._intake.raw(list(missing.values()))
            for at, raw in zip(missing, fetched, strict=True):
                raws[at] = raw
            self._add(part, raws)

    def commit(self) -> None:
        """Make the rejects readable; where there are none, leave none of earlier attempts."""
        if self._sink is None:
            return
        with self._lock:
            self._write()
            if self._opened:
                self.uri = self._sink.commit().target
            else:
                self._sink.clear(self._run)

    def abort(self) -> None:
        """Leave nothing staged."""
        self._waiting.clear()
        if self._sink is not None:
            self._sink.abort()

    def _add(self, items: Sequence[Damaged | Refused], raws: Sequence[str | None]) -> None:
        with self._lock:
            if items and self.uri is None:
                self._take(items, raws)

    def _take(self, items: Sequence[Damaged | Refused], raws: Sequence[str | None]) -> None:
        self.rows += len(items)
        self.by_code.update(item.code for item in items)
        if self.first is None:
            self.first = items[0]
        if self._sink is None:
            return
        self._waiting += zip(items, raws, strict=True)
        if len(self._waiting) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        if self._sink is None or not self._waiting:
            return
        items, raws = zip(*self._waiting, strict=True)
        self._waiting.clear()
        if not self._opened:
            self._sink.open(self._run, self._schema)
            self._opened = True
        fields = [self._fields(raw) for raw in raws]
        arrays = [texts([cells[position] for cells in fields]) for position in range(self._width)]
        arrays += [
            integers([item.line for item in items]),
            texts([item.code for item in items]),
            texts([item.column for item in items]),
            texts([item.reason for item in items]),
            texts(raws),
        ]
        self._sink.write(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _fields(self, raw: str | None) -> Sequence[str | None]:
        if raw is None:
            return [None] * self._width
        cells = self._intake.fields(raw)[: self._width]
        return cells + [None] * (self._width - len(cells))


def _free(name: str, header: Sequence[str]) -> str:
    while name in MARKS:
        name += "_"
        if name in header:
            name += "_"
    return name
