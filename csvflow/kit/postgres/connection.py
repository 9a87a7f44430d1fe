"""Connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from csvflow.kit.postgres.copying import Copying
from csvflow.kit.postgres.driver import driver

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class Postgres:
    """One connection. It begins a transaction by itself; closing it takes that back."""

    connection: psycopg.Connection[Any]

    @classmethod
    def connect(cls, url: str, *, application: str, timeout_secs: float) -> Postgres:
        """Connect, under a name that the server shows. Raises what the driver raises."""
        psycopg = driver()
        connection = psycopg.connect(
            url,
            application_name=application,
            connect_timeout=max(2, round(timeout_secs)),
            client_encoding="utf8",
            # A peer that vanished must not hold a worker for ever.
            keepalives_idle=30,
            tcp_user_timeout=60_000,
        )
        # Each statement must see what others have committed, whatever the role's default is.
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        return cls(connection)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def change(self, sql: str) -> int:
        return self.connection.execute(sql.encode()).rowcount

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        # From here on the server itself refuses to write anything but temporary tables.
        self.execute("SET TRANSACTION READ ONLY")
        copying = Copying(self.connection, table, schema.names)
        try:
            for batch in batches:
                copying.write(batch)
            copying.finish()
        finally:
            copying.discard()

    def close(self) -> None:
        self.connection.close()
