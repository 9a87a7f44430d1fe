"""What a user must never meet again: each was seen once."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from support import projects

ROWS = "id,amount\n1,2.50\n2,3.50\n3,4.50\n4,5.50\n"


def project(folder, sinks, extra=""):
    (folder / "pipelines").mkdir(parents=True)
    (folder / "pipelines" / "orders.yaml").write_text(
        f"name: orders\nsource: '*.csv'\n{extra}sinks:\n{sinks}"
    )
    (folder / "orders.csv").write_text(ROWS)
    return folder


def count(folder, table):
    with closing(sqlite3.connect(folder / "out.db")) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_two_tables_of_one_sqlite_database_are_filled_in_one_run(tmp_path):
    folder = project(
        tmp_path,
        "  - sqlite: {path: out.db, table: a}\n  - sqlite: {path: out.db, table: b}\n",
    )
    projects.csvflow("run", "orders.csv", cwd=folder, check=0)
    assert (count(folder, "a"), count(folder, "b")) == (4, 4)
    assert projects.left_over(folder) == []


def test_a_force_that_is_refused_leaves_the_load_as_it_was(tmp_path):
    folder = project(tmp_path, "  - sqlite: {path: out.db, table: a}\n")
    projects.csvflow("run", "orders.csv", cwd=folder, check=0)
    done = projects.csvflow("run", "orders.csv", "--force", "--json", cwd=folder, check=4)
    (run,) = projects.report(done)["runs"]
    assert run["error"]["code"] == "sink.cannot-replace"
    done = projects.csvflow("run", "orders.csv", "--json", cwd=folder, check=0)
    (run,) = projects.report(done)["runs"]
    assert (run["outcome"], run["reason"]) == ("skipped", "unchanged")
    assert count(folder, "a") == 4


def test_a_part_of_a_file_does_not_pass_for_the_file(tmp_path):
    (tmp_path / "orders.csv").write_text(ROWS)
    to = ("--to", "sqlite:///out.db::a")
    projects.csvflow("run", "orders.csv", *to, "--limit", "2", cwd=tmp_path, check=0)
    done = projects.csvflow("run", "orders.csv", *to, "--json", cwd=tmp_path, check=0)
    (run,) = projects.report(done)["runs"]
    assert (run["outcome"], run["rows"]["loaded"]) == ("succeeded", 4)


def test_rejects_stand_by_their_lines_and_keep_nulls_apart(tmp_path):
    folder = project(
        tmp_path,
        "  - sqlite: {path: out.db, table: a}\n",
        "columns: {id: int, amount: 'decimal(5,2)'}\nrejects: {max: 100%}\n",
    )
    (folder / "orders.csv").write_text('id,amount\n1,x\n2\n,y\n"",4\n3,4,5\n6,z\n7,8\n')
    done = projects.csvflow("run", "orders.csv", "--json", cwd=folder, check=0)
    (run,) = projects.report(done)["runs"]
    text = Path(run["rejects"]["uri"]).read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["_line"] for row in rows] == ["2", "3", "4", "5", "6", "7"]
    # An empty field is written as it came: bare for null, quoted for the empty text.
    assert [line[:4] for line in text.splitlines()[3:5]] == [",y,4", '"",4']
