"""What is Postgres' own: one open transaction, the server's words, NUL, lost connections."""

from __future__ import annotations

import builtins
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from pydantic import ValidationError
from support.databases import Database, numbered, run_of, table

from csvflow.contract import ConfigError, SinkError, UnreachableError
from csvflow.plugins.sinks.postgres import PostgresSettings, PostgresSink


def test_text_with_a_nul_names_its_column(postgres: Database) -> None:
    rows = table(id=[1, 2], good=["a", "b"], note=["fine", "a\0b"])
    with pytest.raises(SinkError) as caught:
        postgres.load("t", rows)
    assert caught.value.code == "sink.text-nul"
    assert caught.value.message == (
        "column `note` has text with a NUL character, which Postgres can't hold"
    )
    assert postgres.execute("SELECT count(*) FROM t") == [(0,)]


def test_a_lone_column_of_nulls_and_empty_texts(postgres: Database) -> None:
    postgres.load("t", pa.table({"x": pa.array([None, "", None, "\\.", "\\N", "a"])}))
    found = postgres.execute("SELECT x FROM t")
    assert found == [(None,), ("",), (None,), ("\\.",), ("\\N",), ("a",)]


def test_a_refusal_tells_the_column_and_not_the_cell(postgres: Database) -> None:
    postgres.execute("CREATE TYPE mood AS ENUM ('fine')")
    postgres.execute("CREATE TABLE t (id smallint, feeling mood, short varchar(3))")
    for rows, message in (
        (table(id=[1], feeling=["secret-cell"], short=["a"]), "(column `feeling`)"),
        (table(id=[1], feeling=['"\nsecret-cell'], short=["a"]), "(column `feeling`)"),
        (table(id=[1], feeling=["fine"], short=["secret-cell"]), "type character varying(3)"),
        (table(id=[98765], feeling=["fine"], short=["a"]), "out of range for type smallint"),
    ):
        with pytest.raises(SinkError) as caught:
            postgres.load("t", rows)
        assert caught.value.code == "sink.refused"
        assert message in caught.value.message
        assert "secret-cell" not in str(caught.value)
        assert "98765" not in str(caught.value)


