"""`run` from the outside: what is loaded anew, replaced, refused, and told."""

import json
import os
import sqlite3
from contextlib import closing

import pytest
from support import projects
from support.receiver import receiving

from csvflow.plugins.ledgers.sqlite import SqliteLedger
from csvflow.services.process import Options
from csvflow.services.run import Order, run_files

HEAD = """
name: orders
source: landing/*.csv
columns: {id: int required, amount: "decimal(12,2)"}
"""
APPEND = "  - sqlite: {path: out.db, table: orders}"
LINEAGE = "  - sqlite: {path: out.db, table: orders, lineage: true}"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "landing").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, sinks, *, more=""):
    (folder / "pipelines" / "orders.yaml").write_text(f"{HEAD}{more}sinks:\n{sinks}\n")


def put(folder, rows, name="a.csv"):
    path = folder / "landing" / name
    path.write_text("id,amount\n" + "".join(f"{row},1.50\n" for row in rows))
    return path


def touch(path):
    """Make another version of the same bytes."""
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))


def run(*names, force=False, **overrides):
    files = [f"landing/{name}" for name in names or ("a.csv",)]
    order = Order(files=files, overrides=overrides, options=Options(force=force))
    return run_files(order).runs


def ids(folder, database="out.db"):
    with closing(sqlite3.connect(folder / database)) as connection:
        return sorted(row[0] for row in connection.execute("SELECT id FROM orders"))


def test_a_touched_file_of_the_same_content_is_unchanged(project):
    write(project, APPEND)
    path = put(project, [1, 2])
    assert run()[0].outcome == "succeeded"
    touch(path)
    (again,) = run()
    assert (again.outcome, again.reason) == ("skipped", "unchanged")
    assert ids(project) == [1, 2]


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("sinks", [LINEAGE, LINEAGE.replace("lineage: true", "mode: replace")])
def test_force_loads_anew_without_doubling_a_row(project, touched, sinks):
    write(project, sinks)
    path = put(project, [1, 2])
    (first,) = run()
    if touched:
        touch(path)
    for _ in range(2):
        (forced,) = run(force=True)
        assert (forced.outcome, forced.error) == ("succeeded", None)
        assert forced.run_id == first.run_id
        assert ids(project) == [1, 2]
    (again,) = run()
    assert (again.outcome, again.reason) == ("skipped", "unchanged")


@pytest.mark.parametrize("touched", [False, True])
def test_force_writes_the_same_file_anew(project, touched):
    write(project, "  - csv: out/")
    path = put(project, [1, 2])
    run()
    if touched:
        touch(path)
    assert run(force=True)[0].outcome == "succeeded"
    (written,) = (project / "out").iterdir()
    assert written.read_text() == "id,amount\n1,1.50\n2,1.50\n"


@pytest.mark.parametrize("touched", [False, True])
def test_force_is_refused_where_rows_cannot_be_told_apart(project, touched):
    write(project, APPEND)
    path = put(project, [1, 2])
    run()
    if touched:
        touch(path)
    (forced,) = run(force=True)
    assert forced.outcome == "failed"
    assert forced.error.code == "sink.cannot-replace"
    assert forced.error.hint == (
        "drop the table, or name another one; in a table that was made with `lineage: true`,"
        " or with `mode: upsert` or `replace`, it can be done"
    )
    assert ids(project) == [1, 2]


@pytest.mark.parametrize("touched", [False, True])
@pytest.mark.parametrize("gone", ["table", "database"])
def test_force_loads_anew_into_a_target_that_was_dropped(project, touched, gone):
    write(project, APPEND)
    path = put(project, [1, 2])
    put(project, [3], "b.csv")
    run("a.csv", "b.csv")
    if gone == "database":
        (project / "out.db").unlink()
    else:
        with closing(sqlite3.connect(project / "out.db")) as connection:
            connection.execute("DROP TABLE orders")
    if touched:
        touch(path)
    for name in ("a.csv", "b.csv"):
        assert run(name, force=True)[0].error is None
    assert ids(project) == [1, 2, 3]
    assert run(force=True)[0].error.code == "sink.cannot-replace"
    assert run("a.csv", "b.csv")[0].reason == "unchanged"
    assert ids(project) == [1, 2, 3]


def test_force_loads_into_another_target_and_knows_the_first_one_still(project):
    write(project, APPEND.replace("out.db", "'${DB:-out.db}'"))
    put(project, [1, 2])
    run()
    assert run(force=True, DB="trial.db")[0].error is None
    assert (ids(project), ids(project, "trial.db")) == ([1, 2], [1, 2])
    for database in ("out.db", "trial.db"):
        assert run(force=True, DB=database)[0].error.code == "sink.cannot-replace"
        assert ids(project, database) == [1, 2]


def test_a_forced_load_that_crashed_after_its_commit_is_there_once(project, monkeypatch):
    write(project, APPEND.replace("out.db", "'${DB:-out.db}'"))
    put(project, [1, 2])
    run()

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SqliteLedger, "record", dies)
        with pytest.raises(KeyboardInterrupt):
            run(force=True, DB="trial.db")
    assert ids(project, "trial.db") == [1, 2]
    (again,) = run(DB="trial.db")
    assert (again.outcome, again.error) == ("succeeded", None)
    assert ids(project, "trial.db") == [1, 2]


