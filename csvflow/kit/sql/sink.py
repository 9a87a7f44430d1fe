"""The part of a SQL sink that is the same for every database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, TypeVar

import pyarrow as pa

from csvflow.contract import (
    Comparison,
    ConfigError,
    CsvflowError,
    Receipt,
    Run,
    Sink,
    SinkError,
)
from csvflow.kit.sql.compare import compare
from csvflow.kit.sql.database import Database
from csvflow.kit.sql.dialect import Dialect
from csvflow.kit.sql.layout import Layout
from csvflow.kit.sql.losses import Losses
from csvflow.kit.sql.marker import Loaded, Marker, Settled
from csvflow.kit.sql.names import Table, folded
from csvflow.kit.sql.required import check_lineage, check_needed, check_unique, no_schema
from csvflow.kit.sql.settings import TableSettings, without_scheme
from csvflow.kit.stores import public

T = TypeVar("T", bound=TableSettings)


class TableSink(Sink[T]):
    """Rows into one table, with a marker row in the transaction of the data."""

    reserved = True
    dialect: ClassVar[Dialect]

    def __init__(self, settings: T) -> None:
        super().__init__(settings)
        self.rows = 0
        self._losses = Losses()
        self.layout: Layout
        self.marker: Marker

    @classmethod
    def settings_for(cls, url: str, table: str | None) -> Mapping[str, Any]:
        return {"path": without_scheme(url), "table": named_table(url, table)}

    @property
    def can_replace(self) -> bool:
        return self.settings.mode != "append" or self.settings.lineage

    def may_hold(self, run: Run) -> bool:
        table = Table.parse(self.settings.table)
        marker = Marker(self.dialect, table, run)
        with self.errors(), self.looking(write=False) as database:
            if not self.columns(database, table) or self._is_empty(database, table):
                return False
            # Rows without any marker came from elsewhere, or lost theirs: nobody can tell.
            return not self.columns(database, marker.markers) or marker.earlier(database)

    def open(self, run: Run, schema: pa.Schema) -> None:
        self.rows = 0
        self._losses = Losses()
        self.layout = Layout.of(self.dialect, self.settings, schema, run)
        self.marker = Marker(self.dialect, self.layout.table, run)
        self.begin()

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self.stage(self.layout.arrange(self._losses.whole(batch)))
            self.rows += batch.num_rows

    def compare(
        self, run: Run, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Comparison | None:
        self.layout = Layout.of(self.dialect, self.settings, schema, run)
        with self.errors(), self.looking(write=False) as database:
            present = self.check(database)
            whole = map(self._losses.whole, batches)
            return compare(database, self.layout, present, self.target, whole)

    def check(self, database: Database) -> Mapping[str, str]:
        """Compare the run's columns with the table; return the table's, none if it isn't there."""
        layout = self.layout
        present = self.columns(database, layout.table)
        self._losses = layout.losses(present)
        if present:
            layout.check(present)
            needed = self.needed(database, layout.table)
            check_needed(layout.table, layout.names, needed, folds=self.dialect.folds_case)
            self._check_key(database, layout.table)
        else:
            self._check_schema(database, layout.table)
        return present

    def look_at(self, database: Database, table: Table) -> bool:
        """Check what the settings alone need of the table; tell whether it is there."""
        present = self.columns(database, table)
        if present:
            database.execute(f"SELECT * FROM {table.sql} LIMIT 0")
            self._check_key(database, table)
            if self.settings.lineage:
                check_lineage(self.dialect, table, present)
        else:
            self._check_schema(database, table)
        return bool(present)

    def create(self, database: Database) -> None:
        """Create what isn't there, where nobody else can do it at the same moment."""
        self._check_schema(database, self.layout.table)
        database.execute(self.marker.create())
        if not self.columns(database, self.layout.table):
            database.execute(self.layout.create())
            self.marker.forget(database)

    def settle(self, database: Database, stage: str | None, *, spared: str = "") -> Settled:
        """Load what is staged, in the transaction under way, unless an earlier commit had.

        Without ``stage`` the rows are in the table already, and ``spared`` tells them from
        those that give way.
        """
        layout = self.layout

        def load(earlier: int | None) -> Loaded:
            self._take_out(database, earlier, spared)
            if stage is None:
                return Loaded(self.rows)
            if not layout.keys:
                return Loaded(database.change(layout.insert(stage)))
            ((kept,),) = database.execute(layout.distinct_keys(stage))
            database.execute(layout.upsert(stage, newest=kept < self.rows))
            return Loaded(kept, self.rows - kept)

        return self.marker.settle(database, self.target, load=load)

    def _take_out(self, database: Database, earlier: int | None, spared: str) -> None:
        """Remove what gives way; ``earlier``: how many rows this input's last load put there.

        Raises ``SinkError`` (``sink.cannot-replace``) where some of them may be left.
        """
        layout = self.layout
        removed = 0
        if removal := layout.removal(earlier=earlier is not None, spared=spared):
            removed = database.change(removal)
        if earlier is None or self.settings.mode != "append":
            return
        if not self.can_replace:
            left = not self._is_empty(database, layout.table, spared=spared)
        else:
            # Such a column may have come later than the rows.
            left = removed < earlier and bool(database.execute(layout.untold()))
        if left:
            raise SinkError(
                "sink.cannot-replace",
                f"`{layout.table}` has rows of an earlier load of this input,"
                " and nothing tells them from others",
                hint="drop the table, or name another one, and load its files again",
            )

    def _is_empty(self, database: Database, table: Table, *, spared: str = "") -> bool:
        where = f" WHERE NOT ({spared})" if spared else ""
        return not database.execute(f"SELECT 1 FROM {table.sql}{where} LIMIT 1")

    def _check_key(self, database: Database, table: Table) -> None:
        if self.settings.key and not self.dialect.merges:
            check_unique(
                table,
                self.settings.key,
                self.unique_keys(database, table),
                folds=self.dialect.folds_case,
            )

    def _check_schema(self, database: Database, table: Table) -> None:
        if table.schema is not None and not self.has_schema(database, table.schema):
            raise no_schema(self.dialect, table)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what goes wrong at the database as ``SinkError`` or ``UnreachableError``."""
        try:
            yield
        except CsvflowError:
            raise
        except Exception as error:
            told = self.explained(error)
            if told is error:
                raise
            raise told from error

    @abstractmethod
    def looking(self, *, write: bool) -> AbstractContextManager[Database]:
        """Connect, within a transaction that is taken back at the end.

        Without ``write`` nothing but temporary tables is made.
        """

    def has_schema(self, database: Database, schema: str) -> bool:
        """Tell whether the schema is there; by default ``main`` alone is."""
        del database
        return folded(schema) == "main"

    @abstractmethod
    def columns(self, database: Database, table: Table) -> Mapping[str, str]:
        """Return the columns of a table and their declared types, none if it isn't there."""

    def unique_keys(self, database: Database, table: Table) -> Iterable[Sequence[str]]:
        """Return the columns of each unique index; asked where an upsert needs one."""
        del database, table
        return ()

    def needed(self, database: Database, table: Table) -> Iterable[str]:
        """Return the columns that may not be null and that nothing fills."""
        del database, table
        return ()

    @abstractmethod
    def explained(self, error: Exception) -> Exception:
        """Return what a database's error means to a user; others as they are."""

    @abstractmethod
    def begin(self) -> None:
        """Check the target and begin staging, for ``self.layout``."""

    @abstractmethod
    def stage(self, batch: pa.RecordBatch) -> None:
        """Stage a batch of ``self.layout.staged``."""

    @abstractmethod
    def commit(self) -> Receipt: ...


def named_table(url: str, table: str | None) -> str:
    """Return the table of ``--to URL::TABLE``. Raises ``ConfigError`` (``config.no-table``)."""
    if table:
        return table
    # What comes after `?` may hold a password too.
    shown = public(url.partition("?")[0])
    raise ConfigError(
        "config.no-table",
        f"`--to {shown}` names a database, and no table",
        hint="write the table behind it: `…::orders`",
    )