def test_a_duplicate_tells_the_constraint_and_not_the_key(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (id text CONSTRAINT one_each UNIQUE)")
    with pytest.raises(SinkError, match='unique constraint "one_each"') as caught:
        postgres.load("t", table(id=["secret-cell", "secret-cell"]))
    assert "secret-cell" not in str(caught.value)


def test_a_missing_right_is_a_refusal_before_a_row_is_read(postgres: Database) -> None:
    postgres.load("t", table(id=[1]))
    role = f"{postgres.schema}_reader"
    postgres.execute(f"CREATE ROLE {role} LOGIN")
    try:
        postgres.execute(f"GRANT USAGE ON SCHEMA {postgres.schema} TO {role}")
        postgres.execute(f"GRANT SELECT ON t TO {role}")
        reader = Database("postgres", postgres.path, schema=postgres.schema)
        reader.url = postgres.url.replace("postgres@", f"{role}@")
        rows = numbered(table(id=[2]))
        with closing(reader.sink("t")) as sink, pytest.raises(SinkError) as caught:
            sink.open(run_of("b"), rows.schema)
        assert "permission denied for table t" in caught.value.message
    finally:
        postgres.execute(f"DROP OWNED BY {role}")
        postgres.execute(f"DROP ROLE {role}")


def test_a_connection_that_breaks_is_unreachable_and_the_next_attempt_loads(
    postgres: Database,
) -> None:
    rows = numbered(table(id=[1, 2]))
    with closing(postgres.sink("t")) as sink:
        sink.open(run_of("a"), rows.schema)
        sink.write(rows.to_batches()[0])
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'csvflow %'"
        )
        with pytest.raises(UnreachableError) as caught:
            sink.commit()
        assert caught.value.code == "sink.unreachable"
        sink.abort()
    assert postgres.load("t", table(id=[1, 2]), token=2).rows == 2
    assert postgres.execute("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_an_answer_lost_after_the_commit_doubles_nothing(postgres: Database) -> None:
    rows = numbered(table(id=[1, 2]))
    with closing(postgres.sink("t")) as sink:
        sink.open(run_of("a"), rows.schema)
        sink.write(rows.to_batches()[0])
        connection: Any = sink._database.connection
        commit = connection.commit

        def committed_and_cut() -> None:
            commit()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        connection.commit = committed_and_cut
        with pytest.raises(UnreachableError):
            sink.commit()
        sink.abort()
    assert postgres.load("t", table(id=[1, 2]), token=2).rows == 2
    assert postgres.execute("SELECT count(*) FROM t") == [(2,)]


def test_replace_keeps_readers_reading_until_its_commit(postgres: Database) -> None:
    postgres.load("t", table(id=[1]), run="a", mode="replace")
    rows = numbered(table(id=[2, 3]))
    with closing(postgres.sink("t", mode="replace")) as sink:
        sink.open(run_of("b"), rows.schema)
        sink.write(rows.to_batches()[0])
        assert postgres.execute("SELECT id FROM t") == [(1,)]
        postgres.execute("INSERT INTO t VALUES (99)")
        sink.commit()
    assert postgres.execute("SELECT id FROM t ORDER BY id") == [(2,), (3,)]


def test_replace_sees_what_came_after_its_begin_whatever_the_roles_isolation(
    postgres: Database,
) -> None:
    postgres.load("t", table(id=[1]), run="a", mode="replace")
    url = f"{postgres.session_url}%20-cdefault_transaction_isolation%3Dserializable"
    rows = numbered(table(id=[2]))
    with closing(PostgresSink(PostgresSettings(url=url, table="t", mode="replace"))) as sink:
        sink.open(run_of("b"), rows.schema)
        sink.write(rows.to_batches()[0])
        postgres.execute("INSERT INTO t VALUES (99)")
        sink.commit()
    assert postgres.execute("SELECT id FROM t") == [(2,)]


def test_of_two_replaces_at_once_one_remains(postgres: Database) -> None:
    postgres.load("t", table(id=[0]), run="z", mode="replace")
    first, second = (postgres.sink("t", mode="replace") for _ in range(2))
    with ThreadPoolExecutor(1) as other, closing(first), closing(second):
        for sink, name, row in ((first, "a", 1), (second, "b", 2)):
            rows = numbered(table(id=[row]))
            sink.open(run_of(name), rows.schema)
            sink.write(rows.to_batches()[0])
        connection: Any = first._database.connection
        commit = connection.commit
        later = []

        def while_the_other_waits() -> None:
            later.append(other.submit(second.commit))
            waiting = (
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name LIKE 'csvflow %' AND wait_event_type = 'Lock'"
            )
            while postgres.execute(waiting) == [(0,)]:
                time.sleep(0.01)
            commit()

        connection.commit = while_the_other_waits
        first.commit()
        assert later[0].result().rows == 1
    assert postgres.execute("SELECT id FROM t") == [(2,)]


def test_runs_that_meet_at_the_same_moment_load_once(postgres: Database) -> None:
    start = threading.Barrier(4)

    def attempt(token: int) -> None:
        start.wait()
        postgres.load("t", table(id=[1, 2]), token=token)

    with ThreadPoolExecutor(4) as crew:
        ends = [one.exception() for one in [crew.submit(attempt, token) for token in range(1, 5)]]
    # A lower token may be ended by a higher one; the engine would try it again.
    assert {type(end) for end in ends} <= {type(None), UnreachableError}
    assert type(None) in {type(end) for end in ends}
    assert postgres.execute("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_a_statement_timeout_of_the_role_ends_no_load(postgres: Database) -> None:
    url = f"{postgres.session_url}%20-cstatement_timeout%3D1000"
    rows = numbered(table(id=[1]))
    with closing(PostgresSink(PostgresSettings(url=url, table="t"))) as sink:
        sink.open(run_of("a"), rows.schema)
        sink.write(rows.to_batches()[0])
        time.sleep(1.2)  # the whole load is one statement to the server
        assert sink.commit().rows == 1


def test_the_driver_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load = builtins.__import__

    def without_psycopg(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "psycopg":
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    sink = PostgresSink(PostgresSettings(url="postgresql://h/d", table="t"))
    with pytest.raises(ConfigError) as caught:
        sink.open(run_of("a"), numbered(table(id=[1])).schema)
    assert caught.value.code == "config.missing-package"
    assert caught.value.hint == "pip install 'csvflow[postgres]'"
    sink.abort()
    sink.close()


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("postgresql://u:p%40ss@db:5432/shop", "postgresql://db:5432/shop::orders"),
        ("postgresql://db/shop?user=u&password=p@ss", "postgresql://db/shop::orders"),
        ("postgresql:///shop", "postgresql:///shop::orders"),
    ],
)
def test_the_target_hides_the_password(url: str, target: str) -> None:
    assert PostgresSink(PostgresSettings(url=url, table="orders")).target == target


def test_a_url_of_another_database_is_refused() -> None:
    for url in ("host=127.0.0.1 port=9 password=hunter2", "mysql://h/d"):
        with pytest.raises(ValidationError, match="begins with `postgresql://`"):
            PostgresSettings(url=url, table="t")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@127.0.0.1:9/d",
        "postgresql://127.0.0.1:9/d?user=u&password=hunter2",
        "postgresql://u:hunter2%zz@h/d",
        "postgresql://h/d?user=u&password=hunter2%zz",
        "postgresql://h/d?sslpassword=hunter2%zz&user=u",
        "postgresql://u:hunter2@h:port/d",
    ],
)
def test_no_error_tells_the_password(url: str) -> None:
    sink = PostgresSink(PostgresSettings(url=url, table="t"))
    with closing(sink), pytest.raises((UnreachableError, SinkError, ConfigError)) as caught:
        sink.open(run_of("a"), numbered(table(id=[1])).schema)
    assert "hunter2" not in str(caught.value) + sink.target


