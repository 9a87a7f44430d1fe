"""One line a sink and mode: where each sink stands for the laws. A new sink adds its lines here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb as duck
import psycopg
from psycopg.rows import dict_row
from support import file_sinks

from csvflow.contract import Sink
from csvflow.core import registry
from csvflow.testing.sinks import SinkCase


@dataclass(frozen=True, slots=True)
class World:
    """What a case may use: a folder of its own, and servers that start when asked for."""

    tmp: Path
    fixture: Callable[[str], Any]
    """Returns a fixture by name: ``world.fixture("postgres_schema")``."""


def sink(name: str, **settings: Any) -> Callable[[], Sink[Any]]:
    """Return what makes a sink of that type with those settings, as a pipeline would."""
    plugin = registry.load("sink", name)
    return lambda: plugin(plugin.settings_type(**settings))


def sqlite(**settings: Any) -> Callable[[World], SinkCase]:
    def case(world: World) -> SinkCase:
        path, strict = world.tmp / "x.db", world.tmp / "strict.db"
        with closing(sqlite3.connect(strict)) as database:
            database.execute(REFUSING.format("t"))

        def rows() -> list[dict[str, Any]]:
            with closing(sqlite3.connect(path)) as database:
                database.row_factory = sqlite3.Row
                try:
                    # As the sink's page says: a number, to be written out with its decimals.
                    printed = "*, printf('%.2f', amount) AS written, typeof(amount) AS kind"
                    found = [dict(row) for row in database.execute(f"SELECT {printed} FROM t")]
                except sqlite3.OperationalError:
                    return []
            for row in found:
                written, kind = row.pop("written"), row.pop("kind")
                assert kind in {"integer", "real", "null"}
                row["amount"] = None if kind == "null" else written
            return found

        return SinkCase(
            make=sink("sqlite", path=str(path), table="t", **settings),
            rows=rows,
            staged=lambda: [name.name for name in world.tmp.glob("x.db?*")],
            unreachable=sink("sqlite", path=str(strict / "x.db"), table="t", **settings),
            refusing=sink("sqlite", path=str(strict), table="t", **settings),
            **_traits(settings),
        )

    return case


def duckdb(**settings: Any) -> Callable[[World], SinkCase]:
    def case(world: World) -> SinkCase:
        path, strict = world.tmp / "x.duckdb", world.tmp / "strict.duckdb"
        with duck.connect(strict) as database:
            database.execute(REFUSING.format("t"))

        def rows() -> list[dict[str, Any]]:
            if not path.exists():
                return []
            with duck.connect(path) as database:
                try:
                    return database.sql("FROM t").to_arrow_table().to_pylist()
                except duck.CatalogException:
                    return []

        return SinkCase(
            make=sink("duckdb", path=str(path), table="t", **settings),
            rows=rows,
            staged=lambda: [name.name for name in world.tmp.glob("x.duckdb?*")],
            unreachable=sink("duckdb", path=str(strict / "x.duckdb"), table="t", **settings),
            refusing=sink("duckdb", path=str(strict), table="t", **settings),
            **_traits(settings),
        )

    return case


def postgres(**settings: Any) -> Callable[[World], SinkCase]:
    def case(world: World) -> SinkCase:
        url, schema = world.fixture("postgres_url"), world.fixture("postgres_schema")
        url = url.replace("postgres@", "postgres:hunter2-secret@")
        with psycopg.connect(url) as database:
            database.execute(REFUSING.format(f"{schema}.strict"))

        def rows() -> list[dict[str, Any]]:
            with psycopg.connect(url, row_factory=dict_row) as database:
                try:
                    return database.execute(f"SELECT * FROM {schema}.t").fetchall()
                except psycopg.errors.UndefinedTable:
                    return []

        def staged() -> list[str]:
            # A transaction that is still open holds what it staged; tables would be seen too.
            with psycopg.connect(url) as database:
                found = database.execute(
                    "SELECT application_name FROM pg_stat_activity"
                    " WHERE application_name LIKE 'csvflow %%' AND state <> 'idle'"
                    " UNION ALL SELECT relname FROM pg_class JOIN pg_namespace n"
                    " ON n.oid = relnamespace WHERE nspname = %s AND relkind = 'r'"
                    " AND relname NOT IN ('t', 'strict', '_csvflow_runs')",
                    [schema],
                )
                return [name for (name,) in found.fetchall()]

        nobody = "postgresql://postgres:hunter2-secret@127.0.0.1:9/postgres"
        return SinkCase(
            make=sink("postgres", url=url, table=f"{schema}.t", **settings),
            rows=rows,
            staged=staged,
            unreachable=sink("postgres", url=nobody, table="t", **settings),
            refusing=sink("postgres", url=url, table=f"{schema}.strict", **settings),
            secret="hunter2-secret",
            **_traits(settings),
        )

    return case


REFUSING = (
    "CREATE TABLE {} (k BIGINT PRIMARY KEY CHECK (k > 100), note TEXT, amount DECIMAL(12,2),"
    ' share DOUBLE PRECISION, ok BOOLEAN, day DATE, "at" TIMESTAMP, utc TIMESTAMP WITH TIME ZONE,'
    " tod TIME, _csvflow_run TEXT, _csvflow_line BIGINT)"
)


def _traits(settings: dict[str, Any]) -> dict[str, bool]:
    mode = settings.get("mode", "append")
    return {
        "accumulates": mode != "replace",
        "keyed": mode == "upsert",
        "lineage": settings.get("lineage", False),
    }


UPSERT = {"mode": "upsert", "key": ["k"]}

CASES: dict[str, Callable[[World], SinkCase]] = {
    "sqlite": sqlite(),
    "sqlite-lineage": sqlite(lineage=True),
    "sqlite-replace": sqlite(mode="replace"),
    "sqlite-upsert": sqlite(**UPSERT),
    "duckdb": duckdb(),
    "duckdb-lineage": duckdb(lineage=True),
    "duckdb-replace": duckdb(mode="replace"),
    "duckdb-upsert": duckdb(**UPSERT),
    "postgres": postgres(),
    "postgres-lineage": postgres(lineage=True),
    "postgres-replace": postgres(mode="replace"),
    "postgres-upsert": postgres(**UPSERT),
    "parquet": file_sinks.local("parquet", ".parquet", row_group_rows=3),
    "parquet-exact": file_sinks.local("parquet", ".parquet", exact=True),
    "parquet-s3": file_sinks.bucket("parquet", ".parquet"),
    "csv": file_sinks.local("csv", ".csv"),
    "csv-exact": file_sinks.local("csv", ".csv.gz", exact=True),
    "jsonl": file_sinks.local("jsonl", ".jsonl"),
    "jsonl-exact": file_sinks.local("jsonl", ".ndjson.zst", exact=True),
}
"""``type`` or ``type-anything`` → the case. Every sink in the registry must have one."""
