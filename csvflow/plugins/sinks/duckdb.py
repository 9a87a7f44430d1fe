"""The ``duckdb`` sink: a table in a DuckDB database file."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from csvflow.contract import Examples, SinkError
from csvflow.kit.sql import Database, Dialect, FileTableSettings, FileTableSink, SideFile, Types
from csvflow.kit.sql.names import Table, without_quoted
from csvflow.kit.sql.staging import unreachable

if TYPE_CHECKING:
    import duckdb

BUSY_SECS = 60.0
MEMORY = "400MB"
"""What DuckDB may take of an attempt's memory; the rest of a load spills."""
_STREAM = "_csvflow_stream"
_TYPES = Types(
    new={
        "text": "VARCHAR",
        "int": "BIGINT",
        "float": "DOUBLE",
        "bool": "BOOLEAN",
        "date": "DATE",
        "time": "TIME",
        "timestamp": "TIMESTAMP",
        "timestamptz": "TIMESTAMP WITH TIME ZONE",
    },
    exact={
        "TINYINT": frozenset({"int", "bool"}),
        "SMALLINT": frozenset({"int", "bool"}),
        "INTEGER": frozenset({"int", "bool"}),
        "BIGINT": frozenset({"int", "bool"}),
        "HUGEINT": frozenset({"int", "bool"}),
        "UTINYINT": frozenset({"int", "bool"}),
        "USMALLINT": frozenset({"int", "bool"}),
        "UINTEGER": frozenset({"int", "bool"}),
        "UBIGINT": frozenset({"int", "bool"}),
        "UHUGEINT": frozenset({"int", "bool"}),
        "BIGNUM": frozenset({"int", "bool"}),
        "FLOAT": frozenset(),
        "DOUBLE": frozenset({"float"}),
        "BOOLEAN": frozenset({"bool"}),
        "DATE": frozenset({"date"}),
        "TIME": frozenset({"time"}),
        "TIMESTAMP": frozenset({"date", "timestamp"}),
        "TIMESTAMP_S": frozenset({"date", "timestamp"}),
        "TIMESTAMP_MS": frozenset({"date", "timestamp"}),
        "TIMESTAMP_NS": frozenset({"date", "timestamp"}),
        "TIMESTAMP WITH TIME ZONE": frozenset({"timestamptz"}),
    },
    decimal="DECIMAL",
    most_digits=38,
    fractions={"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3},
)

DUCKDB = Dialect(
    name="DuckDB",
    declare=_TYPES.declare,
    bends=_TYPES.bends,
    fraction=_TYPES.fraction,
    merges=True,
)


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
        self._staged = pa.ipc.new_stream(str(side.path), _plain(self.layout.staged))

    def keep(self, batch: pa.RecordBatch) -> None:
        if self._staged is not None:
            self._staged.write_batch(batch.cast(_plain(batch.schema)))

    def finish(self) -> None:
        if self._staged is not None:
            self._staged.close()

    def drop(self) -> None:
        staged, self._staged = self._staged, None
        if staged is not None:
            # It has an end to write: a full disk must not keep us from removing it.
            with suppress(OSError):
                staged.close()

    @contextmanager
    def opened(self, side: SideFile) -> Iterator[_Database]:
        duckdb = _duckdb()
        deadline = time.monotonic() + BUSY_SECS
        pause = 0.01
        while True:
            try:
                connection = duckdb.connect(str(self.path))
                break
            except (duckdb.IOException, duckdb.ConnectionException) as error:
                if not _held(error) or time.monotonic() > deadline:
                    raise
                time.sleep(pause)
                pause = min(pause * 1.5, 0.5)
        with closing(connection):
            yield _Database.limited(connection, str(side.spill))

    @contextmanager
    def loading(self, side: SideFile) -> Iterator[tuple[Database, str]]:
        with (
            pa.OSFile(str(side.path)) as staged,
            pa.ipc.open_stream(staged) as reader,
            self.opened(side) as database,
        ):
            database.connection.register(_STREAM, reader)
            if self.layout.keys:
                # A stream can be scanned once only, and an update of rows takes two.
                database.execute(f"CREATE TEMPORARY TABLE _csvflow_staged AS FROM {_STREAM}")
                database.connection.unregister(_STREAM)
            yield database, "temp._csvflow_staged" if self.layout.keys else _STREAM

    @contextmanager
    def looking(self, *, write: bool) -> Iterator[Database]:
        there = self.path.exists()
        place = str(self.path) if there else ":memory:"
        with (
            tempfile.TemporaryDirectory(prefix="csvflow-") as spill,
            closing(_duckdb().connect(place, read_only=there and not write)) as connection,
        ):
            database = _Database.limited(connection, spill)
            database.execute("BEGIN")
            yield database

    def has_schema(self, database: Database, schema: str) -> bool:
        found = database.execute(
            "SELECT 1 FROM duckdb_schemas() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower(?)",
            (schema,),
        )
        return bool(found)

    def columns(self, database: Database, table: Table) -> Mapping[str, str]:
        return dict(
            database.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name ="
                " current_database() AND lower(schema_name) = lower(coalesce(?, current_schema()))"
                " AND lower(table_name) = lower(?) ORDER BY column_index",
                (table.schema, table.name),
            )
        )

    def needed(self, database: Database, table: Table) -> Iterable[str]:
        found = database.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower(coalesce(?, current_schema()))"
            " AND lower(table_name) = lower(?) AND NOT is_nullable AND column_default IS NULL",
            (table.schema, table.name),
        )
        return [name for (name,) in found]

    def explained(self, error: Exception) -> Exception:
        duckdb = _duckdb()
        if not isinstance(error, duckdb.Error):
            return super().explained(error)
        # Behind it stands a line of our SQL.
        message = str(error).rpartition("\n\nLINE ")[0] or str(error)
        passing = (duckdb.IOException, duckdb.ConnectionException, duckdb.TransactionException)
        if isinstance(error, passing) and "not a valid" not in message:
            return unreachable(self.path, message.split("\n", 1)[0])
        # Numbers stand there without quotes.
        told = re.sub(r"\bvalue -?\d\S*", "value …", without_quoted(message))
        return SinkError(
            "sink.refused",
            f"`{self.target}` refused the rows: {told.splitlines()[0]}",
            hint="the table's own types and constraints decide; nothing was loaded",
        )


@dataclass(frozen=True, slots=True)
class _Database:
    connection: duckdb.DuckDBPyConnection

    @classmethod
    def limited(cls, connection: duckdb.DuckDBPyConnection, spill: str) -> _Database:
        """Bound what the connection takes, and keep it from our variables."""
        connection.execute("SET temp_directory = $spill", {"spill": spill})
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET python_enable_replacements = false")
        return cls(connection)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(parameters)).fetchall()

    def change(self, sql: str) -> int:
        ((rows,),) = self.execute(sql)
        return int(rows)

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        plain = _plain(schema)
        # One by one: what raises within DuckDB's own scan would come out as an error of DuckDB.
        for batch in batches:
            self.connection.register(_STREAM, pa.Table.from_batches([batch.cast(plain)]))
            self.execute(f"INSERT INTO {table} SELECT * FROM {_STREAM}")
            self.connection.unregister(_STREAM)


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
