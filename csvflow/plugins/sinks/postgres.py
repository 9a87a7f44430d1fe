"""The ``postgres`` sink: a table in a PostgreSQL database."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pydantic import field_validator

from csvflow.contract import ConfigError, Examples, Receipt, SinkError, UnreachableError
from csvflow.contract.values import Duration
from csvflow.kit.sql import Dialect, Kind, Loaded, TableSettings, TableSink, quote
from csvflow.kit.sql.compare import Session
from csvflow.kit.sql.dialect import kind_of
from csvflow.kit.sql.layout import RUN, listed
from csvflow.kit.sql.marker import MARKERS, lease_lost
from csvflow.kit.sql.names import Table
from csvflow.kit.sql.sink import named_table

if TYPE_CHECKING:
    import psycopg

_NUL = re.compile(rb"\0")
STAGE = "pg_temp._csvflow_staged"
_TYPES = {
    "text": "text",
    "int": "bigint",
    "float": "double precision",
    "bool": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
}
_EXACT: Mapping[str, frozenset[str]] = {
    "smallint": frozenset({"int"}),
    "integer": frozenset({"int"}),
    "bigint": frozenset({"int"}),
    "numeric": frozenset({"int", "decimal"}),
    "real": frozenset(),
    "double precision": frozenset({"float"}),
    "boolean": frozenset({"bool"}),
    "date": frozenset({"date"}),
    "time without time zone": frozenset({"time"}),
    "timestamp without time zone": frozenset({"date", "timestamp"}),
    "timestamp with time zone": frozenset({"timestamptz"}),
}
"""Type → the kinds that it holds exactly; a value out of range is an error."""


def _declare(kind: Kind) -> str | None:
    if kind.word != "decimal":
        return _TYPES[kind.word]
    return f"numeric({kind.precision},{kind.scale})"


def _bends(kind: Kind, declared: str) -> bool:
    if match := re.fullmatch(r"numeric\(\d+,(-?\d+)\)", declared):
        scale = int(match[1])
        return kind.word not in {"int", "decimal"} or kind.scale > scale
    exact = _EXACT.get(re.sub(r"\(\d+\)", "", declared))
    return exact is not None and kind.word not in exact


POSTGRES = Dialect(
    name="Postgres",
    declare=_declare,
    bends=_bends,
    parameter="%s",
    locks=" FOR UPDATE",
    max_name_bytes=63,
    folds_case=False,
)


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
    which nobody sees until it commits; ``upsert`` copies into a temporary table first.
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
        self._connection: psycopg.Connection[Any] | None = None
        self._copying = ExitStack()
        self._cursor: psycopg.Cursor[Any] | None = None
        self._copy: psycopg.Copy | None = None

    @classmethod
    def settings_for(cls, url: str, table: str | None) -> Mapping[str, Any]:
        return {"url": url, "table": named_table(url, table)}

    @property
    def target(self) -> str:
        parts = urlsplit(self.settings.url)
        # What stands before `@` may hold a password, what comes after `?` too.
        host = parts.netloc.rpartition("@")[2]
        return f"postgresql://{host}{parts.path}::{self.settings.table}"

    def probe(self) -> Sequence[str]:
        table = Table.parse(self.settings.table)
        with self._errors(), self._connect("csvflow check") as connection:
            try:
                connection.execute("CREATE TEMPORARY TABLE _csvflow_probe ()")
                if not self._there(connection, table.sql):
                    connection.execute(f"CREATE TABLE {table.sql} ()".encode())
                    return ("connected", "created the table and took it back")
                connection.execute(f"SELECT * FROM {table.sql} LIMIT 0".encode())
                # No row is inserted, but the right to insert one is asked for.
                connection.execute(
                    f"INSERT INTO {table.sql} SELECT * FROM {table.sql} LIMIT 0".encode()
                )
            finally:
                connection.rollback()
        return ("connected", f"read `{self.settings.table}`", "may insert")

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._errors(), self._connect("csvflow plan") as connection:
            try:
                yield _Session(connection, self._checked)
            finally:
                connection.rollback()

    def begin(self) -> None:
        with self._errors():
            run = self.layout.run
            self._connection = self._connect(f"csvflow {run.id}-{run.token}")
            self._end_earlier_attempts(self._connection)
            self._prepare(self._connection)
            into, names = self.layout.table.sql, self.layout.names
            if self.settings.mode == "upsert":
                into, names = STAGE, self.layout.staged.names
                self._create_stage(self._connection)
            self._cursor = self._connection.cursor()
            statement = f"COPY {into} ({listed(names)}) FROM STDIN (FORMAT csv)"
            self._copy = self._copying.enter_context(self._cursor.copy(statement.encode()))

    def stage(self, batch: pa.RecordBatch) -> None:
        if self._copy is None:
            raise lease_lost(self.target)
        if self.settings.lineage and self.settings.mode != "upsert":
            run = pa.repeat(pa.scalar(self.layout.run.id), batch.num_rows)
            at = len(self.layout.schema)
            batch = batch.add_column(at, pa.field(RUN, pa.string()), run)
        text = _as_csv(batch)
        # One look at the bytes costs next to nothing; Postgres would end the whole load.
        if _NUL.search(text):
            raise self._nul(batch)
        with self._errors():
            self._copy.write(memoryview(text))

    def commit(self) -> Receipt:
        connection, cursor = self._connection, self._cursor
        if connection is None or cursor is None or self._copy is None:
            raise lease_lost(self.target)
        with self._errors():
            self._copying.close()
            self._copy = None
            copied = cursor.rowcount

            def execute(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
                cursor.execute(sql.encode(), parameters or None)
                return cursor.fetchall() if cursor.description else []

            settled = self.marker.settle(
                execute,
                self.target,
                can_replace=self.can_replace,
                load=lambda earlier: self._load(cursor, copied, earlier=earlier),
            )
            if settled.fresh:
                connection.commit()
            else:
                connection.rollback()
        self.close()
        return settled.receipt

    def abort(self) -> None:
        self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        unfinished = _Unfinished("the load was given up")
        with suppress(_psycopg().Error, _Unfinished), self._copying:
            if self._copy is not None:
                # Leaving a copy by an error makes the server throw it away.
                raise unfinished
        self._copy = self._cursor = None
        with suppress(_psycopg().Error):
            connection.rollback()
        connection.close()

    def _load(self, cursor: psycopg.Cursor[Any], copied: int, *, earlier: bool) -> Loaded:
        layout = self.layout
        ours = "xmin = pg_current_xact_id()::xid"
        if self.settings.mode == "replace":
            # Our own rows are in the table already; those of others are told by who wrote them.
            cursor.execute(f"DELETE FROM {layout.table.sql} WHERE NOT ({ours})".encode())
        elif earlier and self.settings.lineage:
            not_ours = "" if self.settings.mode == "upsert" else f" AND NOT ({ours})"
            cursor.execute(f"{layout.delete_run()}{not_ours}".encode())
        if self.settings.mode != "upsert":
            return Loaded(copied)
        kept = cursor.execute(layout.distinct_keys(STAGE).encode()).fetchall()[0][0]
        cursor.execute(layout.upsert(STAGE, newest=kept < copied).encode())
        return Loaded(kept, copied - kept)

    def _create_stage(self, connection: psycopg.Connection[Any]) -> None:
        # With the target's own types, so that a value is read here as it would be there.
        columns = [quote(name) for name in self.layout.schema.names]
        reserved = self.layout.staged.names[len(columns) :]
        columns += [f"NULL::bigint AS {quote(name)}" for name in reserved]
        connection.execute(
            f"CREATE TEMPORARY TABLE _csvflow_staged ON COMMIT DROP AS"
            f" SELECT {', '.join(columns)} FROM {self.layout.table.sql} WITH NO DATA".encode()
        )

    def _connect(self, application: str) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] = _psycopg().connect(
            self.settings.url,
            application_name=application,
            connect_timeout=max(2, round(self.settings.connect_timeout)),
            client_encoding="utf8",
            # A peer that vanished must not hold a worker for ever.
            keepalives_idle=30,
            tcp_user_timeout=60_000,
        )
        return connection

    def _end_earlier_attempts(self, connection: psycopg.Connection[Any]) -> None:
        """End sessions of this run's lower tokens: all that they staged goes with them."""
        run = self.layout.run
        earlier = (
            "FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
            " AND application_name LIKE %s AND split_part(application_name, '-', 2)::bigint < %s"
        )
        values = (f"csvflow {run.id}-%", run.token)
        connection.execute(f"SELECT pg_terminate_backend(pid) {earlier}".encode(), values)
        for _ in range(50):
            connection.commit()  # the view is a snapshot for each transaction
            if not connection.execute(f"SELECT pid {earlier}".encode(), values).fetchall():
                break
            time.sleep(0.1)
        connection.commit()

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Create what is missing, in a transaction of its own, and check what is there."""
        present = self._columns(connection)
        markers = self.marker.table.beside(MARKERS).sql
        if not present or not self._there(connection, markers):
            # CREATE TABLE IF NOT EXISTS fails when two do it at the same moment.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('csvflow'))")
            connection.execute(self.marker.create().encode())
            connection.execute(self.layout.create().encode())
            connection.commit()
            present = self._columns(connection)
        self.layout.check(present)
        if self.settings.mode == "upsert" and not self._has_unique_key(connection):
            raise self.layout.no_unique_key()
        connection.commit()
        # A role's limits are for people; durability isn't left to its settings either.
        connection.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
            " SET LOCAL synchronous_commit = on; SET LOCAL work_mem = '64MB'"
        )

    def _checked(self, connection: psycopg.Connection[Any]) -> Mapping[str, str]:
        present = self._columns(connection)
        if present:
            self.layout.check(present)
            if self.settings.mode == "upsert" and not self._has_unique_key(connection):
                raise self.layout.no_unique_key()
        return present

    def _there(self, connection: psycopg.Connection[Any], table: str) -> bool:
        ((found,),) = connection.execute("SELECT to_regclass(%s)", [table]).fetchall()
        return found is not None

    def _columns(self, connection: psycopg.Connection[Any]) -> dict[str, str]:
        found = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [self.layout.table.sql],
        )
        return dict(found.fetchall())

    def _has_unique_key(self, connection: psycopg.Connection[Any]) -> bool:
        found = connection.execute(
            "SELECT array_agg(attname::text) FROM pg_index JOIN pg_attribute"
            " ON attrelid = indrelid AND attnum = ANY (indkey)"
            " WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL"
            " GROUP BY indexrelid, indnkeyatts HAVING count(*) = indnkeyatts",
            [self.layout.table.sql],
        )
        return any(frozenset(names) == self.layout.keys for (names,) in found.fetchall())

    def _nul(self, batch: pa.RecordBatch) -> SinkError:
        column = next(
            name
            for name, values in zip(batch.schema.names, batch.columns, strict=True)
            if kind_of(values.type) == Kind("text")
            and pc.any(pc.match_substring(values.cast(pa.string()), "\0")).as_py()
        )
        return SinkError(
            "sink.text-nul",
            f"column `{column}` has text with a NUL character, which Postgres can't hold",
            hint="take it out with a `clean` step, or reject such rows",
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        errors = _psycopg()
        try:
            yield
        except (errors.OperationalError, errors.InterfaceError) as error:
            raise UnreachableError(
                "sink.unreachable",
                f"`{self.target}` is out of reach: {self._told(error)}",
                hint="nothing was loaded; check the address and that the server takes connections",
            ) from error
        except errors.Error as error:
            raise SinkError(
                "sink.refused",
                f"`{self.target}` refused the rows: {self._told(error)}",
                hint="the table's own types, constraints and rights decide; nothing was loaded",
            ) from error

    def _told(self, error: psycopg.Error) -> str:
        """Return what the server said, without cells (it quotes them) and without passwords."""
        text = error.diag.message_primary or str(error).strip().split("\n", 1)[0]
        if (error.sqlstate or "").startswith("22"):
            text = text.split(': "', 1)[0]
            if found := re.search(r", column (.+?)(?:: \"|$)", error.diag.context or "", re.DOTALL):
                text = f"{text} (column `{found[1]}`)"
        try:
            password = urlsplit(self.settings.url).password
        except ValueError:
            return "the url can't be read"
        for secret in filter(None, {password, unquote(password or "")}):
            text = text.replace(secret, "***")
        return text


@dataclass
class _Session:
    """One transaction that is rolled back."""

    connection: psycopg.Connection[Any]
    check: Callable[[psycopg.Connection[Any]], Mapping[str, str]]
    temporary: str = "pg_temp"
    differs: str = "IS DISTINCT FROM"

    def columns(self) -> Mapping[str, str]:
        return self.check(self.connection)

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        # From here on the server itself refuses to write anything but temporary tables.
        self.connection.execute("SET TRANSACTION READ ONLY")
        statement = f"COPY {table} ({listed(schema.names)}) FROM STDIN (FORMAT csv)"
        with self.connection.cursor().copy(statement.encode()) as copy:
            for batch in batches:
                copy.write(memoryview(_as_csv(batch)))


class _Unfinished(Exception):  # noqa: N818  a signal to the driver, seen by nobody
    """The copy under way is to be thrown away."""


def _psycopg() -> Any:
    """Return the driver. Raises ``ConfigError`` (``config.missing-package``)."""
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConfigError(
            "config.missing-package",
            "sink `postgres` needs the package `psycopg`",
            hint="pip install 'csvflow[postgres]'",
        ) from error
    return psycopg


def _as_csv(batch: pa.RecordBatch) -> pa.Buffer:
    """Return the batch as COPY reads it: null is nothing, and empty text is ``""``."""
    out = pa.BufferOutputStream()
    arrow_csv.write_csv(batch, out, arrow_csv.WriteOptions(include_header=False))
    return out.getvalue()
