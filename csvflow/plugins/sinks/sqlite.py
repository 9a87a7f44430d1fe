"""The ``sqlite`` sink: a table in a SQLite database file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import CsvflowError, Examples, Place, Receipt, SinkError
from csvflow.kit.sql import Dialect, Kind, Loaded, SideFile, TableSettings, TableSink, quote
from csvflow.kit.sql.marker import lease_lost
from csvflow.kit.sql.names import literal
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


class SqliteSettings(TableSettings):
    """Where the database is."""

    path: Place
    """Database file. Created when missing, with its folder."""


class SqliteSink(TableSink[SqliteSettings]):
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
        self._path = Path(settings.path).absolute()
        self._side: SideFile | None = None
        self._staging: sqlite3.Connection | None = None
        self._insert = ""

    @property
    def target(self) -> str:
        return f"{self.settings.path}::{self.settings.table}"

    def begin(self) -> None:
        self._side = SideFile(self._path, self.layout.run)
        self._side.prepare()
        with self._errors():
            if self._path.exists():
                with closing(self._connect()) as database:
                    self._check(database)
            self._staging = sqlite3.connect(
                self._side.path, isolation_level=None, check_same_thread=False
            )
            # Nobody else reads it, and after a crash it is thrown away.
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
                self._staging.execute(f"PRAGMA {pragma}")
            names = self.layout.staged.names
            columns = ", ".join(quote(name) for name in names)
            self._staging.execute(f"CREATE TABLE staged ({columns})")
            self._staging.execute("BEGIN")
            self._insert = f"INSERT INTO staged VALUES ({', '.join('?' * len(names))})"

    def stage(self, batch: pa.RecordBatch) -> None:
        if self._staging is None:
            raise lease_lost(self.target)
        columns = [_values(column) for column in batch.columns]
        with self._errors():
            self._staging.executemany(self._insert, zip(*columns, strict=True))

    def commit(self) -> Receipt:
        if self._side is None or self._staging is None:
            raise lease_lost(self.target)
        with self._errors():
            self._staging.execute("COMMIT")
            self._drop_staging()
            if not self._side.path.exists():
                raise lease_lost(self.target)
            with closing(self._connect()) as database:
                receipt = self._publish(database, self._side)
        self._side.remove()
        return receipt

    def abort(self) -> None:
        self._drop_staging()
        if self._side is not None:
            self._side.remove()

    def close(self) -> None:
        self._drop_staging()

    def _publish(self, database: sqlite3.Connection, side: SideFile) -> Receipt:
        # EXTRA also makes the journal's removal durable: what the ledger calls loaded
        # survives a power failure.
        database.execute("PRAGMA synchronous=EXTRA")
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

    def _check(self, database: sqlite3.Connection) -> None:
        name = literal(self.layout.table.name)
        rows = database.execute(f"SELECT name, type, pk FROM pragma_table_xinfo({name})").fetchall()
        if not rows:
            return
        self.layout.check({column: declared for column, declared, _ in rows})
        if self.settings.mode == "upsert":
            keys = {frozenset(_folded(column) for column, _, part in rows if part)}
            for (index,) in database.execute(
                f'SELECT name FROM pragma_index_list({name}) WHERE "unique" AND NOT partial'
            ).fetchall():
                found = database.execute(f"SELECT name FROM pragma_index_info({literal(index)})")
                keys.add(frozenset(_folded(column or "") for (column,) in found.fetchall()))
            if frozenset(map(_folded, self.settings.key)) not in keys:
                raise self.layout.no_unique_key()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path.as_uri(), uri=True, timeout=BUSY_SECS, isolation_level=None
        )

    def _drop_staging(self) -> None:
        if self._staging is not None:
            self._staging.close()
            self._staging = None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error
        except OverflowError as error:
            raise SinkError(
                "sink.refused",
                f"`{self.target}` refused a number: SQLite has 64 bits for an int",
                hint="declare such a column as text in `columns`",
            ) from error
        except OSError as error:
            raise unreachable(self._path, error.strerror or "it can't be opened") from error

    def _explained(self, error: sqlite3.Error) -> CsvflowError:
        # Extended codes carry the primary one in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            return unreachable(self._path, str(error))
        return SinkError(
            "sink.refused",
            f"`{self.target}` refused the rows: {error}",
            hint="the table's own constraints and triggers decide; nothing was loaded",
        )


def _folded(name: str) -> str:
    return name.lower()


def _values(column: pa.Array) -> Sequence[Any]:
    """Return a column as SQLite keeps it."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = _values(column.dictionary)
        return [None if at is None else words[at] for at in column.indices.to_pylist()]
    if isinstance(kind, pa.BaseExtensionType):
        return _values(column.storage)
    if pa.types.is_decimal(kind):
        return list(map(_plain, column.cast(pa.string()).to_pylist()))
    if pa.types.is_temporal(kind):
        return _iso(column)
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
