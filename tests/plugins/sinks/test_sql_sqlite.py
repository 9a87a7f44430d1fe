"""What is SQLite's own: numbers and moments where the database has no types for them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from support.databases import Database, numbered, run_of, table

from csvflow.contract import Comparison, SinkError


@pytest.fixture
def sqlite(tmp_path) -> Database:
    return Database("sqlite", tmp_path)


def decimals(precision: int, scale: int, *texts: str) -> pa.Array:
    return pa.array([Decimal(text) for text in texts], pa.decimal128(precision, scale))


def instants(*texts: str) -> pa.Array:
    return pa.array([datetime.fromisoformat(text) for text in texts], pa.timestamp("us", "UTC"))


def planned(database: Database, rows: pa.Table, *key: str) -> Comparison:
    given = numbered(rows)
    with closing(database.sink("t", mode="upsert", key=key)) as sink:
        told = sink.compare(run_of("b"), given.schema, given.to_batches())
    assert told is not None
    return told


def test_decimals_compare_and_sort_as_numbers(sqlite: Database) -> None:
    sqlite.load("t", table(price=decimals(10, 2, "89.00", "1250.50", "-3.10", "100.01")))
    assert sqlite.execute("SELECT price FROM t ORDER BY price") == [
        (-3.1,), (89,), (100.01,), (1250.5,),
    ]  # fmt: skip
    assert sqlite.execute("SELECT count(*), max(price) FROM t WHERE price > 100") == [(2, 1250.5)]
    assert sqlite.execute("SELECT printf('%.2f', price) FROM t WHERE price = 89") == [("89.00",)]


WRITTEN = [
    (15, 0, "999999999999999"),
    (15, 2, "9999999999999.99"),
    (15, 2, "-1234567890123.45"),
    (15, 15, "0.000000000000001"),
    (15, 15, "0.999999999999999"),
    (15, 8, "1234567.00000001"),
    (8, 8, "0.00000001"),
    (4, 2, "0.00"),
]


@pytest.mark.parametrize(("precision", "scale", "text"), WRITTEN)
def test_fifteen_digits_can_be_printed_back(
    sqlite: Database, precision: int, scale: int, text: str
) -> None:
    sqlite.load("t", table(x=decimals(precision, scale, text)))
    found = sqlite.execute(f"SELECT type, printf('%.{scale}f', x) FROM t, pragma_table_info('t')")
    assert found == [(f"DECIMAL({precision},{scale})", text)]
    ((number,),) = sqlite.execute("SELECT x FROM t")
    assert f"{number:.{scale}f}" == text


def test_more_digits_than_a_number_keeps_are_text(sqlite: Database) -> None:
    digits = "12345678901234.56"
    sqlite.load("t", table(x=decimals(16, 2, digits, "0.10")))
    assert sqlite.execute("SELECT x, typeof(x) FROM t") == [(digits, "text"), ("0.10", "text")]
    sqlite.execute("CREATE TABLE n (x DECIMAL(16,2))")
    with pytest.raises(SinkError) as caught:
        sqlite.load("n", table(x=decimals(16, 2, digits)))
    assert caught.value.code == "sink.column-type"


def test_a_column_of_text_keeps_decimals_as_text(sqlite: Database) -> None:
    sqlite.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)")
    rows = table(id=[1], x=decimals(10, 2, "89.00"))
    sqlite.load("t", rows, mode="upsert", key=("id",))
    assert sqlite.execute("SELECT x FROM t") == [("89.00",)]
    assert planned(sqlite, rows, "id").unchanged == 1


def test_a_key_of_decimals_is_equal_by_number(sqlite: Database) -> None:
    first = table(k=decimals(6, 2, "1.50", "2.00"), v=["a", "b"])
    sqlite.load("t", first, mode="upsert", key=("k",))
    # With more decimals the same numbers are written in another way.
    later = table(k=decimals(7, 3, "1.500", "2.000", "3.000", "2.000"), v=["a", "x", "c", "d"])
    sqlite.execute("CREATE TABLE u AS SELECT * FROM t")
    sqlite.execute("DROP TABLE t")
    sqlite.execute("CREATE TABLE t (k NUMERIC UNIQUE, v TEXT)")
    sqlite.execute("INSERT INTO t SELECT * FROM u")
    told = planned(sqlite, later, "k")
    assert (told.inserted, told.updated, told.unchanged, told.folded) == (1, 1, 1, 1)
    receipt = sqlite.load("t", later, run="b", mode="upsert", key=("k",))
    assert (receipt.rows, receipt.folded) == (3, 1)
    assert sqlite.execute("SELECT * FROM t ORDER BY k") == [(1.5, "a"), (2, "d"), (3, "c")]


def test_a_plan_shows_decimals_with_all_their_digits(sqlite: Database) -> None:
    key = {"mode": "upsert", "key": ("id",)}
    sqlite.load("t", table(id=[1, 2], x=decimals(8, 8, "0.00000001", "0.5")), **key)
    told = planned(sqlite, table(id=[1, 2], x=decimals(8, 8, "0.00000002", "0.5")), "id")
    assert (told.updated, told.unchanged) == (1, 1)
    ((_, old, new),) = told.changes[0].examples
    assert (f"{old:f}", f"{new:f}") == ("0.00000001", "0.00000002")
    assert (type(old), type(new)) == (Decimal, Decimal)


MOMENTS = [
    "2026-01-31 10:00:18+00:00",
    "2026-01-31 10:00:18.500000+00:00",
    "2026-01-31 10:00:19+00:00",
    "2026-01-31 10:00:19.000001+00:00",
]


def test_the_order_of_text_is_that_of_time(sqlite: Database) -> None:
    at = instants(*reversed(MOMENTS))
    naive = at.cast(pa.timestamp("us"))
    clock = pa.array([time(10, 0, 18, 500_000), time(10, 0, 18), time(9), time(10, 0, 19)])
    sqlite.load("t", table(at=at, naive=naive, clock=clock))
    assert sqlite.execute("SELECT at FROM t ORDER BY at") == [(text,) for text in MOMENTS]
    assert sqlite.execute("SELECT naive FROM t ORDER BY naive") == [
        (text.removesuffix("+00:00"),) for text in MOMENTS
    ]
    assert sqlite.execute("SELECT clock FROM t ORDER BY clock") == [
        ("09:00:00",), ("10:00:18",), ("10:00:18.500000",), ("10:00:19",),
    ]  # fmt: skip


def test_sqlites_own_functions_read_instants(sqlite: Database) -> None:
    sqlite.load("t", table(at=instants(MOMENTS[1])))
    found = sqlite.execute("SELECT strftime('%s', at), strftime('%f', at), date(at) FROM t")
    assert found == [("1769853618", "18.500", "2026-01-31")]
    ((text,),) = sqlite.execute("SELECT at FROM t")
    expected = datetime(2026, 1, 31, 10, 0, 18, tzinfo=UTC) + timedelta(milliseconds=500)
    assert datetime.fromisoformat(text) == expected


def test_an_instant_that_ends_in_z_is_no_change(sqlite: Database) -> None:
    sqlite.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT)")
    sqlite.execute("INSERT INTO t VALUES (1, '2026-01-31 10:00:18Z'), (2, '2026-01-31 10:00:19Z')")
    rows = table(id=[1, 2], at=instants(MOMENTS[0], MOMENTS[3]))
    told = planned(sqlite, rows, "id")
    assert (told.updated, told.unchanged) == (1, 1)
    sqlite.load("t", rows, mode="upsert", key=("id",))
    assert sqlite.execute("SELECT at FROM t ORDER BY id") == [(MOMENTS[0],), (MOMENTS[3],)]


def test_instants_of_another_form_in_the_key_are_refused_with_the_way_out(
    sqlite: Database,
) -> None:
    sqlite.execute("CREATE TABLE t (at TEXT PRIMARY KEY, v TEXT)")
    sqlite.execute("INSERT INTO t VALUES ('2026-01-31 10:00:18Z', 'old')")
    rows = table(at=instants(MOMENTS[0]), v=["new"])
    with pytest.raises(SinkError) as caught:
        sqlite.load("t", rows, mode="upsert", key=("at",))
    assert caught.value.code == "sink.key-form"
    assert caught.value.hint is not None
    heal = """UPDATE "t" SET "at" = replace("at", 'Z', '+00:00')"""
    assert caught.value.hint == f"write them so, as with: {heal}"
    sqlite.execute(heal)
    sqlite.load("t", rows, mode="upsert", key=("at",))
    assert sqlite.execute("SELECT * FROM t") == [(MOMENTS[0], "new")]