PER_KEY = ["PRIMARY KEY (id)", "UNIQUE (id)", "EXCLUDE USING btree (id WITH =)"]


@pytest.mark.parametrize("constraint", PER_KEY)
def test_replace_meets_no_key_of_the_rows_that_give_way(
    postgres: Database, constraint: str
) -> None:
    postgres.execute(f"CREATE TABLE t (id bigint, note text, {constraint})")
    postgres.load("t", table(id=[1, 2], note=["a", "a"]), run="a", mode="replace")
    postgres.load("t", table(id=[2, 3], note=["b", "b"]), run="b", mode="replace")
    assert postgres.execute("SELECT * FROM t ORDER BY id") == [(2, "b"), (3, "b")]
    with pytest.raises(SinkError, match="constraint") as caught:
        postgres.load("t", table(id=[4, 4], note=["c", "c"]), run="c", mode="replace")
    assert caught.value.code == "sink.refused"
    assert postgres.execute("SELECT * FROM t ORDER BY id") == [(2, "b"), (3, "b")]


def test_replace_meets_no_key_within_a_part_of_the_table(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (id bigint) PARTITION BY LIST (id)")
    postgres.execute("CREATE TABLE one PARTITION OF t DEFAULT")
    postgres.execute("CREATE UNIQUE INDEX ON one (id)")
    for run in ("a", "b"):
        postgres.load("t", table(id=[1]), run=run, mode="replace")
    assert postgres.execute("SELECT id FROM t") == [(1,)]


def test_a_file_loaded_again_meets_no_key_of_its_earlier_rows(postgres: Database) -> None:
    reserved = "_csvflow_run text, _csvflow_line bigint"
    postgres.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, note text, {reserved})")
    postgres.load("t", table(id=[1], note=["other"]), run="b", lineage=True)
    for generation, note in ((1, "old"), (2, "new")):
        rows = table(id=[2, 3], note=[note, note])
        postgres.load("t", rows, token=generation, generation=generation, lineage=True)
    assert postgres.execute("SELECT id, note, left(_csvflow_run, 2), _csvflow_line FROM t") == [
        (1, "other", "62", 2), (2, "new", "61", 2), (3, "new", "61", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "fits", "loses"),
    [
        ("varchar(3)", ["ab ", "abc", "\u00fc  ", "", None], "abc "),
        ("varchar(3)", ["a"], "    "),
        ("char(3)", ["ab", "abc", "", None], "a "),
    ],
)
def test_no_blank_is_cut_off_text(
    postgres: Database, declared: str, fits: list[str | None], loses: str
) -> None:
    postgres.execute(f"CREATE TABLE t (x {declared}, y text)")
    postgres.load("t", table(x=fits, y=[" y "] * len(fits)))
    found = postgres.execute("SELECT x::text, y FROM t")
    assert found == [(value, " y ") for value in fits]
    for column in (pa.array([loses]), pa.array([loses]).dictionary_encode()):
        with pytest.raises(SinkError) as caught:
            postgres.load("t", table(x=column), run="b")
        assert caught.value.code == "sink.column-type"
        assert caught.value.message == (
            "column `x` has text with blanks at its end, which `t` would cut off"
        )
    postgres.execute("DROP TABLE t; CREATE TABLE t (x text)")
    postgres.load("t", table(x=[loses]), run="c")
    assert postgres.execute("SELECT x FROM t") == [(loses,)]


def test_a_type_that_cuts_text_off_is_refused(postgres: Database) -> None:
    postgres.execute("CREATE TABLE t (x name)")
    with pytest.raises(SinkError) as caught:
        postgres.load("t", table(x=["x" * 70]))
    assert caught.value.code == "sink.column-type"
