"""The ``duckdb`` sink: a table in a DuckDB database file."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from csvflow.contract import Examples, Receipt, SinkError
from csvflow.kit.sql import Dialect, FileTableSettings, FileTableSink, Kind, Loaded, SideFile
from csvflow.kit.sql.compare import Session
from csvflow.kit.sql.names import Table
from csvflow.kit.sql.staging import unreachable

if TYPE_CHECKING:
    import duckdb

BUSY_SECS = 60.0
MEMORY = "400MB"
"""What DuckDB may take of an attempt's memory; the rest of a load spills."""
STAGE = "temp._csvflow_staged"
_DECIMAL_DIGITS = 38
_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}
_EXACT: Mapping[str, frozenset[str]] = {
    "TINYINT": frozenset({"int", "bool"}),
    "SMALLINT": frozenset({"int", "bool"}),
    "INTEGER": frozenset({"int", "bool"}),
    "BIGINT": frozenset({"int", "bool"}),
    "HUGEINT": frozenset({"int", "bool"}),
    "FLOAT": frozenset(),
    "DOUBLE": frozenset({"float"}),
    "BOOLEAN": frozenset({"bool"}),
    "DATE": frozenset({"date"}),
    "TIME": frozenset({"time"}),
    "TIMESTAMP": frozenset({"date", "timestamp"}),
    "TIMESTAMP WITH TIME ZONE": frozenset({"timestamptz"}),
}
"""Declared type → the kinds that it holds exactly; a value out of range is an error."""


def _declare(kind: Kind) -> str | None:
    if kind.word != "decimal":
        return _TYPES[kind.word]
    return f"DECIMAL({kind.precision},{kind.scale})" if kind.precision <= _DECIMAL_DIGITS else None


def _bends(kind: Kind, declared: str) -> bool:
    if match := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", declared):
        return kind.word != "int" and (kind.word != "decimal" or kind.scale > int(match[1]))
    exact = _EXACT.get(declared)
    return exact is not None and kind.word not in exact


DUCKDB = Dialect(name="DuckDB", declare=_declare, bends=_bends)


class DuckdbSettings(FileTableSettings):
    """Where the database is, and which of its tables."""


