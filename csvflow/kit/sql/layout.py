"""How a run's rows lie in their table: which columns, in which order, of which types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import pyarrow as pa

from csvflow.contract import LINE, RESERVED, ROW, Run, SinkError
from csvflow.kit.sql.dialect import Dialect, kind_of
from csvflow.kit.sql.losses import Losses
from csvflow.kit.sql.names import Table, check_names, folded, listed, literal, quote
from csvflow.kit.sql.required import RUN, lineage_types, no_lineage
from csvflow.kit.sql.settings import TableSettings


@dataclass(frozen=True)
class Layout:
    """One run's columns in one table."""

    dialect: Dialect
    table: Table
    schema: pa.Schema
    """The columns of the target, without reserved ones."""
    settings: TableSettings
    run: Run

    @classmethod
    def of(cls, dialect: Dialect, settings: TableSettings, schema: pa.Schema, run: Run) -> Layout:
        """Return the layout of rows of a schema.

        Raises ``SinkError`` for names or types that the database can't hold, and for a key
        that isn't there.
        """
        fields = [field for field in schema if not field.name.startswith(RESERVED)]
        names = [field.name for field in fields]
        check_names(
            names,
            database=dialect.name,
            max_bytes=dialect.max_name_bytes,
            empty=dialect.empty_names,
            folds=dialect.folds_case,
        )
        table = Table.parse(settings.table)
        for column in settings.key:
            if column not in names:
                raise _no_key_column(column, names)
        layout = cls(dialect, table, pa.schema(fields), settings, run)
        layout.types  # noqa: B018  refuses a type before a row is read
        return layout

    @cached_property
    def names(self) -> list[str]:
        """The columns that the table must have, in order."""
        return [*self.schema.names, *([RUN, LINE] if self.settings.lineage else [])]

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The type of each column in a new table."""
        types = {field.name: self.dialect.type_of(field) for field in self.schema}
        if self.settings.lineage:
            types.update(lineage_types(self.dialect))
        return types

    @cached_property
    def staged(self) -> pa.Schema:
        """The columns that are staged: the target's, LINE for lineage, ROW for upsert."""
        reserved = [LINE] * self.settings.lineage + [ROW] * bool(self.keys)
        return pa.schema([*self.schema, *(pa.field(name, pa.int64()) for name in reserved)])

    def arrange(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the columns to stage. Raises ``SinkError`` (``sink.null-key``)."""
        for column in self.keys:
            if batch.column(column).null_count:
                raise SinkError(
                    "sink.null-key",
                    f"column `{column}` is in the key of `{self.table}`, and is null in some row",
                    hint=f"reject such rows: `{column}: … required` in `columns`",
                )
        return batch.select(self.staged.names)

    def create(self) -> str:
        """Return the statement that creates the table where it isn't there."""
        columns = [f"{quote(name)} {type_}" for name, type_ in self.types.items()]
        if self.keys:
            columns.append(f"PRIMARY KEY ({listed(self.keys)})")
        return f"CREATE TABLE IF NOT EXISTS {self.table.sql} ({', '.join(columns)})"

    def check(self, present: Mapping[str, str]) -> None:
        """Compare with the columns of a table that is there: name → declared type.

        Raises ``SinkError`` (``sink.missing-column``, ``sink.column-type``).
        """
        found = {self._folded(name): type_ for name, type_ in present.items()}
        for name in self.names:
            declared = found.get(self._folded(name))
            if declared is None:
                raise self._missing(name, list(present))
            kind = kind_of(self.schema.field(name).type) if name in self.schema.names else None
            if kind and self.dialect.bends(kind, declared):
                raise SinkError(
                    "sink.column-type",
                    f"column `{name}` is {kind}, and `{self.table}` has it as {declared or 'any'},"
                    " which can't hold every such value exactly",
                    hint="change its type in `columns`, or the table's; or drop the table and load"
                    " its files again, with --force",
                )

    def losses(self, present: Mapping[str, str]) -> Losses:
        """Return what a table with these columns would take off values."""
        found = {self._folded(name): type_ for name, type_ in present.items()}
        declared = {name: found.get(self._folded(name), "") for name in self.schema.names}
        return Losses.of(self.dialect, str(self.table), self.schema, declared)

    def _folded(self, name: str) -> str:
        return folded(name) if self.dialect.folds_case else name

    def _missing(self, name: str, present: Sequence[str]) -> SinkError:
        if name in {RUN, LINE}:
            return no_lineage(self.table, name, self.types[name])
        add = f"ALTER TABLE {self.table.sql} ADD COLUMN {quote(name)} {self.types[name]}"
        hint = f"add it: {add}; or leave it out with a `drop` step"
        if near := get_close_matches(name, present, n=1):
            hint = f"it has `{near[0]}`: rename one of them; or {hint}"
        return SinkError(
            "sink.missing-column", f"table `{self.table}` has no column `{name}`", hint=hint
        )

    def insert(self, stage: str, *, newest: bool = True) -> str:
        """Return the statement that puts the staged rows into the table."""
        columns = listed(self.names)
        return f"INSERT INTO {self.table.sql} ({columns}) {self.select(stage, newest=newest)}"

    def select(self, stage: str, *, newest: bool = True) -> str:
        """Return the query for the rows as they go into the table.

        With ``newest`` the last of each key, which costs a sort.
        """
        values = [
            f"{literal(self.run.id)} AS {quote(RUN)}" if name == RUN else quote(name)
            for name in self.names
        ]
        if not (self.keys and newest):
            # WHERE keeps SQLite from reading ON CONFLICT as a join's ON.
            return f"SELECT {', '.join(values)} FROM {stage} WHERE true"
        return f"SELECT {', '.join(values)} FROM {self.newest(stage)}"

    def newest(self, stage: str) -> str:
        """Return what stands behind FROM for the last row of each key."""
        return (
            f"(SELECT *, row_number() OVER (PARTITION BY {listed(self.keys)}"
            f" ORDER BY {quote(ROW)} DESC) AS _csvflow_rank FROM {stage}) AS ranked"
            " WHERE _csvflow_rank = 1"
        )

    def upsert(self, stage: str, *, newest: bool = True) -> str:
        """Return the statement that updates or inserts."""
        if self.dialect.merges:
            return self._merge(stage, newest=newest)
        changes = [f"{quote(n)} = excluded.{quote(n)}" for n in self.names if n not in self.keys]
        action = f"UPDATE SET {', '.join(changes)}" if changes else "NOTHING"
        keys = listed(self.keys)
        return f"{self.insert(stage, newest=newest)} ON CONFLICT ({keys}) DO {action}"

    def _merge(self, stage: str, *, newest: bool) -> str:
        same = [f"target.{quote(n)} = input.{quote(n)}" for n in self.keys]
        changes = [f"{quote(n)} = input.{quote(n)}" for n in self.names if n not in self.keys]
        values = ", ".join(f"input.{quote(name)}" for name in self.names)
        source = self.select(stage, newest=newest)
        update = f" WHEN MATCHED THEN UPDATE SET {', '.join(changes)}" if changes else ""
        return (
            f"MERGE INTO {self.table.sql} AS target USING ({source}) AS input"
            f" ON {' AND '.join(same)}{update}"
            f" WHEN NOT MATCHED THEN INSERT ({listed(self.names)}) VALUES ({values})"
        )

    def distinct_keys(self, stage: str) -> str:
        """Return the query for the number of different keys among the staged rows."""
        return f"SELECT count(*) FROM (SELECT DISTINCT {listed(self.keys)} FROM {stage}) k"

    @property
    def keys(self) -> Sequence[str]:
        """The columns of the key; none where rows aren't updated."""
        return self.settings.key

    def removal(self, *, earlier: bool, spared: str) -> str | None:
        """Return the statement that takes out the rows which give way to this run's, if any do.

        Those of its earlier generation only if there was one; never those for which the
        condition ``spared`` is true.
        """
        which = [f"NOT ({spared})"] if spared else []
        if self.settings.mode != "replace":
            if not (earlier and self.settings.lineage):
                return None
            which.append(f"{quote(RUN)} = {literal(self.run.id)}")
        # Without a condition it is many times faster.
        where = f" WHERE {' AND '.join(which)}" if which else ""
        return f"DELETE FROM {self.table.sql}{where}"

    def untold(self) -> str:
        """Return the query for a row that no run of a table with lineage put there."""
        return f"SELECT 1 FROM {self.table.sql} WHERE {quote(RUN)} IS NULL LIMIT 1"


def _no_key_column(column: str, names: Sequence[str]) -> SinkError:
    near = get_close_matches(column, names, n=1)
    return SinkError(
        "sink.missing-column",
        f"`key` names column `{column}`, which the rows don't have",
        hint=f"did you mean `{near[0]}`?" if near else f"they have: {', '.join(names[:20])}",
    )
