import sqlite3

import pytest
from support import projects
from support.projects import csvflow, report

SINKS = """
  - sqlite: {path: out/shop.db, table: orders}
  - parquet: {path: "out/{run_date}/"}
notify:
  - webhook: {url: "http://localhost:9/hook"}
"""


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, SINKS)
    projects.orders(tmp_path)
    path = tmp_path / "pipelines" / "orders.yaml"
    # Ready at once, however quick the machine is.
    source = "source: {path: landing/*.csv, settle: 0s}"
    path.write_text(path.read_text().replace("source: landing/*.csv", source))
    return tmp_path


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def tried(done):
    (pipeline,) = report(done)["pipelines"]
    return {item["part"]: item for item in pipeline["connect"]}


def test_everything_is_tried_and_nothing_is_left(project):
    csvflow("run", "landing/orders.csv", "-q", cwd=project, check=0)
    before = everything(project)
    done = csvflow("check", "--connect", "--json", cwd=project, check=0)
    assert everything(project) == before
    assert report(done)["ok"] is True
    parts = {part: item["tried"] for part, item in tried(done).items()}
    assert list(parts) == ["source", "sinks[0]", "sinks[1]", "rejects", "ledger", "notify[0]"]
    assert parts["source"] == ["listed the source", "read from orders.csv"]
    assert parts["sinks[0]"] == [
        f"wrote to {project}/out and removed it",
        "changed the database and took it back",
        "read `orders`",
    ]
    assert parts["sinks[1]"] == [f"wrote to {project}/out and removed it"]
    assert parts["ledger"] == [f"opened {project}/.csvflow/ledger.db"]
    assert parts["notify[0]"] == ["found the address of http://localhost:9/…"]


def test_a_fresh_project_stays_fresh(project):
    before = everything(project)
    done = csvflow("check", "--connect", cwd=project, check=0)
    assert everything(project) == before
    assert "sinks[0] `sqlite`: " in done.stdout
    assert "the database isn't there yet" in done.stdout


def test_what_is_out_of_reach_is_told_with_its_place_and_the_rest_is_tried(project):
    for path in (project / "landing").iterdir():
        path.unlink()
    (project / "landing").rmdir()
    (project / "out").mkdir()
    (project / "out" / "shop.db").write_text("no database at all, but long enough to be looked at")
    done = csvflow("check", "--connect", "--json", cwd=project)
    parts = tried(done)
    assert parts["source"]["error"]["code"] == "source.unreachable"
    assert parts["source"]["error"]["place"] == "pipelines/orders.yaml:3:9"
    assert parts["sinks[0]"]["error"]["code"] == "sink.refused"
    assert parts["sinks[1]"]["error"] is None
    assert done.returncode == 4
    assert "error: pipelines/orders.yaml:3:9: the folder " in done.stderr


def test_a_database_that_is_there_is_not_changed(project):
    (project / "out").mkdir()
    with sqlite3.connect(project / "out" / "shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER, amount TEXT, note TEXT)")
        database.execute("INSERT INTO orders VALUES (1, '2.50', 'x')")
    database.close()
    csvflow("check", "--connect", cwd=project, check=0)
    with sqlite3.connect(project / "out" / "shop.db") as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
        assert tables == [("orders",)]
        assert database.execute("SELECT * FROM orders").fetchall() == [(1, "2.50", "x")]
    database.close()


def test_without_connect_nothing_is_tried(project):
    done = csvflow("check", "--json", cwd=project, check=0)
    assert "connect" not in report(done)["pipelines"][0]
