"""The ``sqlite`` sink: a table in a SQLite database file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from csvflow.contract import Examples, SinkError
from csvflow.kit.sql import Database, FileTableSettings, FileTableSink, SideFile
from csvflow.kit.sql.names import Table, listed, literal, quote
from csvflow.kit.sql.sqlite import INSTANT, SQLITE, values_of
from csvflow.kit.sql.staging import unreachable

BUSY_SECS = 60.0
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""What may pass by itself: everything else is a refusal."""


class SqliteSettings(FileTableSettings):
    """Where the database is, and which of its tables."""


class SqliteSink(FileTableSink[SqliteSettings]):
    """Load into a table of a SQLite database.

    Values stay exact. A decimal of up to 15 digits is a number in a column declared
    ``DECIMAL(p,s)``: it compares and sorts as one and has no final zeros. ``printf('%.2f',
    price)`` writes it out in full; what SQLite itself writes for 0.00001 is 1.0e-05. More
    digits than that SQLite can't keep in a number: a column whose type has more is text, to
    be compared as ``CAST(total AS REAL)``. Products and sums have more digits than what they
    are made of; ``derive: {total: cast(quantity * price as decimal(12,2))}`` makes a number
    of one. In a table that is there with a ``TEXT`` column decimals of any length are text.

    Dates and times are text in ISO form whose order is that of time, an instant in UTC as
    ``2026-01-31 10:00:18+00:00``; SQLite's own functions for dates read it. Booleans are
    0 and 1.

    Rows are staged in a file beside the database, so others read and write while an input
    is read; the load itself is one transaction.
    """

    schemes = ("sqlite",)
    dialect = SQLITE
    begins = "BEGIN IMMEDIATE"
    examples: ClassVar[Examples] = {
        "Add each input's rows": {"path": "out/shop.db", "table": "orders"},
        "Keep the newest row of each order": {
            "path": "out/shop.db",
            "table": "orders",
            "mode": "upsert",
            "key": ["id"],
        },
    }

    def __init__(self, settings: SqliteSettings) -> None:
        super().__init__(settings)
        self._staged: _Database | None = None

    def start(self, side: SideFile) -> None:
        staged = sqlite3.connect(side.path, isolation_level=None, check_same_thread=False)
        self._staged = _Database(staged)
        # Nobody else reads it, and after a crash it is thrown away.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            staged.execute(f"PRAGMA {pragma}")
        staged.execute(f"CREATE TABLE staged ({listed(self.layout.staged.names)})")
        staged.execute("BEGIN")

    def keep(self, batch: pa.RecordBatch) -> None:
        if self._staged is not None:
            self._staged.fill("staged", [batch], batch.schema)

    def finish(self) -> None:
        if self._staged is not None:
            self._staged.execute("COMMIT")
        self.drop()

    def drop(self) -> None:
        if self._staged is not None:
            self._staged.connection.close()
            self._staged = None

    @contextmanager
    def opened(self, side: SideFile) -> Iterator[Database]:
        del side
        with _connected(self.path.as_uri()) as database:
            # EXTRA also makes the journal's removal durable: what the ledger calls loaded
            # survives a power failure.
            database.execute("PRAGMA synchronous=EXTRA")
            # Room for changed pages: while they fit, others read on until the commit itself.
            database.execute("PRAGMA cache_size=-65536")
            yield database

    @contextmanager
    def loading(self, side: SideFile) -> Iterator[tuple[Database, str]]:
        with self.opened(side) as database:
            database.execute("ATTACH ? AS csvflow", (f"{side.path.as_uri()}?mode=ro",))
            yield database, "csvflow.staged"

    @contextmanager
    def looking(self, *, write: bool) -> Iterator[Database]:
        # An empty name is a database of our own, on disk, that goes with the connection.
        place = f"{self.path.as_uri()}?mode=rw" if self.path.exists() else ""
        with _connected(place) as database:
            database.execute(self.begins if write else "BEGIN")
            yield database

    def check(self, database: Database) -> Mapping[str, str]:
        present = super().check(database)
        for key in self.layout.keys if present else ():
            if pa.types.is_timestamp(kind := self.layout.schema.field(key).type) and kind.tz:
                self._check_instants(database, key)
        return present

    def _check_instants(self, database: Database, key: str) -> None:
        table, column = self.layout.table, quote(key)
        if database.execute(
            f"SELECT 1 FROM {table.sql} WHERE {column} NOT GLOB '{INSTANT}' LIMIT 1"
        ):
            heal = f"UPDATE {table.sql} SET {column} = replace({column}, 'Z', '+00:00')"
            raise SinkError(
                "sink.key-form",
                f"`{table}` has instants in its key `{key}` in another form than"
                " `2026-01-31 10:00:18+00:00`, and each would be a row beside ours",
                hint=f"write them so, as with: {heal}",
            )

    def columns(self, database: Database, table: Table) -> Mapping[str, str]:
        name = literal(table.name)
        return dict(database.execute(f"SELECT name, type FROM pragma_table_xinfo({name})"))

    def needed(self, database: Database, table: Table) -> Iterable[str]:
        # A row's number, which an INTEGER PRIMARY KEY is, comes by itself.
        return _names(
            database,
            f'SELECT name FROM pragma_table_xinfo({literal(table.name)}) WHERE "notnull"'
            " AND dflt_value IS NULL AND NOT hidden AND NOT (pk AND upper(type) = 'INTEGER')",
        )

    def unique_keys(self, database: Database, table: Table) -> Iterable[Sequence[str]]:
        name = literal(table.name)
        # A table's own key may be its row number, which has no index.
        yield _names(database, f"SELECT name FROM pragma_table_xinfo({name}) WHERE pk")
        for index in _names(
            database, f'SELECT name FROM pragma_index_list({name}) WHERE "unique" AND NOT partial'
        ):
            yield _names(database, f"SELECT name FROM pragma_index_info({literal(index)})")

    def explained(self, error: Exception) -> Exception:
        if isinstance(error, OverflowError):
            return SinkError(
                "sink.refused",
                f"`{self.target}` refused a number: SQLite has 64 bits for an int",
                hint="declare such a column as text in `columns`",
            )
        if not isinstance(error, sqlite3.Error):
            return super().explained(error)
        # Extended codes carry the primary one in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            return unreachable(self.path, str(error))
        return SinkError(
            "sink.refused",
            f"`{self.target}` refused the rows: {error}",
            hint="the table's own constraints and triggers decide; nothing was loaded",
        )


@dataclass(frozen=True, slots=True)
class _Database:
    connection: sqlite3.Connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters).fetchall()

    def change(self, sql: str) -> int:
        return self.connection.execute(sql).rowcount

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(schema))})"
        for batch in batches:
            columns = [values_of(n, c) for n, c in zip(schema.names, batch.columns, strict=True)]
            self.connection.executemany(insert, zip(*columns, strict=True))


@contextmanager
def _connected(place: str) -> Iterator[Database]:
    """Open a database; what isn't committed at the end is undone."""
    with closing(
        sqlite3.connect(place, uri=True, timeout=BUSY_SECS, isolation_level=None)
    ) as connection:
        yield _Database(connection)


def _names(database: Database, query: str) -> list[str]:
    # An index over an expression has no name there.
    return [name or "" for (name,) in database.execute(query)]