def test_a_target_out_of_reach_is_told_before_a_forced_load_is_claimed(project):
    write(project, APPEND)
    put(project, [1, 2])
    run()
    (project / "out.db").write_text("no database at all, but long enough to be looked at")
    (forced,) = run(force=True)
    assert (forced.outcome, forced.error.code) == ("failed", "sink.refused")
    assert forced.error.place == str(project / "landing" / "a.csv")
    assert run()[0].reason == "unchanged"


def test_force_on_what_was_never_loaded_just_loads_it(project):
    write(project, APPEND)
    put(project, [1, 2])
    assert run(force=True)[0].outcome == "succeeded"
    put(project, ["none", "bad"], "b.csv")
    assert run("b.csv")[0].error.code == "run.too-many-rejects"
    write(project, APPEND, more="rejects: {max: 100%}\n")
    (forced,) = run("b.csv", force=True)
    assert (forced.outcome, forced.rows.rejected) == ("succeeded", 2)
    assert ids(project) == [1, 2]


def test_new_content_under_a_known_name_is_loaded_beside_the_old(project):
    write(project, APPEND)
    put(project, [1, 2])
    (first,) = run()
    put(project, [3])
    (second,) = run(force=True)
    assert second.run_id != first.run_id
    assert ids(project) == [1, 2, 3]


def rejects(folder):
    return sorted(path.name for path in (folder / ".csvflow" / "rejects").rglob("*.csv"))


def test_an_attempt_without_rejects_leaves_none_of_an_earlier_one(project):
    write(project, APPEND)
    put(project, ["bad", 2])
    (failed,) = run()
    assert failed.error.code == "run.too-many-rejects"
    assert rejects(project) == [f"a-{failed.run_id}.csv"]
    text = (project / "pipelines" / "orders.yaml").read_text()
    (project / "pipelines" / "orders.yaml").write_text(text.replace("id: int", "id: text"))
    (mended,) = run()
    assert (mended.outcome, mended.run_id) == ("succeeded", failed.run_id)
    assert mended.rejects.uri is None
    assert rejects(project) == []


def test_rejects_in_one_file_are_those_of_the_last_run(project):
    write(project, APPEND, more="rejects: {to: bad.csv, max: 100%}\n")
    put(project, ["bad", 2])
    assert run()[0].rows.rejected == 1
    assert (project / "bad.csv").exists()
    put(project, [3], "b.csv")
    assert run("b.csv")[0].outcome == "succeeded"
    assert not (project / "bad.csv").exists()


def test_a_file_that_fails_does_not_stop_the_others(project):
    write(project, APPEND)
    put(project, [1])
    put(project, ["bad"], "b.csv")
    put(project, [3], "c.csv")
    names = ("a.csv", "b.csv", "c.csv")
    done = projects.csvflow("run", *(f"landing/{name}" for name in names), "--json", cwd=project)
    assert done.returncode == 4
    document = projects.report(done)
    assert document["outcome"] == "failed"
    assert [entry["outcome"] for entry in document["runs"]] == ["succeeded", "failed", "succeeded"]
    assert ids(project) == [1, 3]


def test_a_receiver_that_is_down_changes_no_outcome(project):
    with receiving() as receiver:
        url = receiver.url()
    hook = f"notify: [{{webhook: {{url: '{url}', attempts: 1}}, on: [succeeded]}}]\n"
    write(project, APPEND, more=hook)
    put(project, [1, 2])
    done = projects.csvflow("run", "landing/a.csv", "--json", cwd=project, check=0)
    assert projects.report(done)["outcome"] == "succeeded"
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["code"] for line in logged if line["event"] == "notice_failed"] == [
        "notifier.unreachable"
    ]
    assert ids(project) == [1, 2]


def test_an_object_in_s3_goes_into_files_in_s3_once(project, s3):
    text = HEAD.replace("landing/*.csv", f'"{s3.url}/landing/*.csv"')
    sinks = f'sinks:\n{LINEAGE}\n  - jsonl: {{path: "{s3.url}/out/"}}\n'
    (project / "pipelines" / "orders.yaml").write_text(text + sinks)
    s3.put("landing/a.csv", b"id,amount\n1,1.50\nbad,2.00\n" + b"3,2.50\n" * 20)
    uri = f"{s3.url}/landing/a.csv"
    expected = [1, *[3] * 20]
    for force, outcome in ((False, "succeeded"), (False, "skipped"), (True, "succeeded")):
        (report,) = run_files(Order(files=[uri], options=Options(force=force))).runs
        assert (report.outcome, report.error) == (outcome, None)
        (key,) = (key for key in s3.keys() if key.startswith("out/"))  # noqa: SIM118 - not a mapping
        assert [json.loads(line)["id"] for line in s3.get(key).splitlines()] == expected
        assert ids(project) == expected
    # The same bytes uploaded again are the same version: its store says so.
    s3.put("landing/a.csv", b"id,amount\n7,1.50\n")
    (report,) = run_files(Order(files=[uri])).runs
    assert (report.outcome, report.rows.loaded) == ("succeeded", 1)
    assert ids(project) == [*expected, 7]
    assert projects.left_over(project) == []
    assert s3.pending_uploads() == []
