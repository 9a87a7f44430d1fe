"""The ``sqlite`` sink: a table in a SQLite database file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import Examples, Receipt, SinkError
from csvflow.kit.sql import Dialect, FileTableSettings, FileTableSink, Kind, Loaded, SideFile
from csvflow.kit.sql.compare import Session
from csvflow.kit.sql.layout import listed
from csvflow.kit.sql.names import Table, literal
from csvflow.kit.sql.staging import unreachable

BUSY_SECS = 60.0
_TYPES = {"int": "INTEGER", "bool": "INTEGER", "float": "REAL"}
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""What may pass by itself: everything else is a refusal."""


def _bends(kind: Kind, declared: str) -> bool:
    # https://sqlite.org/datatype3.html#determination_of_column_affinity
    upper = declared.upper()
    if "INT" in upper:
        return kind.word in {"text", "decimal"}
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT", "BLOB")) or not upper:
        return False
    if any(word in upper for word in ("REAL", "FLOA", "DOUB")):
        return kind.word in {"text", "decimal", "int"}
    return kind.word in {"text", "decimal"}


SQLITE = Dialect(
    name="SQLite",
    declare=lambda kind: _TYPES.get(kind.word, "TEXT"),
    bends=_bends,
    empty_names=True,
)


class SqliteSettings(FileTableSettings):
    """Where the database is, and which of its tables."""


class SqliteSink(FileTableSink[SqliteSettings]):
    """Load into a table of a SQLite database.

    Values stay exact: decimals, dates and times are text in ISO form (SQLite has no such
    types and would make decimals binary floats), booleans are 0 and 1. Rows are staged in
    a file beside the database, so others read and write while an input is read; the load
    itself is one transaction.
    """

    schemes = ("sqlite",)
    dialect = SQLITE
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
        self._staged: sqlite3.Connection | None = None
        self._insert = ""

    def start(self, side: SideFile) -> None:
        if self.path.exists():
            with closing(self._connect()) as database:
                self._check(database)
        self._staged = sqlite3.connect(side.path, isolation_level=None, check_same_thread=False)
        # Nobody else reads it, and after a crash it is thrown away.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self._staged.execute(f"PRAGMA {pragma}")
        names = self.layout.staged.names
        self._staged.execute(f"CREATE TABLE staged ({listed(names)})")
        self._staged.execute("BEGIN")
        self._insert = f"INSERT INTO staged VALUES ({', '.join('?' * len(names))})"

    def keep(self, batch: pa.RecordBatch) -> None:
        if self._staged is not None:
            columns = [
                _values(name, column)
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            self._staged.executemany(self._insert, zip(*columns, strict=True))

    def finish(self) -> None:
        if self._staged is not None:
            self._staged.execute("COMMIT")
        self.drop()

    def drop(self) -> None:
        if self._staged is not None:
            self._staged.close()
            self._staged = None

    def publish(self, side: SideFile) -> Receipt:
        with closing(self._connect()) as database:
            return self._publish(database, side)

    def try_table(self, table: Table) -> bool:
        with closing(self._connect()) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                database.execute("CREATE TABLE _csvflow_probe (probe)")
                there = database.execute(
                    f"SELECT name FROM pragma_table_xinfo({literal(table.name)})"
                ).fetchall()
                if there:
                    database.execute(f"SELECT * FROM {table.sql} LIMIT 0")
            finally:
                database.execute("ROLLBACK")
        return bool(there)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.errors():
            # An empty name is a database of our own, on disk, that goes with the connection.
            place = f"{self.path.as_uri()}?mode=rw" if self.path.exists() else ""
            with closing(
                sqlite3.connect(place, uri=True, timeout=BUSY_SECS, isolation_level=None)
            ) as database:
                database.execute("BEGIN")
                yield _Session(database, self._check)
                database.execute("ROLLBACK")

    def _publish(self, database: sqlite3.Connection, side: SideFile) -> Receipt:
        # EXTRA also makes the journal's removal durable: what the ledger calls loaded
        # survives a power failure.
        database.execute("PRAGMA synchronous=EXTRA")
        # Room for changed pages: while they fit, others read on until the commit itself.
        database.execute("PRAGMA cache_size=-65536")
        database.execute("ATTACH ? AS csvflow", (f"{side.path.as_uri()}?mode=ro",))
        database.execute("BEGIN IMMEDIATE")
        try:
            database.execute(self.marker.create())
            database.execute(self.layout.create())
            self._check(database)

            def execute(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
                return database.execute(sql, parameters).fetchall()

            settled = self.marker.settle(
                execute,
                self.target,
                can_replace=self.can_replace,
                load=lambda earlier: self._load(database, earlier=earlier),
            )
            database.execute("COMMIT" if settled.fresh else "ROLLBACK")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
        return settled.receipt

    def _load(self, database: sqlite3.Connection, *, earlier: bool) -> Loaded:
        stage, layout = "csvflow.staged", self.layout
        if self.settings.mode == "replace":
            database.execute(f"DELETE FROM {layout.table.sql}")
        elif earlier and self.settings.lineage:
            database.execute(layout.delete_run())
        if self.settings.mode != "upsert":
            return Loaded(database.execute(layout.insert(stage)).rowcount)
        ((kept,),) = database.execute(layout.distinct_keys(stage)).fetchall()
        database.execute(layout.upsert(stage, newest=kept < self.rows))
        return Loaded(kept, self.rows - kept)

    def _check(self, database: sqlite3.Connection) -> dict[str, str]:
        name = literal(self.layout.table.name)
        rows = database.execute(f"SELECT name, type, pk FROM pragma_table_xinfo({name})").fetchall()
        if not rows:
            return {}
        present = {str(column): str(declared) for column, declared, _ in rows}
        self.layout.check(present)
        if self.settings.mode == "upsert":
            keys = {frozenset(_folded(column) for column, _, part in rows if part)}
            for (index,) in database.execute(
                f'SELECT name FROM pragma_index_list({name}) WHERE "unique" AND NOT partial'
            ).fetchall():
                found = database.execute(f"SELECT name FROM pragma_index_info({literal(index)})")
                keys.add(frozenset(_folded(column or "") for (column,) in found.fetchall()))
            if frozenset(map(_folded, self.settings.key)) not in keys:
                raise self.layout.no_unique_key()
        return present

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.path.as_uri(), uri=True, timeout=BUSY_SECS, isolation_level=None
        )

    def explained(self, error: Exception) -> Exception:
        if isinstance(error, OverflowError):
            return SinkError(
                "sink.refused",
                f"`{self.target}` refused a number: SQLite has 64 bits for an int",
                hint="declare such a column as text in `columns`",
            )
        if not isinstance(error, sqlite3.Error):
            return error
        # Extended codes carry the primary one in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            return unreachable(self.path, str(error))
        return SinkError(
            "sink.refused",
            f"`{self.target}` refused the rows: {error}",
            hint="the table's own constraints and triggers decide; nothing was loaded",
        )


@dataclass
class _Session:
    """Temporary tables are SQLite's own file: the database isn't written to."""

    database: sqlite3.Connection
    check: Callable[[sqlite3.Connection], Mapping[str, str]]
    temporary: str = "temp"
    differs: str = "IS NOT"

    def columns(self) -> Mapping[str, str]:
        return self.check(self.database)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.execute(sql).fetchall()

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(schema))})"
        for batch in batches:
            columns = [_values(n, c) for n, c in zip(schema.names, batch.columns, strict=True)]
            self.database.executemany(insert, zip(*columns, strict=True))


