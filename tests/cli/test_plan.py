import sqlite3
from contextlib import closing

import pytest
from support import projects
from support.projects import csvflow, report

SINKS = """
  - sqlite: {path: out.db, table: orders, mode: upsert, key: [id]}
  - jsonl: {path: "out/{stem}.jsonl"}
"""
FIRST = "id,amount,note\n1,1.50,a\n2,2.50,b\n3,3.50,\n"
SECOND = "id,amount,note\n1,1.50,a\n2,2.75,b\n3,3.50,c\n4,4.50,d\n4,4.75,e\n5,x,f\n"


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, SINKS, extra="rejects: {max: 50%}\n")
    (tmp_path / "landing" / "a.csv").write_text(FIRST)
    (tmp_path / "landing" / "b.csv").write_text(SECOND)
    return tmp_path


def everything(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_fresh_target_would_be_created_and_stays_away(project):
    before = everything(project)
    document = report(csvflow("plan", "landing/b.csv", "--json", cwd=project, check=0))
    assert everything(project) == before
    table, file = document["sinks"]
    assert table["creates"] == ["table `orders` (id INTEGER, amount DECIMAL(12,2), note TEXT)"]
    assert (table["inserted"], table["updated"], table["folded"]) == (4, 0, 1)
    assert file["creates"] == [f"file {project}/out/b.jsonl"]
    assert file["inserted"] == 5
    assert document["rejects"] == {
        "rows": 1, "by_code": {"row.type": 1}, "max": "50%", "allowed": True,
    }  # fmt: skip
    assert document["known"] is None


def test_what_would_change_is_counted_with_examples_by_column(project):
    csvflow("run", "landing/a.csv", "-q", cwd=project, check=0)
    (project / "out" / "b.jsonl").write_text("{}\n")
    before = everything(project)
    document = report(csvflow("plan", "landing/b.csv", "--json", cwd=project, check=0))
    assert everything(project) == before
    table, file = document["sinks"]
    assert {name: table[name] for name in ("inserted", "updated", "unchanged", "folded")} == {
        "inserted": 1, "updated": 2, "unchanged": 1, "folded": 1,
    }  # fmt: skip
    assert table["creates"] == []
    assert table["columns"] == [
        {"name": "amount", "rows": 1, "examples": [{"key": [2], "from": "2.50", "to": "2.75"}]},
        {"name": "note", "rows": 1, "examples": [{"key": [3], "from": None, "to": "c"}]},
    ]
    assert (file["creates"], file["replaces"]) == ([], [f"file {project}/out/b.jsonl"])

    done = csvflow("plan", "landing/b.csv", cwd=project, check=0)
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == "landing/b.csv: 6 read, 5 to load, 1 rejected"
    assert "rows: 1 inserted, 2 updated, 1 unchanged, 1 folded" in lines
    assert "note: 1 would change" in lines
    assert "3: null → c" in lines

    csvflow("run", "landing/b.csv", "-q", cwd=project, check=0)
    with closing(sqlite3.connect(project / "out.db")) as database:
        rows = database.execute("SELECT * FROM orders ORDER BY id").fetchall()
    assert rows == [(1, 1.5, "a"), (2, 2.75, "b"), (3, 3.5, "c"), (4, 4.75, "e")]
    again = report(csvflow("plan", "landing/b.csv", "--json", cwd=project, check=0))
    assert again["known"] == "succeeded"
    assert (again["sinks"][0]["unchanged"], again["sinks"][0]["updated"]) == (4, 0)


def test_more_rejects_than_allowed_would_load_nothing(project):
    (project / "landing" / "b.csv").write_text("id,amount,note\n1,x,\n2,y,\n3,1.00,\n")
    done = csvflow("plan", "landing/b.csv", "--json", cwd=project, check=4)
    assert report(done)["rejects"]["allowed"] is False
    assert [sink["committed"] for sink in report(done)["sinks"]] == [False, False]


def test_what_a_target_would_refuse_is_told_with_its_place(project):
    with closing(sqlite3.connect(project / "out.db")) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount TEXT)")
    done = csvflow("plan", "landing/a.csv", "--json", cwd=project, check=4)
    table, file = report(done)["sinks"]
    assert table["error"]["code"] == "sink.missing-column"
    assert table["error"]["place"] == "pipelines/orders.yaml:8:5"
    assert (table["inserted"], file["inserted"]) == (None, 3)
    assert "error: pipelines/orders.yaml:8:5: table `orders` has no column `note`" in done.stderr


def test_a_table_without_a_pipeline(project):
    done = csvflow(
        "plan", "landing/a.csv", "--to", "sqlite:///x.db::t", "--json", cwd=project, check=0
    )
    (table,) = report(done)["sinks"]
    assert (table["inserted"], table["creates"]) == (
        3,
        ["table `t` (id TEXT, amount TEXT, note TEXT)"],
    )
    assert not (project / "x.db").exists()


def test_an_empty_file_would_change_nothing(project):
    (project / "landing" / "b.csv").write_text("")
    document = report(csvflow("plan", "landing/b.csv", "--json", cwd=project, check=0))
    assert (document["rows"]["read"], document["sinks"]) == (0, [])
    assert (document["skipped"], document["error"]) == ("empty", None)


def test_a_file_that_no_pipeline_takes_is_a_usage_error(project):
    (project / "other.csv").write_text("a,b\n1,2\n")
    done = csvflow("plan", "other.csv", cwd=project, check=2)
    assert "no pipeline's source takes this file" in done.stderr
