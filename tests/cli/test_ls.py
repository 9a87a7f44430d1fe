import os
import time

import pytest
from support import projects
from support.projects import csvflow, report

SINKS = "  - sqlite: {path: out.db, table: orders}"


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, SINKS, extra="rejects: {max: 0}\n")
    return tmp_path


def put(project, name, text):
    """Write a file that has stood still for longer than `settle`."""
    path = project / "landing" / name
    path.write_text(text)
    return path


def states(document):
    return {item["uri"].rsplit("/", 1)[1]: item["state"] for item in document["inputs"]}


def test_each_object_is_what_the_listing_and_the_ledger_make_of_it(project):
    put(project, "done.csv", projects.lines(1, 3))
    put(project, "changed.csv", projects.lines(10, 3))
    put(project, "failed.csv", projects.lines(20, 3, {1: "n/a"}))
    csvflow("run", "landing/*.csv", "-q", cwd=project, check=4)
    put(project, "changed.csv", projects.lines(10, 4))
    put(project, "new.csv", projects.lines(40, 3))
    put(project, "notes.txt", "no csv")
    put(project, ".hidden.csv", "a\n")
    time.sleep(2.1)  # `settle`
    # Not ready however slow the machine is: it is being written to.
    writer = put(project, "young.csv", "id,amount,note\n").open("a")
    before = sorted(path for path in project.rglob("*") if ".csvflow" not in path.parts)
    with writer:
        done = csvflow("ls", "--why", "--json", cwd=project, check=0)
    assert sorted(p for p in project.rglob("*") if ".csvflow" not in p.parts) == before
    document = report(done)
    assert states(document) == {
        "done.csv": "done",
        "changed.csv": "changed",
        "failed.csv": "failed",
        "new.csv": "new",
        "notes.txt": "filtered",
        ".hidden.csv": "filtered",
        "young.csv": "not-ready",
    }
    assert document["counts"] == {
        "done": 1, "changed": 1, "failed": 1, "new": 1, "filtered": 2, "not-ready": 1,
    }  # fmt: skip
    assert (document["complete"], document["errors"]) == (True, [])
    by_name = {item["uri"].rsplit("/", 1)[1]: item for item in document["inputs"]}
    assert by_name["notes.txt"]["why"] == "doesn't match the source's `path`"
    assert by_name[".hidden.csv"]["why"] == "its name begins with `.`"
    assert by_name["failed.csv"]["why"].startswith("run.too-many-rejects: 1 of 3 rows")
    assert by_name["failed.csv"]["why"].endswith("isn't tried again by itself")
    assert by_name["young.csv"]["why"].endswith(("`settle` is 2 s", "has it open for writing"))
    assert {name for name, item in by_name.items() if item["due"]} == {"changed.csv", "new.csv"}
    assert by_name["new.csv"]["run_id"] is None

    lines = csvflow("ls", cwd=project, check=0).stdout.splitlines()
    assert len(lines) == 7
    assert [line.split()[0] for line in lines if line.endswith("landing/new.csv")] == ["new"]


def test_a_limit_ends_the_list_and_says_so(project):
    for number in range(600):
        put(project, f"{number}.csv", "id,amount,note\n")
    done = csvflow("ls", "--limit", "2", "--json", cwd=project, check=0)
    assert (len(report(done)["inputs"]), report(done)["complete"]) == (2, False)
    document = report(csvflow("ls", "--json", cwd=project, check=0))
    assert (len(document["inputs"]), document["complete"]) == (600, True)
    assert not (project / ".csvflow").exists()


def test_a_name_cannot_steer_the_terminal(project):
    path = os.fsencode(project / "landing") + b"/\x1b[2J\xff.csv"
    with open(path, "wb"):  # noqa: PTH123 - the name is no text
        pass
    for more in ([], ["--json"]):
        done = csvflow("ls", "--why", *more, cwd=project, check=0)
        assert "\x1b" not in done.stdout
        assert "its name is not UTF-8" in done.stdout


def test_a_source_out_of_reach_is_an_error_and_the_document_stays_whole(project):
    (project / "landing").rmdir()
    done = csvflow("ls", "--json", cwd=project, check=5)
    document = report(done)
    assert document["inputs"] == []
    assert [error["code"] for error in document["errors"]] == ["source.unreachable"]


@pytest.fixture
def several(project):
    """Let three pipelines look at one folder, and a fourth at one that isn't there."""
    text = (project / "pipelines" / "orders.yaml").read_text()
    text = text.replace("source: landing/*.csv", "source: {path: PATH, settle: 0s}")
    paths = {
        "orders": "landing/o*.csv",
        "stock": "landing/stock*.csv",
        "all_stock": "landing/s*.csv",
        "gone": "nowhere/*.csv",
    }
    for name, path in paths.items():
        one = text.replace("name: orders", f"name: {name}").replace("PATH", path)
        (project / "pipelines" / f"{name}.yaml").write_text(one)
    for name in ("stock-2.csv", "o-1.csv", "stock-1.csv", "z.txt", ".hidden.csv"):
        put(project, name, "id,amount,note\n")
    return project


def test_each_file_is_listed_by_name_for_the_pipelines_that_take_it(several):
    done = csvflow("ls", "--why", cwd=several, check=5)
    lines = [(line.split()[:2], line.split("landing/")[1]) for line in done.stdout.splitlines()]
    untried = "  (it was never tried)"
    assert lines == [
        (["filtered", "-"], ".hidden.csv  (no pipeline takes it: its name begins with `.`)"),
        (["new", "orders"], f"o-1.csv{untried}"),
        (["new", "all_stock"], f"stock-1.csv{untried}"),
        (["new", "stock"], f"stock-1.csv{untried}"),
        (["new", "all_stock"], f"stock-2.csv{untried}"),
        (["new", "stock"], f"stock-2.csv{untried}"),
        (["filtered", "-"], "z.txt  (no pipeline takes it: doesn't match the source's `path`)"),
    ]
    # Whatever else is out of reach.
    assert done.stderr.startswith("error: pipelines/gone.yaml:3:9: the folder ")


def test_with_json_or_for_one_pipeline_the_list_is_complete(several):
    document = report(csvflow("ls", "--json", cwd=several, check=5))
    assert len(document["inputs"]) == 3 * 5
    assert document["counts"] == {"filtered": 10, "new": 5}
    assert document["complete"] is False
    assert [error["code"] for error in document["errors"]] == ["source.unreachable"]
    lines = csvflow("ls", "-p", "stock", cwd=several, check=0).stdout.splitlines()
    names = [line.rsplit("/", 1)[1] for line in lines]
    assert names == [".hidden.csv", "o-1.csv", "stock-1.csv", "stock-2.csv", "z.txt"]
