"""What a commit would change in a table: found beside it, in temporary tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from csvflow.contract import ROW, Change, Comparison
from csvflow.kit.sql.database import Database
from csvflow.kit.sql.dialect import kind_of
from csvflow.kit.sql.layout import Layout
from csvflow.kit.sql.names import quote

EXAMPLES = 3
"""So many examples are given of what changes in a column."""
STAGE = "_csvflow_staged"
EMPTY = "_csvflow_empty"
"""Stands for a table that isn't there yet."""
_UNEQUAL = frozenset({"json", "xml"})
"""Types of Postgres whose values can't be compared but as text."""


def compare(
    database: Database,
    layout: Layout,
    present: Mapping[str, str],
    target: str,
    batches: Iterable[pa.RecordBatch],
) -> Comparison:
    """Return what committing the rows would change in a table with these columns, or none."""
    creates = () if present else (_created(layout),)
    mode = layout.settings.mode
    if mode != "upsert":
        removed = 0
        if mode == "replace" and present:
            ((removed,),) = database.execute(f"SELECT count(*) FROM {layout.table.sql}")
        rows = sum(batch.num_rows for batch in batches)
        return Comparison(target, creates=creates, inserted=rows, removed=removed)
    return _Upsert(database, layout, present).compared(target, creates, batches)


def _created(layout: Layout) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in layout.types.items())
    return f"table `{layout.table}` ({columns})"


@dataclass(frozen=True)
class _Upsert:
    database: Database
    layout: Layout
    present: Mapping[str, str]

    def compared(
        self, target: str, creates: tuple[str, ...], batches: Iterable[pa.RecordBatch]
    ) -> Comparison:
        rows = self._staged(batches)
        names = [name for name in self.layout.schema.names if name not in self.layout.keys]
        joined = self._joined()
        found = f"target.{quote(self.layout.keys[0])} IS NOT NULL"
        sums = [f"({found}) AND ({' OR '.join(map(self._differs, names)) or '1 = 0'})"]
        sums += [f"({found}) AND {self._differs(name)}" for name in names]
        told = ", ".join(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in sums)
        ((kept, matched, *counts),) = self.database.execute(
            f"SELECT count(*), sum(CASE WHEN {found} THEN 1 ELSE 0 END), {told} FROM {joined}"
        )
        kept, matched = int(kept), int(matched or 0)
        updated, *columns = (int(count or 0) for count in counts)
        changes = tuple(
            Change(name, count, self._examples(name, joined, found))
            for name, count in zip(names, columns, strict=True)
            if count
        )
        return Comparison(
            target,
            creates=creates,
            inserted=kept - matched,
            updated=updated,
            unchanged=matched - updated,
            folded=rows - kept,
            changes=changes,
        )

    def _staged(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Put the rows aside with the types that the table has; return their number."""
        count = 0

        def arranged() -> Iterable[pa.RecordBatch]:
            nonlocal count
            for batch in batches:
                count += batch.num_rows
                yield self.layout.arrange(batch)

        schema = self.layout.staged
        if not self.present:
            columns = ", ".join(f"{quote(n)} {kind}" for n, kind in self.layout.types.items())
            self.database.execute(f"CREATE TEMPORARY TABLE {EMPTY} ({columns})")
        reserved = schema.names[len(self.layout.schema) :]
        wanted = [quote(name) for name in self.layout.schema.names]
        wanted += [f"CAST(NULL AS BIGINT) AS {quote(name)}" for name in reserved]
        self.database.execute(
            f"CREATE TEMPORARY TABLE {STAGE} AS SELECT {', '.join(wanted)} FROM {self._target}"
            " WHERE 1 = 0"
        )
        self.database.fill(self._beside(STAGE), arranged(), schema)
        return count

    @property
    def _target(self) -> str:
        return self.layout.table.sql if self.present else self._beside(EMPTY)

    def _beside(self, table: str) -> str:
        return f"{self.layout.dialect.temporary}.{table}"

    def _joined(self) -> str:
        """Return the newest row of each key of the input, and beside it the table's."""
        keys = self.layout.keys
        same = " AND ".join(f"target.{quote(key)} = input.{quote(key)}" for key in keys)
        return (
            f"(SELECT * FROM {self.layout.newest(self._beside(STAGE))}) AS input"
            f" LEFT JOIN {self._target} AS target ON {same}"
        )

    def _differs(self, name: str) -> str:
        kind = kind_of(self.layout.schema.field(name).type)
        old, new = f"target.{quote(name)}", f"input.{quote(name)}"
        if kind:
            old = self.layout.dialect.comparable(kind, old)
        if self.present.get(name) in _UNEQUAL:
            old, new = f"CAST({old} AS TEXT)", f"CAST({new} AS TEXT)"
        return f"{old} {self.layout.dialect.differs} {new}"

    def _examples(self, name: str, joined: str, found: str) -> tuple[tuple[Any, ...], ...]:
        keys = ", ".join(f"input.{quote(key)}" for key in self.layout.keys)
        rows = self.database.execute(
            f"SELECT {keys}, target.{quote(name)}, input.{quote(name)} FROM {joined}"
            f" WHERE {found} AND {self._differs(name)} ORDER BY input.{quote(ROW)} LIMIT {EXAMPLES}"
        )
        printed = [self._printed(key) for key in self.layout.keys] + [self._printed(name)] * 2
        told = [[print_(value) for print_, value in zip(printed, row, strict=True)] for row in rows]
        return tuple((tuple(row[:-2]), row[-2], row[-1]) for row in told)

    def _printed(self, name: str) -> Callable[[Any], Any]:
        """Return what makes of a number in a column of decimals the decimal that it is."""
        kind = self.layout.schema.field(name).type
        if not pa.types.is_decimal(kind):
            return lambda value: value
        return lambda value: (
            Decimal(f"{value:.{kind.scale}f}") if isinstance(value, (int, float)) else value
        )
