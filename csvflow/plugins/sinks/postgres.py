"""The ``postgres`` sink: a table in a PostgreSQL database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, ClassVar

import pyarrow as pa
from pydantic import field_validator

from csvflow.contract import Examples, Receipt, SinkError, UnreachableError
from csvflow.contract.values import Duration
from csvflow.kit.postgres.catalog import (
    POSTGRES,
    columns_of,
    exists,
    has_schema,
    is_unique,
    needed_of,
    unique_keys_of,
)
from csvflow.kit.postgres.connection import Postgres
from csvflow.kit.postgres.copying import Copying
from csvflow.kit.postgres.driver import driver, public, told
from csvflow.kit.sql import Database, Table, TableSettings, TableSink, quote
from csvflow.kit.sql.marker import lease_lost
from csvflow.kit.sql.required import RUN
from csvflow.kit.sql.sink import named_table

_STAGE = "pg_temp._csvflow_staged"
_OURS = "xmin = pg_current_xact_id()::xid"
"""True for the rows that this transaction wrote."""


class PostgresSettings(TableSettings):
    """Where the database is."""

    url: str
    """``postgresql://user@host:5432/database``; the password best as ``${DATABASE_PASSWORD}``
    in it, or in ``PGPASSWORD`` or a password file."""
    connect_timeout: Duration = 10.0
    """How long a connection may take to be made."""

    @field_validator("url")
    @classmethod
    def _names_postgres(cls, url: str) -> str:
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("a url of Postgres begins with `postgresql://`")
        return url


class PostgresSink(TableSink[PostgresSettings]):
    """Load into a table of a PostgreSQL database, version 13 or newer.

    ``append`` and ``replace`` copy the rows straight into the table within one transaction,
    which nobody sees until it commits. ``upsert`` copies into a temporary table first, and so
    does what replaces rows of a table with a unique index.
    """

    schemes = ("postgresql", "postgres")
    extra = "postgres"
    packages = ("psycopg",)
    dialect = POSTGRES
    examples: ClassVar[Examples] = {
        "Add each input's rows": {
            "url": "postgresql://loader@db.example.com/shop",
            "table": "sales.orders",
        },
        "Keep the newest row of each order": {
            "url": "postgresql://loader@db.example.com/shop",
            "table": "orders",
            "mode": "upsert",
            "key": ["id"],
        },
    }

    def __init__(self, settings: PostgresSettings) -> None:
        super().__init__(settings)
        self._database: Postgres | None = None
        self._copying: Copying | None = None
        self._stage: str | None = None

    @classmethod
    def settings_for(cls, url: str, table: str | None) -> Mapping[str, Any]:
        return {"url": url, "table": named_table(url, table)}

    @property
    def target(self) -> str:
        return f"{public(self.settings.url)}::{self.settings.table}"

    def probe(self) -> Sequence[str]:
        table = Table.parse(self.settings.table)
        with self.errors(), self.looking(write=True) as database:
            database.execute("CREATE TEMPORARY TABLE _csvflow_probe ()")
            if not exists(database, table):
                self.look_at(database, table)
                database.execute(f"CREATE TABLE {table.sql} ()")
                return ("connected", "created the table and took it back")
            self.look_at(database, table)
            # No row is inserted, but the right to insert one is asked for.
            database.execute(f"INSERT INTO {table.sql} SELECT * FROM {table.sql} LIMIT 0")
        return ("connected", f"read `{self.settings.table}`", "may insert")

    @contextmanager
    def looking(self, *, write: bool) -> Iterator[Database]:
        with closing(self._connect("csvflow check" if write else "csvflow plan")) as database:
            yield database

    def has_schema(self, database: Database, schema: str) -> bool:
        return has_schema(database, schema)

    def columns(self, database: Database, table: Table) -> Mapping[str, str]:
        return columns_of(database, table)

    def unique_keys(self, database: Database, table: Table) -> Iterable[Sequence[str]]:
        return unique_keys_of(database, table)

    def needed(self, database: Database, table: Table) -> Iterable[str]:
        return needed_of(database, table)

    def begin(self) -> None:
        with self.errors():
            run = self.layout.run
            database = self._database = self._connect(f"csvflow {run.id}-{run.token}")
            self._end_earlier_attempts(database)
            self._prepare(database)
            self._stage = _STAGE if self._needs_stage(database) else None
            if self._stage:
                self._create_stage(database)
                self._copying = Copying(database.connection, _STAGE, self.layout.staged.names)
            else:
                table, names = self.layout.table.sql, self.layout.names
                self._copying = Copying(database.connection, table, names)

    def stage(self, batch: pa.RecordBatch) -> None:
        if self._copying is None:
            raise lease_lost(self.target)
        if self.settings.lineage and not self._stage:
            run = pa.repeat(pa.scalar(self.layout.run.id), batch.num_rows)
            at = len(self.layout.schema)
            batch = batch.add_column(at, pa.field(RUN, pa.string()), run)
        with self.errors():
            self._copying.write(batch)

    def commit(self) -> Receipt:
        database, copying = self._database, self._copying
        if database is None or copying is None:
            raise lease_lost(self.target)
        with self.errors():
            self.rows = copying.finish()
            self._copying = None
            if self.settings.mode == "replace":
                # One after the other, or each would leave the rows that the other just wrote.
                database.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('csvflow replace'),"
                    " to_regclass(%s)::oid::int)",
                    [self.layout.table.sql],
                )
            spared = "" if self._stage else _OURS
            settled = self.settle(database, self._stage, spared=spared)
            if settled.fresh:
                database.connection.commit()
        self.close()
        return settled.receipt

    def abort(self) -> None:
        self.close()

    def close(self) -> None:
        database, self._database = self._database, None
        copying, self._copying = self._copying, None
        if database is None:
            return
        if copying is not None:
            copying.discard()
        with suppress(driver().Error):
            database.connection.rollback()
        database.close()

    def explained(self, error: Exception) -> Exception:
        errors = driver()
        if isinstance(error, (errors.OperationalError, errors.InterfaceError)):
            return UnreachableError(
                "sink.unreachable",
                f"`{self.target}` is out of reach: {told(error, self.settings.url)}",
                hint="nothing was loaded; check the address and that the server takes connections",
            )
        if isinstance(error, errors.Error):
            return SinkError(
                "sink.refused",
                f"`{self.target}` refused the rows: {told(error, self.settings.url)}",
                hint="the table's own types, constraints and rights decide; nothing was loaded",
            )
        return error

    def _connect(self, application: str) -> Postgres:
        timeout = self.settings.connect_timeout
        return Postgres.connect(self.settings.url, application=application, timeout_secs=timeout)

    def _end_earlier_attempts(self, database: Postgres) -> None:
        """End sessions of this run's lower tokens: all that they staged goes with them."""
        run = self.layout.run
        earlier = (
            "FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
            " AND application_name LIKE %s AND split_part(application_name, '-', 2)::bigint < %s"
        )
        values = (f"csvflow {run.id}-%", run.token)
        database.execute(f"SELECT pg_terminate_backend(pid) {earlier}", values)
        for _ in range(50):
            database.connection.commit()  # the view is a snapshot for each transaction
            if not database.execute(f"SELECT pid {earlier}", values):
                break
            time.sleep(0.1)
        database.connection.commit()

    def _prepare(self, database: Postgres) -> None:
        """Create what is missing, in a transaction of its own, and check what is there."""
        table = self.layout.table
        if not (exists(database, table) and exists(database, self.marker.markers)):
            # CREATE TABLE IF NOT EXISTS fails when two do it at the same moment.
            database.execute("SELECT pg_advisory_xact_lock(hashtext('csvflow'))")
            self.create(database)
            database.connection.commit()
        self.check(database)
        database.connection.commit()
        # A role's limits are for people; durability isn't left to its settings either.
        database.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
            " SET LOCAL synchronous_commit = on; SET LOCAL work_mem = '64MB'"
        )

    def _needs_stage(self, database: Postgres) -> bool:
        """Tell whether rows can't lie beside those that they update or replace."""
        replaces = self.settings.mode == "replace" or self.layout.run.generation > 1
        return bool(self.layout.keys) or (replaces and is_unique(database, self.layout.table))

    def _create_stage(self, database: Postgres) -> None:
        # With the target's own types, so that a value is read here as it would be there.
        columns = [quote(name) for name in self.layout.schema.names]
        reserved = self.layout.staged.names[len(columns) :]
        columns += [f"NULL::bigint AS {quote(name)}" for name in reserved]
        database.execute(
            f"CREATE TEMPORARY TABLE _csvflow_staged ON COMMIT DROP AS"
            f" SELECT {', '.join(columns)} FROM {self.layout.table.sql} WITH NO DATA"
        )