def _folded(name: str) -> str:
    return name.lower()


def _values(name: str, column: pa.Array) -> Sequence[Any]:
    """Return a column as SQLite keeps it."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = _values(name, column.dictionary)
        return [None if at is None else words[at] for at in column.indices.to_pylist()]
    if isinstance(kind, pa.BaseExtensionType):
        return _values(name, column.storage)
    if pa.types.is_decimal(kind):
        return list(map(_plain, column.cast(pa.string()).to_pylist()))
    if pa.types.is_temporal(kind):
        return _iso(column)
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(column)).as_py():
        # SQLite would make it null without a word.
        raise SinkError(
            "sink.refused",
            f"column `{name}` has NaN, which SQLite can't hold",
            hint=f"say what it means, with a step: `derive: {{{name}: nullif({name}, 'nan')}}`",
        )
    values: Sequence[Any] = column.to_pylist()
    return values


def _plain(text: str | None) -> str | None:
    """Return a decimal without an exponent, which Arrow writes for small ones."""
    return text if text is None or "E" not in text else format(Decimal(text), "f")


def _iso(column: pa.Array) -> Sequence[Any]:
    """Return dates and times as ISO text, without a fraction of zeros."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = column.cast(pa.timestamp(kind.unit, "UTC"))
    text = column.cast(pa.string())
    values: Sequence[Any] = pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1").to_pylist()
    return values
