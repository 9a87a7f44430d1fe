"""One face for the three databases, so that a test says once what holds for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa

from csvflow.contract import LINE, ROW, Event, Receipt, Run, Sink
from csvflow.core import registry

STARTED = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Database:
    """A database of its own for one test: ``sqlite``, ``duckdb`` or ``postgres``."""

    def __init__(self, kind: str, tmp: Path, url: str = "", schema: str = "") -> None:
        self.kind = kind
        self.path = tmp / f"x.{kind}"
        self.url = url
        self.schema = schema

    def settings(self, table: str, **settings: Any) -> dict[str, Any]:
        if self.kind != "postgres":
            return {"path": str(self.path), "table": table, **settings}
        # A schema of the test's own without naming it in `table`.
        return {"url": self.session_url, "table": table, **settings}

    @property
    def session_url(self) -> str:
        return f"{self.url}?options=-csearch_path%3D{self.schema}"

    def sink(self, table: str, **settings: Any) -> Sink[Any]:
        plugin = registry.load("sink", self.kind)
        return plugin(plugin.settings_type(**self.settings(table, **settings)))

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.path)) as database, database:
                return database.execute(sql).fetchall()
        if self.kind == "duckdb":
            with duckdb.connect(str(self.path)) as database:
                return database.execute(sql).fetchall()
        with psycopg.connect(self.session_url) as database:
            cursor = database.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def load(
        self,
        table: str,
        rows: pa.Table,
        *,
        run: str = "a",
        token: int = 1,
        generation: int = 1,
        **settings: Any,
    ) -> Receipt:
        """Take rows through a sink to its commit; a failure is followed by an abort."""
        with closing(self.sink(table, **settings)) as sink:
            try:
                given = numbered(rows)
                sink.open(run_of(run, token=token, generation=generation), given.schema)
                for batch in given.to_batches():
                    sink.write(batch)
                return sink.commit()
            except BaseException:
                sink.abort()
                raise

    def leftovers(self) -> list[str]:
        return sorted(name.name for name in self.path.parent.glob(f"{self.path.name}?*"))


def numbered(rows: pa.Table) -> pa.Table:
    """Add the reserved columns, as the engine does."""
    numbers = range(1, rows.num_rows + 1)
    return rows.append_column(ROW, pa.array(numbers, pa.int64())).append_column(
        LINE, pa.array([number + 1 for number in numbers], pa.int64())
    )


def run_of(name: str, *, token: int = 1, generation: int = 1) -> Run:
    event = Event(uri=f"/landing/{name}.csv", version="v1", size=10, captures={})
    return Run(
        id=(name.encode().hex() * 20)[:20],
        pipeline="orders",
        event=event,
        attempt=token,
        token=token,
        generation=generation,
        started_at=STARTED,
    )


def table(**columns: Sequence[Any] | pa.Array) -> pa.Table:
    return pa.table(dict(columns))
