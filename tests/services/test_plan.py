import errno
import os
import sqlite3
from contextlib import closing

import pytest

from csvflow.cli.plan import _folded
from csvflow.core.engine.spool import Spool
from csvflow.services.plan import plan
from csvflow.services.run import Order, run_files

YAML = """
name: orders
source: landing/*.csv
columns: {id: int required, amount: "decimal(12,2)", note: text}
sinks:
  - sqlite: {path: out.db, table: orders, mode: %s}
"""
FIRST = "id,amount,note\n1,1.50,a\n2,2.50,b\n3,3.50,\n"
SECOND = "id,amount,note\n1,1.50,a\n2,2.75,b\n4,4.50,d\n4,4.75,e\n"
UPSERT = "upsert, key: [id]"


@pytest.fixture
def project(tmp_path):
    for folder in ("pipelines", "landing"):
        (tmp_path / folder).mkdir()
    write(tmp_path, YAML % UPSERT)
    (tmp_path / "landing" / "a.csv").write_text(FIRST)
    (tmp_path / "landing" / "b.csv").write_text(SECOND)
    return tmp_path


def write(project, text):
    (project / "pipelines" / "orders.yaml").write_text(text)


def order(project, name="a"):
    return Order(files=[str(project / "landing" / f"{name}.csv")], project=project)


def planned(project, name="a"):
    asked = order(project, name)
    return plan(asked.files[0], asked)


def ran(project, name="a"):
    (report,) = run_files(order(project, name)).runs
    return report


def execute(project, *statements):
    with closing(sqlite3.connect(project / "out.db")) as database:
        for statement in statements:
            found = database.execute(statement).fetchall()
        database.commit()
    return found


TABLES = {
    "none": None,
    "same": "id INTEGER PRIMARY KEY, amount TEXT, note TEXT",
    "more columns": "extra TEXT, note TEXT, amount TEXT, id INTEGER UNIQUE",
    "fewer columns": "id INTEGER PRIMARY KEY, amount TEXT",
    "other types": "id INTEGER PRIMARY KEY, amount REAL, note TEXT",
    "no key": "id INTEGER, amount TEXT, note TEXT",
}


@pytest.mark.parametrize("mode", ["append", "replace", UPSERT])
@pytest.mark.parametrize("table", TABLES)
def test_a_run_does_what_the_plan_says(project, table, mode):
    write(project, YAML % mode)
    if TABLES[table]:
        execute(project, f"CREATE TABLE orders ({TABLES[table]})")
    error = {
        "fewer columns": "sink.missing-column",
        "other types": "sink.column-type",
        "no key": "sink.no-unique-key" if mode == UPSERT else None,
    }.get(table)
    keyed = TABLES[table] is not None and ("KEY" in TABLES[table] or "UNIQUE" in TABLES[table])
    for name, before, counts in (
        ("a", 0, (3, 0, 0, 0, 0)),
        (
            "b",
            3,
            {"append": (4, 0, 0, 0, 0), "replace": (4, 0, 0, 3, 0)}.get(mode, (1, 1, 1, 0, 1)),
        ),
    ):
        (sink,) = planned(project, name).sinks
        if error:
            assert sink.error.code == error
            assert ran(project, name).error.code == error
            continue
        found = sink.comparison
        told = (found.inserted, found.updated, found.unchanged, found.removed, found.folded)
        assert told == counts
        report = ran(project, name)
        if keyed and name == "b" and mode != UPSERT:
            # Two rows of one key: the table's own constraint, which a plan doesn't try.
            assert report.error.code == "sink.refused"
            continue
        assert report.outcome == "succeeded"
        after = before + counts[0] - counts[3]
        assert execute(project, "SELECT count(*) FROM orders") == [(after,)]


def test_a_file_that_was_only_touched_would_be_skipped(project):
    ran(project)
    os.utime(project / "landing" / "a.csv", ns=(1, 1))
    found = planned(project)
    assert (found.known, found.skipped) == (None, "unchanged")
    assert ran(project).reason == "unchanged"
    (project / "landing" / "a.csv").write_text(SECOND)
    assert planned(project).skipped is None


def test_the_same_content_under_another_name_would_be_skipped_where_that_is_told(project):
    ran(project)
    (project / "landing" / "b.csv").write_text(FIRST)
    assert planned(project, "b").skipped is None
    source = "source: {path: landing/*.csv, duplicate: skip}"
    write(project, (YAML % UPSERT).replace("source: landing/*.csv", source))
    assert planned(project, "b").skipped == "duplicate"
    assert ran(project, "b").reason == "duplicate"


@pytest.mark.parametrize("text", ["", "id,amount,note\n"])
def test_an_empty_file_would_fail_where_that_is_told(project, text):
    (project / "landing" / "a.csv").write_text(text)
    found = planned(project)
    assert (found.error, found.skipped) == (None, None if text else "empty")
    write(project, YAML % UPSERT + "empty: fail\n")
    assert planned(project).error.code == "input.empty"
    assert ran(project).error.code == "input.empty"


def test_what_an_earlier_attempt_committed_would_not_be_loaded_again(project):
    second = "  - sqlite: {path: out.db, table: strict}\n"
    write(project, YAML % "append" + second)
    execute(project, "CREATE TABLE strict (id INTEGER, amount TEXT, note TEXT NOT NULL)")
    assert ran(project).error.code == "sink.refused"
    execute(
        project, "DROP TABLE strict", "CREATE TABLE strict (id INTEGER, amount TEXT, note TEXT)"
    )
    first, other = planned(project).sinks
    assert (first.committed, first.comparison) == (True, None)
    assert (other.committed, other.comparison.inserted) == (False, 3)
    assert ran(project).outcome == "succeeded"
    assert execute(project, "SELECT count(*) FROM orders") == [(3,)]


def test_rows_that_cannot_be_read_again_are_no_fault_of_the_sink(project, monkeypatch):
    def broken(spool, names):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
        yield

    monkeypatch.setattr(Spool, "read", broken)
    (sink,) = planned(project).sinks
    assert sink.error.code == "run.io"
    assert sink.error.message == "the rows that were read: [Errno 5] Input/output error"


def test_a_long_table_is_folded_between_its_columns():
    columns = ", ".join(f"column_{number} DECIMAL(12,2)" for number in range(1, 6))
    assert list(_folded(f"would create table `orders` ({columns})")) == [
        "would create table `orders`",
        "    (column_1 DECIMAL(12,2), column_2 DECIMAL(12,2), column_3 DECIMAL(12,2),",
        "     column_4 DECIMAL(12,2), column_5 DECIMAL(12,2))",
    ]
    assert list(_folded("would create file out/a.csv")) == ["would create file out/a.csv"]
