"""What becomes of rows in a table: its columns, its types, its modes, its marker."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from pydantic import ValidationError
from support.databases import Database, numbered, run_of, table

from csvflow.contract import SinkError
from csvflow.core import registry


def test_columns_go_by_name_into_a_table_that_is_there(database: Database) -> None:
    database.execute("CREATE TABLE t (extra INTEGER DEFAULT 7, b TEXT, a INTEGER)")
    database.load("t", table(a=[1], b=["x"]))
    assert database.execute("SELECT a, b, extra FROM t") == [(1, "x", 7)]


def test_a_column_that_the_table_lacks(database: Database) -> None:
    database.execute("CREATE TABLE t (id INTEGER, amount INTEGER)")
    with pytest.raises(SinkError) as caught:
        database.load("t", table(id=[1], amuont=[2]))
    assert caught.value.code == "sink.missing-column"
    assert caught.value.message == "table `t` has no column `amuont`"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("it has `amount`: rename one of them; or add it: ALTER")
    assert database.execute("SELECT count(*) FROM t") == [(0,)]


def test_a_column_that_needs_a_value_is_told_before_a_row_is_loaded(database: Database) -> None:
    database.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL,"
        " c INTEGER NOT NULL DEFAULT 7, d TEXT)"
    )
    rows = numbered(table(id=[1], A=["x"]) if database.kind == "duckdb" else table(id=[1], a=["x"]))
    with closing(database.sink("t")) as sink:
        for look in (
            lambda: sink.compare(run_of("a"), rows.schema, rows.to_batches()),
            lambda: database.load("t", rows),
        ):
            with pytest.raises(SinkError) as caught:
                look()
            assert caught.value.code == "sink.needed-column"
            assert caught.value.message == (
                "table `t` needs a value in `b`, which the rows don't have"
            )
    database.load("t", table(id=[2], a=["x"], b=["y"]))
    assert database.execute("SELECT id, a, b, c, d FROM t") == [(2, "x", "y", 7, None)]


def test_a_column_that_a_trigger_may_fill_needs_no_value(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (id INTEGER, b TEXT NOT NULL, n SERIAL NOT NULL)")
    postgres.execute(
        "CREATE FUNCTION fill() RETURNS trigger AS $$ BEGIN NEW.b := 'set'; RETURN NEW; END $$"
        " LANGUAGE plpgsql"
    )
    postgres.execute("CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fill()")
    postgres.load("t", table(id=[1]))
    assert postgres.execute("SELECT id, b, n FROM t") == [(1, "set", 1)]


def test_a_schema_that_is_not_there_is_told_by_all_that_look(database: Database) -> None:
    rows = numbered(table(id=[1]))
    told = []
    for there in (False, True):
        if there:
            database.execute("CREATE TABLE other (id INTEGER)")
        with closing(database.sink("shop.orders")) as sink:
            for look in (
                sink.probe,
                lambda sink=sink: sink.compare(run_of("a"), rows.schema, rows.to_batches()),
                lambda sink=sink: sink.open(run_of("a"), rows.schema),
            ):
                with pytest.raises(SinkError) as caught:
                    look()
                assert caught.value.code == "sink.no-schema"
                told.append((caught.value.message, caught.value.hint))
            sink.abort()
    alone = "name the table alone: `orders`"
    make = 'make it: CREATE SCHEMA "shop"; or '
    message = "there is no schema `shop` for the table `shop.orders`"
    assert set(told) == {(message, alone if database.kind == "sqlite" else make + alone)}
    assert database.leftovers() == []


def test_a_table_in_a_schema_is_made_there(database: Database) -> None:
    schema = "main" if database.kind == "sqlite" else "shop"
    if database.kind == "duckdb":
        database.execute("CREATE SCHEMA shop")
    if database.kind == "postgres":
        schema = database.schema
    database.load(f"{schema}.orders", table(id=[1]))
    assert database.execute(f"SELECT id FROM {schema}.orders") == [(1,)]


@pytest.mark.parametrize("name", ["temp.t", "csvflow.t", "pg_temp.t"])
def test_a_table_that_goes_with_the_connection_is_no_target(database: Database, name: str) -> None:
    with pytest.raises(SinkError) as caught:
        database.load(name, table(id=[1]))
    assert caught.value.code == "sink.no-schema"


def test_lineage_needs_its_columns(database: Database) -> None:
    database.execute("CREATE TABLE t (id INTEGER)")
    with pytest.raises(SinkError, match="no column `_csvflow_run`") as caught:
        database.load("t", table(id=[1]), lineage=True)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("`lineage: true` needs it: ALTER TABLE")
    with closing(database.sink("t", lineage=True)) as sink:
        with pytest.raises(SinkError, match="no column `_csvflow_run`"):
            sink.probe()
        for name, kind in (("_csvflow_run", "TEXT"), ("_csvflow_line", "BIGINT")):
            database.execute(f"ALTER TABLE t ADD COLUMN {name} {kind}")
        sink.probe()


def test_lineage_tells_run_and_line(database: Database) -> None:
    database.load("t", table(id=[10, 20]), lineage=True)
    assert database.execute("SELECT id, _csvflow_run, _csvflow_line FROM t ORDER BY id") == [
        (10, "61616161616161616161", 2),
        (20, "61616161616161616161", 3),
    ]


BENT = [
    ("INTEGER", pa.array(["007"])),
    ("INTEGER", pa.array([Decimal("1.5")])),
    ("DOUBLE PRECISION", pa.array([2**60])),
    ("DOUBLE PRECISION", pa.array([Decimal("0.1")])),
    ("DECIMAL(10,1)", pa.array([Decimal("1.25")])),
]


@pytest.mark.parametrize(("declared", "values"), BENT)
def test_a_column_that_would_bend_values_is_refused(
    database: Database, declared: str, values: pa.Array
) -> None:
    database.execute(f"CREATE TABLE t (x {declared})")
    with pytest.raises(SinkError) as caught:
        database.load("t", pa.table({"x": values}))
    assert caught.value.code == "sink.column-type"
    assert database.execute("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize("declared", ["DATE", "TIMESTAMP"])
def test_a_time_is_never_cut_off(tmp_path, postgres: Database, declared: str) -> None:
    moment = pa.array([datetime.fromisoformat("2026-01-01T10:00")])
    zoned = moment.cast(pa.timestamp("us", "UTC"))
    for database in (postgres, Database("duckdb", tmp_path)):
        database.execute(f"CREATE TABLE t (x {declared})")
        with pytest.raises(SinkError) as caught:
            database.load("t", pa.table({"x": moment if declared == "DATE" else zoned}))
        assert caught.value.code == "sink.column-type"


@pytest.mark.parametrize("declared", ["UTINYINT", "UINTEGER", "UBIGINT", "BIGNUM"])
def test_duckdb_rounds_no_fraction_into_a_whole_number(tmp_path, declared: str) -> None:
    database = Database("duckdb", tmp_path)
    database.execute(f"CREATE TABLE t (x {declared})")
    for values in (["1.5"], [1.5], [Decimal("1.5")]):
        with pytest.raises(SinkError) as caught:
            database.load("t", table(x=values))
        assert caught.value.code == "sink.column-type"
    database.load("t", table(x=[7]))
    assert database.execute("SELECT x::INTEGER FROM t") == [(7,)]


def test_postgres_rounds_no_money(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (x money)")
    with pytest.raises(SinkError) as caught:
        postgres.load("t", table(x=[Decimal("12.345")]))
    assert caught.value.code == "sink.column-type"
    postgres.load("t", table(x=[Decimal("12.34")]))
    assert postgres.execute("SELECT x::numeric FROM t") == [(Decimal("12.34"),)]


COARSE = [
    ("postgres", "timestamp(0)", "2026-01-01 10:00:00", "2026-01-01 10:00:00.5", 0),
    ("postgres", "timestamp(3)", "2026-01-01 10:00:00.123", "2026-01-01 10:00:00.1234", 3),
    ("duckdb", "TIMESTAMP_S", "2026-01-01 10:00:00", "2026-01-01 10:00:00.5", 0),
    ("duckdb", "TIMESTAMP_MS", "2026-01-01 10:00:00.123", "2026-01-01 10:00:00.1234", 3),
]


@pytest.mark.parametrize(("kind", "declared", "fits", "finer", "digits"), COARSE)
def test_a_time_is_loaded_whole_or_not_at_all(
    tmp_path, postgres: Database, kind: str, declared: str, fits: str, finer: str, digits: int
) -> None:
    database = postgres if kind == "postgres" else Database(kind, tmp_path)
    database.execute(f'CREATE TABLE t ("At" {declared})')
    column = "At" if kind == "postgres" else "at"
    database.load("t", table(**{column: [datetime.fromisoformat(fits), None]}))
    with pytest.raises(SinkError) as caught:
        database.load("t", table(**{column: [datetime.fromisoformat(finer)]}), run="b")
    assert caught.value.code == "sink.column-type"
    assert caught.value.message == (
        f"column `{column}` has a time with more than {digits} digits of a second's fraction,"
        " which `t` would round"
    )
    rows = numbered(table(**{column: [datetime.fromisoformat(finer)]}))
    with closing(database.sink("t")) as sink, pytest.raises(SinkError) as planned:
        sink.compare(run_of("b"), rows.schema, rows.to_batches())
    assert str(planned.value) == str(caught.value)
    found = database.execute('SELECT "At" FROM t WHERE "At" IS NOT NULL')
    assert found == [(datetime.fromisoformat(fits),)]


def test_a_time_of_day_is_loaded_whole_or_not_at_all(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (x time(0))")
    postgres.load("t", table(x=[time(10, 0, 1)]))
    with pytest.raises(SinkError, match="more than 0 digits"):
        postgres.load("t", table(x=[time(10, 0, 1, 600_000)]), run="b")
    assert postgres.execute("SELECT x FROM t") == [(time(10, 0, 1),)]


def test_a_schema_in_other_letters_is_the_same_to_duckdb(tmp_path) -> None:
    database = Database("duckdb", tmp_path)
    database.execute("CREATE SCHEMA sales")
    database.execute("CREATE TABLE sales.t (x INTEGER)")
    with pytest.raises(SinkError) as caught:
        database.load("Sales.T", table(x=["1.5"]))
    assert caught.value.code == "sink.column-type"


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_letters_beyond_ascii_have_a_case_of_their_own(tmp_path, kind: str) -> None:
    database = Database(kind, tmp_path)
    database.execute('CREATE TABLE t ("Été" TEXT)')
    with pytest.raises(SinkError) as caught:
        database.load("t", pa.table({"été": ["a"]}))
    assert caught.value.code == "sink.missing-column"


def test_a_comparison_tells_of_a_null_key_as_a_load_does(database: Database) -> None:
    rows = numbered(table(id=[1, None]))
    sink = database.sink("t", mode="upsert", key=("id",))
    with closing(sink), pytest.raises(SinkError) as caught:
        sink.compare(run_of("a"), rows.schema, rows.to_batches())
    assert caught.value.code == "sink.null-key"


CELLS = ["secret", 'secret "quoted', "secret 'quoted", "a\n\nLINE 1: secret", '"\'secret\n"']


@pytest.mark.parametrize("cell", CELLS)
def test_duckdb_tells_no_cell(tmp_path, cell: str) -> None:
    database = Database("duckdb", tmp_path)
    database.execute("CREATE TABLE t (id UUID, n TINYINT)")
    database.execute("CREATE TABLE u (id TEXT PRIMARY KEY)")
    for name, rows in (
        ("t", table(id=[cell], n=[1])),
        ("t", table(id=["f47ac10b-58cc-4372-a567-0e02b2c3d479"], n=[98765])),
        ("u", table(id=[cell, cell])),
    ):
        with pytest.raises(SinkError) as caught:
            database.load(name, rows)
        assert caught.value.code == "sink.refused"
        assert "secret" not in caught.value.message
        assert "98765" not in caught.value.message
        assert "\n" not in caught.value.message


def test_wider_types_are_welcome(database: Database) -> None:
    database.execute("CREATE TABLE t (a VARCHAR(40), b DECIMAL(12,4), c BIGINT, d VARCHAR)")
    rows = table(a=["x"], b=[Decimal("1.25")], c=[5], d=[Decimal("1.10")])
    database.load("t", rows)
    found = [tuple(map(str, row)) for row in database.execute("SELECT a, b, c, d FROM t")]
    assert found == [("x", "1.25" if database.kind == "sqlite" else "1.2500", "5", "1.10")]


def test_types_of_a_new_table(postgres: Database) -> None:
    rows = pa.table(
        {
            "i": pa.array([1], pa.int32()),
            "big": pa.array([2**64 - 1], pa.uint64()),
            "d": pa.array([Decimal("1.5")], pa.decimal128(30, 10)),
            "wide": pa.array([Decimal("1.5")], pa.decimal256(60, 10)),
            "words": pa.array(["a"]).dictionary_encode(),
            "nothing": pa.nulls(1),
        }
    )
    postgres.load("t", rows)
    assert postgres.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum"
    ) == [
        ("i", "bigint"),
        ("big", "numeric(20,0)"),
        ("d", "numeric(30,10)"),
        ("wide", "numeric(60,10)"),
        ("words", "text"),
        ("nothing", "text"),
    ]
    assert postgres.execute("SELECT big, nothing FROM t") == [(Decimal(2**64 - 1), None)]


def test_sqlite_keeps_what_people_can_read(tmp_path) -> None:
    database = Database("sqlite", tmp_path)
    database.load(
        "t",
        pa.table(
            {
                "small": pa.array([Decimal("0.00000001")], pa.decimal128(12, 8)),
                "day": pa.array([date(2026, 2, 3)]),
                "at": pa.array([datetime.fromisoformat("2026-02-03T04:05:06")]),
                "berlin": pa.array(
                    [datetime.fromisoformat("2026-02-03T04:05:06")], pa.timestamp("us", "UTC")
                ).cast(pa.timestamp("us", "Europe/Berlin")),
                "words": pa.array(["a"]).dictionary_encode(),
                "ok": pa.array([True]),
            }
        ),
    )
    assert database.execute("SELECT * FROM t") == [
        (0.00000001, "2026-02-03", "2026-02-03 04:05:06", "2026-02-03 04:05:06+00:00", "a", 1)
    ]


def test_a_list_has_no_column_type(database: Database) -> None:
    with pytest.raises(SinkError, match="column `x` is list") as caught:
        database.load("t", table(x=[[1, 2]]))
    assert caught.value.code == "sink.column-type"


def test_upsert_updates_adds_and_leaves_the_rest_alone(database: Database) -> None:
    database.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, seen TEXT)")
    database.execute("INSERT INTO t VALUES (1, 'old', 'kept'), (2, 'old', 'kept')")
    rows = table(id=[3, 2, 3, 2], name=["first", "first", "last", None])
    receipt = database.load("t", rows, mode="upsert", key=("id",))
    assert (receipt.rows, receipt.folded) == (2, 2)
    assert database.execute("SELECT id, name, seen FROM t ORDER BY id") == [
        (1, "old", "kept"),
        (2, None, "kept"),
        (3, "last", None),
    ]


def test_the_last_row_of_a_key_wins_by_number_and_not_by_arrival(database: Database) -> None:
    rows = table(k=[1] * 5, v=["a", "b", "c", "d", "e"])
    database.load("t", rows.take([4, 0, 3, 1, 2]), mode="upsert", key=("k",))
    assert database.execute("SELECT v FROM t") == [("c",)], "numbered after the shuffle"


def test_a_key_of_several_columns_and_nothing_else(database: Database) -> None:
    rows = table(a=[1, 1, 1], b=["x", "y", "x"])
    for run in ("a", "b"):
        receipt = database.load("t", rows, run=run, mode="upsert", key=("a", "b"))
        assert (receipt.rows, receipt.folded) == (2, 1)
    assert database.execute("SELECT a, b FROM t ORDER BY b") == [(1, "x"), (1, "y")]


def test_a_key_that_is_null_is_refused_with_the_way_out(database: Database) -> None:
    with pytest.raises(SinkError) as caught:
        database.load("t", table(id=[1, None]), mode="upsert", key=("id",))
    assert caught.value.code == "sink.null-key"
    assert caught.value.hint == "reject such rows: `id: … required` in `columns`"


def test_a_key_column_that_the_rows_lack(database: Database) -> None:
    with pytest.raises(SinkError, match="`key` names column `idd`") as caught:
        database.load("t", table(id=[1]), mode="upsert", key=("idd",))
    assert caught.value.hint == "did you mean `id`?"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_upsert_needs_a_unique_index(kind: str, tmp_path, postgres: Database) -> None:
    database = postgres if kind == "postgres" else Database(kind, tmp_path)
    database.execute("CREATE TABLE t (a INTEGER, b INTEGER)")
    database.execute("CREATE UNIQUE INDEX wider ON t (a, b)")
    with pytest.raises(SinkError) as caught:
        database.load("t", table(a=[1], b=[2]), mode="upsert", key=("a",))
    assert caught.value.code == "sink.no-unique-key"
    with closing(database.sink("t", mode="upsert", key=("a",))) as sink:
        with pytest.raises(SinkError) as probed:
            sink.probe()
        assert str(probed.value) == str(caught.value)
        assert caught.value.hint == 'make one: CREATE UNIQUE INDEX "t_a" ON "t" ("a")'
        database.execute(caught.value.hint.removeprefix("make one: "))
        sink.probe()
    assert database.load("t", table(a=[1], b=[2]), mode="upsert", key=("a",)).rows == 1


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "postgres"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "upsert"}, "needs `key`"),
        ({"key": ["id"]}, "is for `mode: upsert`"),
        ({"mode": "upsert", "key": ["id", "id"]}, "names a column twice"),
        ({"mode": "merge"}, "Input should be"),
    ],
)
def test_settings_that_make_no_sense(kind: str, settings: dict[str, object], message: str) -> None:
    where = {"url": "postgresql://h/d"} if kind == "postgres" else {"path": "x"}
    plugin = registry.load("sink", kind)
    with pytest.raises(ValidationError, match=message):
        plugin.settings_type(**where, table="t", **settings)


def test_replace_with_nothing_empties_the_table(database: Database) -> None:
    rows = table(id=[1, 2])
    database.load("t", rows, run="a", mode="replace")
    database.load("t", rows.slice(0, 0), run="b", mode="replace")
    assert database.execute("SELECT count(*) FROM t") == [(0,)]


def test_a_repeated_commit_of_an_earlier_run_undoes_no_later_one(database: Database) -> None:
    database.load("t", table(id=[1]), run="a", mode="replace")
    database.load("t", table(id=[2]), run="b", mode="replace")
    assert database.load("t", table(id=[1]), run="a", token=2, mode="replace").rows == 1
    assert database.execute("SELECT id FROM t") == [(2,)]


def test_one_run_may_load_several_tables(database: Database) -> None:
    database.load("t", table(id=[1]))
    database.load("u", table(id=[1, 2]))
    assert database.execute("SELECT count(*) FROM t") == [(1,)]
    assert database.execute("SELECT count(*) FROM u") == [(2,)]


def test_the_marker_tells_what_was_loaded(database: Database) -> None:
    rows = table(id=[1, 1, 2])
    database.load("t", rows, token=3, generation=2, mode="upsert", key=("id",))
    assert database.execute(
        "SELECT run_id, target, pipeline, uri, version, generation, token, rows, folded"
        " FROM _csvflow_runs"
    ) == [("61616161616161616161", "t", "orders", "/landing/a.csv", "v1", 2, 3, 2, 1)]


def test_a_generation_that_was_overtaken_commits_nothing(database: Database) -> None:
    settings = {"lineage": True}
    database.load("t", table(id=[1]), token=1, generation=1, **settings)
    database.load("t", table(id=[2]), token=2, generation=2, **settings)
    with pytest.raises(Exception, match="another worker took this run over") as caught:
        database.load("t", table(id=[3]), token=1, generation=1, **settings)
    assert getattr(caught.value, "code", "") == "run.lease-lost"
    assert database.execute("SELECT id FROM t") == [(2,)]


def test_a_load_that_is_refused_leaves_no_marker(database: Database) -> None:
    database.execute("CREATE TABLE t (id BIGINT CHECK (id < 10))")
    with pytest.raises(SinkError) as caught:
        database.load("t", table(id=[1, 987654321]))
    assert caught.value.code == "sink.refused"
    assert "987654321" not in caught.value.message
    database.execute("DROP TABLE t")
    assert database.load("t", table(id=[1, 987654321]), token=2).rows == 2
    assert database.leftovers() == []


def test_sqlite_makes_no_null_of_nan(tmp_path) -> None:
    database = Database("sqlite", tmp_path)
    database.load("t", table(share=[0.5, None, float("inf")]))
    with pytest.raises(SinkError, match="column `share` has NaN, which SQLite can't hold"):
        database.load("t", table(share=[0.5, float("nan")]), run="b")
    assert database.leftovers() == []


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_file_is_local(kind: str) -> None:
    with pytest.raises(ValidationError, match="write its path, without a scheme"):
        registry.load("sink", kind).settings_type(path="s3://bucket/x.db", table="t")
