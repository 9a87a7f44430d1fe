"""Names come from headers and people; none of them can become SQL."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.databases import Database, table

from csvflow.contract import ConfigError, SinkError
from csvflow.core import registry
from csvflow.kit.sql import Table

HOSTILE = [
    'a"; DROP TABLE victim; --',
    "b'); DROP TABLE victim; --",
    "select",
    "order by 1",
    "%s",
    "100 % {markers} {p}",
    "?",
    "$1",
    "two\nlines",
    "Größe 漢字 🚚",
    " ",
    ".",
    "\\",
    "rowid",
]


def test_hostile_column_names_are_only_names(database: Database) -> None:
    database.execute("CREATE TABLE victim (x INTEGER)")
    rows = pa.table({name: [f"value {place}"] for place, name in enumerate(HOSTILE)})
    assert database.load("t", rows).rows == 1
    assert database.execute("SELECT * FROM t") == [
        tuple(f"value {place}" for place in range(len(HOSTILE)))
    ]
    assert database.execute("SELECT count(*) FROM victim") == [(0,)]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
@pytest.mark.parametrize("name", ['t"; DROP TABLE victim; --', "%s {p} ?", "Select"])
def test_hostile_table_names_are_only_names(database: Database, mode: str, name: str) -> None:
    database.execute("CREATE TABLE victim (x INTEGER)")
    key = {"key": ['k"%s']} if mode == "upsert" else {}
    quoted = '"' + name.replace('"', '""') + '"'
    settings = {"mode": mode, "lineage": True, **key}
    for generation in (1, 2):
        database.load(
            quoted, pa.table({'k"%s': [1, 2]}), token=generation, generation=generation, **settings
        )
    assert database.execute(f"SELECT count(*) FROM {quoted}") == [(2,)]
    assert database.execute("SELECT count(*) FROM victim") == [(0,)]


def test_a_name_that_is_too_long_for_postgres_is_refused_before_a_row(postgres: Database) -> None:
    postgres.load("fits", pa.table({"é" * 31: [1]}))
    for name, size in (("é" * 32, 64), ("x" * 10_000, 10_000)):
        with pytest.raises(SinkError) as caught:
            postgres.load("t", pa.table({"id": [1], name: [1]}))
        assert caught.value.code == "sink.column-name"
        assert caught.value.message == (
            f"column 2, `{name[:40]}{'…' if len(name) > 41 else ''}`, has {size} bytes, more than"
            " 63, which Postgres can't have as a name"
        )
    assert postgres.execute("SELECT to_regclass('t')") == [(None,)]


def test_a_long_name_is_none_of_sqlites_troubles(tmp_path) -> None:
    database = Database("sqlite", tmp_path)
    assert database.load("t", pa.table({"x" * 10_000: [1], "": [2]})).rows == 1


@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_an_empty_name_is_refused_where_there_can_be_none(
    kind: str, tmp_path, request: pytest.FixtureRequest
) -> None:
    database = (
        request.getfixturevalue("postgres") if kind == "postgres" else Database(kind, tmp_path)
    )
    with pytest.raises(SinkError, match="column 1, ``, is empty") as caught:
        database.load("t", pa.table({"": [1]}))
    assert caught.value.code == "sink.column-name"


def test_names_that_differ_in_case_only(database: Database) -> None:
    rows = pa.table({"Id": [1], "id": [2]})
    if database.kind == "postgres":
        database.load("t", rows)
        assert database.execute('SELECT "Id", id FROM t') == [(1, 2)]
        return
    with pytest.raises(SinkError, match="columns `Id` and `id` are one and the same to"):
        database.load("t", rows)


def test_a_table_in_a_schema(postgres: Database) -> None:
    postgres.load(f"{postgres.schema}.orders", table(id=[1]))
    assert postgres.execute(f"SELECT id FROM {postgres.schema}.orders") == [(1,)]
    found = postgres.execute(f"SELECT target, rows FROM {postgres.schema}._csvflow_runs")
    assert found == [("orders", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", Table(None, "orders")),
        ("sales.orders", Table("sales", "orders")),
        ('"odd.name"', Table(None, "odd.name")),
        ('sales."a""b"', Table("sales", 'a"b')),
        ("My Orders", Table(None, "My Orders")),
    ],
)
def test_tables_as_people_write_them(text: str, expected: Table) -> None:
    assert Table.parse(text) == expected


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a.b.c", '"a', 'a"b', '"a"b', "a\0b"])
def test_what_names_no_table_is_refused(text: str) -> None:
    with pytest.raises(SinkError) as caught:
        Table.parse(text)
    assert caught.value.code == "sink.table-name"


@pytest.mark.parametrize(
    ("kind", "url", "expected"),
    [
        ("sqlite", "sqlite:///x.db", {"path": "x.db", "table": "orders"}),
        ("sqlite", "sqlite:////tmp/x.db", {"path": "/tmp/x.db", "table": "orders"}),
        ("duckdb", "duckdb:///out/x.duckdb", {"path": "out/x.duckdb", "table": "orders"}),
        (
            "postgres",
            "postgresql://u:p@h:1/d",
            {"url": "postgresql://u:p@h:1/d", "table": "orders"},
        ),
    ],
)
def test_what_to_means(kind: str, url: str, expected: dict[str, str]) -> None:
    plugin = registry.load("sink", kind)
    assert plugin.settings_for(url, "orders") == expected
    with pytest.raises(ConfigError) as caught:
        plugin.settings_for(url, None)
    assert caught.value.code == "config.no-table"
    assert "u:p" not in str(caught.value)


def test_no_password_is_told_of_a_url_without_a_table() -> None:
    plugin = registry.load("sink", "postgres")
    for url in (
        "postgresql://u:hunter2@h/d",
        "postgresql://u:hun@ter2@h/d",
        "postgresql://h/d?user=u&password=hun@ter2",
    ):
        with pytest.raises(ConfigError) as caught:
            plugin.settings_for(url, None)
        assert caught.value.message == "`--to postgresql://h/d` names a database, and no table"