class DuckdbSink(FileTableSink[DuckdbSettings]):
    """Load into a table of a DuckDB database.

    One process at a time can open a DuckDB file, so rows are staged in a file beside it and
    the database is open for the load alone, in one transaction; several workers take turns.
    """

    schemes = ("duckdb",)
    dialect = DUCKDB
    examples: ClassVar[Examples] = {
        "Add each input's rows": {"path": "out/shop.duckdb", "table": "orders"},
        "Keep the newest row of each order": {
            "path": "out/shop.duckdb",
            "table": "orders",
            "mode": "upsert",
            "key": ["id"],
        },
    }

    def __init__(self, settings: DuckdbSettings) -> None:
        super().__init__(settings)
        self._staged: pa.ipc.RecordBatchStreamWriter | None = None

    def start(self, side: SideFile) -> None:
        if self.path.exists():
            with self._database(side) as database:
                self._check(database)
        self._staged = pa.ipc.new_stream(str(side.path), _plain(self.layout.staged))

    def keep(self, batch: pa.RecordBatch) -> None:
        if self._staged is not None:
            self._staged.write_batch(batch.cast(_plain(batch.schema)))

    def finish(self) -> None:
        self.drop()

    def drop(self) -> None:
        if self._staged is not None:
            self._staged.close()
            self._staged = None

    def publish(self, side: SideFile) -> Receipt:
        with (
            pa.OSFile(str(side.path)) as staged,
            pa.ipc.open_stream(staged) as reader,
            self._database(side) as database,
        ):
            return self._publish(database, reader)

    def try_table(self, table: Table) -> bool:
        database = _duckdb().connect(str(self.path))
        try:
            database.execute("BEGIN")
            database.execute("CREATE TABLE _csvflow_probe (probe INTEGER)")
            there = self._columns(database, table)
            if there:
                database.execute(f"SELECT * FROM {table.sql} LIMIT 0")
            database.execute("ROLLBACK")
        finally:
            database.close()
        return bool(there)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.errors(), tempfile.TemporaryDirectory(prefix="csvflow-") as spill:
            there = self.path.exists()
            database = _duckdb().connect(str(self.path) if there else ":memory:", read_only=there)
            try:
                _limit(database, spill)
                yield _Session(database, self._check)
            finally:
                database.close()

    def _publish(self, database: duckdb.DuckDBPyConnection, reader: Any) -> Receipt:
        # Whatever fails ends the transaction with the connection.
        database.execute("BEGIN")
        database.execute(self.marker.create())
        database.execute(self.layout.create())
        self._check(database)

        def execute(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
            return database.execute(sql, list(parameters)).fetchall()

        settled = self.marker.settle(
            execute,
            self.target,
            can_replace=self.can_replace,
            load=lambda earlier: self._load(database, reader, earlier=earlier),
        )
        database.execute("COMMIT" if settled.fresh else "ROLLBACK")
        return settled.receipt

    def _load(self, database: duckdb.DuckDBPyConnection, reader: Any, *, earlier: bool) -> Loaded:
        layout = self.layout
        if self.settings.mode == "replace":
            database.execute(f"DELETE FROM {layout.table.sql}")
        elif earlier and self.settings.lineage:
            database.execute(layout.delete_run())
        database.register("_csvflow_stream", reader)
        if self.settings.mode != "upsert":
            ((rows,),) = database.execute(layout.insert('"_csvflow_stream"')).fetchall()
            database.unregister("_csvflow_stream")
            return Loaded(rows)
        # A stream can be scanned once only, and this takes two.
        database.execute("CREATE TEMPORARY TABLE _csvflow_staged AS FROM _csvflow_stream")
        database.unregister("_csvflow_stream")
        ((kept,),) = database.execute(layout.distinct_keys(STAGE)).fetchall()
        database.execute(layout.merge(STAGE, newest=kept < self.rows))
        return Loaded(kept, self.rows - kept)

    def _check(self, database: duckdb.DuckDBPyConnection) -> dict[str, str]:
        found = self._columns(database, self.layout.table)
        if found:
            self.layout.check(found)
        return found

    @staticmethod
    def _columns(database: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
        found = database.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name ="
            " current_database() AND schema_name = coalesce(?, current_schema())"
            " AND lower(table_name) = lower(?) ORDER BY column_index",
            [table.schema, table.name],
        ).fetchall()
        return dict(found)

    @contextmanager
    def _database(self, side: SideFile) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database when no other process has it, and let it go at once after."""
        duckdb = _duckdb()
        deadline = time.monotonic() + BUSY_SECS
        pause = 0.01
        while True:
            try:
                database = duckdb.connect(str(self.path))
                break
            except (duckdb.IOException, duckdb.ConnectionException) as error:
                if not _held(error) or time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(pause * 1.5, 0.5)
        try:
            _limit(database, str(side.spill))
            yield database
        finally:
            database.close()

    def explained(self, error: Exception) -> Exception:
        duckdb = _duckdb()
        if not isinstance(error, duckdb.Error):
            return error
        message = str(error).split("\n", 1)[0]
        passing = (duckdb.IOException, duckdb.ConnectionException, duckdb.TransactionException)
        if isinstance(error, passing) and "not a valid" not in message:
            return unreachable(self.path, message)
        # What DuckDB puts into quotes may be a cell's value.
        without_values = re.sub(r"\"[^\"]*\"|'[^']*'", "…", message)
        return SinkError(
            "sink.refused",
            f"`{self.target}` refused the rows: {without_values}",
            hint="the table's own types and constraints decide; nothing was loaded",
        )


@dataclass
class _Session:
    """The database is open for reading alone."""

    database: duckdb.DuckDBPyConnection
    check: Callable[[duckdb.DuckDBPyConnection], Mapping[str, str]]
    temporary: str = "temp"
    differs: str = "IS DISTINCT FROM"

    def columns(self) -> Mapping[str, str]:
        return self.check(self.database)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        return self.database.execute(sql).fetchall()

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        plain = _plain(schema)
        reader = pa.RecordBatchReader.from_batches(plain, (b.cast(plain) for b in batches))
        self.database.register("_csvflow_stream", reader)
        self.database.execute(f'INSERT INTO {table} SELECT * FROM "_csvflow_stream"')
        self.database.unregister("_csvflow_stream")


def _limit(database: duckdb.DuckDBPyConnection, spill: str) -> None:
    database.execute("SET temp_directory = $spill", {"spill": spill})
    database.execute(f"SET memory_limit = '{MEMORY}'")
    database.execute("SET python_enable_replacements = false")


def _duckdb() -> Any:
    # `--to` looks at every sink: only the one that it takes should cost its library.
    import duckdb  # noqa: PLC0415

    return duckdb


def _held(error: Exception) -> bool:
    """Tell whether another process, or this one in another mode, has the file open."""
    return isinstance(error, _duckdb().ConnectionException) or "set lock" in str(error)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the schema with dictionaries as their values, which differ between batches."""
    return pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in schema
        ]
    )
