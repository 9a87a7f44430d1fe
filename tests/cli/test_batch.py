import fcntl
import json
import signal
import subprocess

import pytest
from support import projects
from support.projects import CSVFLOW, csvflow, report

SINKS = "  - sqlite: {path: out.db, table: orders}"


def log_lines(text):
    """Return the lines on stderr, each of which is one of JSON."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, SINKS)
    path = tmp_path / "pipelines" / "orders.yaml"
    source = "source: {path: landing/*.csv, settle: 0s}"
    path.write_text(path.read_text().replace("source: landing/*.csv", source))
    projects.orders(tmp_path)
    (tmp_path / "landing" / "more.csv").write_text(projects.lines(1_000, 5))
    return tmp_path


def test_json_of_batch_lists_what_it_tried_and_how_it_saw_the_source(project):
    first = report(csvflow("batch", "--json", cwd=project, check=0))
    assert set(first) == {"outcome", "runs", "inputs", "errors"}
    assert first["inputs"] == {"seen": 2, "new": 2, "known": 0, "failed": 0, "not_ready": 0}
    assert sorted(run["rows"]["loaded"] for run in first["runs"]) == [5, 398]
    done = csvflow("batch", "--json", cwd=project, check=0)
    assert report(done) == {
        "outcome": "skipped",
        "runs": [],
        "inputs": {"seen": 2, "new": 0, "known": 2, "failed": 0, "not_ready": 0},
        "errors": [],
    }
    text = csvflow("batch", cwd=project, check=0).stdout
    assert text == "nothing new: 2 seen, 2 loaded before\n"


def test_batch_shows_a_table_with_sums(project):
    text = csvflow("batch", "--jobs", "1", cwd=project, check=0).stdout
    assert "2 inputs" in text
    assert " 405 " in text
    assert " 403 " in text


def test_strict_and_failed_inputs_have_their_exit_codes(project):
    csvflow("batch", "--strict", cwd=project, check=3)
    (project / "landing" / "bad.csv").write_text("id,amount\n1,2.00\n")
    done = csvflow("batch", cwd=project, check=4)
    assert "bad.csv" in done.stdout
    told = [line for line in log_lines(done.stderr) if line["event"] == "run_failed"]
    assert [line["code"] for line in told] == ["input.missing-column"]
    assert "\n" not in told[0]["error"]
    assert "missing_columns: null" in told[0]["hint"]
    assert told[0]["place"].endswith("/landing/bad.csv")


def test_what_failed_before_is_told_by_each_batch_unless_it_is_to_be_quiet(project):
    (project / "landing" / "bad.csv").write_text("id,amount\n1,2.00\n")
    failing = csvflow("batch", "-q", cwd=project, check=4)
    assert failing.stdout == ""
    assert [line["event"] for line in log_lines(failing.stderr)] == ["run_failed"]
    again = csvflow("batch", cwd=project, check=0)
    assert again.stdout == (
        "nothing new: 3 seen, 2 loaded before, 1 failed before and not loaded\n"
        "  hint: csvflow runs --state failed; csvflow run FILE tries one again\n"
    )
    assert [line["event"] for line in log_lines(again.stderr)] == ["inputs_failed_before"]
    assert report(csvflow("batch", "--json", cwd=project))["inputs"]["failed"] == 1
    quiet = csvflow("batch", "-q", cwd=project, check=0)
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_an_exclusive_batch_leaves_when_another_is_at_it(project):
    folder = project / ".csvflow" / "exclusive"
    folder.mkdir(parents=True)
    with (folder / "orders.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = csvflow("batch", "--exclusive", cwd=project, check=75)
        (line,) = log_lines(done.stderr)
        assert (line["event"], line["code"]) == ("command_failed", "run.busy")
        assert line["error"] == "another batch or a watch is at the pipeline `orders`"
    csvflow("batch", "--exclusive", cwd=project, check=0)


def test_watch_prints_a_line_of_json_an_input_and_drains_on_sigterm(project):
    process = subprocess.Popen(
        [CSVFLOW, "watch", "--json", "--jobs", "1"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        runs = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert sorted(run["rows"]["loaded"] for run in runs) == [5, 398]
    assert process.returncode == 143
    assert [line["event"] for line in log_lines(errors)][-1] == "watch_ended"


@pytest.fixture
def three(project):
    """Add a pipeline whose source isn't there, and one whose only input fails."""
    text = (project / "pipelines" / "orders.yaml").read_text()
    for name, source in (("aaa", "nowhere/*.csv"), ("bad", "broken/*.csv")):
        other = text.replace("name: orders", f"name: {name}").replace("landing/*.csv", source)
        (project / "pipelines" / f"{name}.yaml").write_text(other)
    (project / "broken").mkdir()
    (project / "broken" / "bad.csv").write_text("id,amount\n1,2.00\n")
    return project


def test_a_source_out_of_reach_hides_no_other_pipeline(three):
    done = csvflow("batch", "--json", cwd=three, check=4)
    document = report(done)
    assert document["outcome"] == "failed"
    states = sorted((run["pipeline"], run["outcome"]) for run in document["runs"])
    assert states == [("bad", "failed"), ("orders", "succeeded"), ("orders", "succeeded")]
    [error] = document["errors"]
    assert error["code"] == "source.unreachable"
    assert error["place"] == "pipelines/aaa.yaml:3:9"
    assert document["inputs"]["seen"] == 3
    events = [line["event"] for line in log_lines(done.stderr) if line["level"] == "error"]
    assert sorted(events) == ["run_failed", "survey_failed"]


def test_people_see_each_error_and_the_table(three):
    done = csvflow("batch", "--log-format", "console", cwd=three, check=4)
    assert "bad.csv     bad       failed" in done.stdout
    assert "orders.csv  orders    succeeded" in done.stdout
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(told) == 2
    assert told[0].startswith("error: pipelines/aaa.yaml:3:9: the folder ")
    assert told[1].startswith("error: broken/bad.csv: column `note` is not in the file")


def test_what_is_out_of_reach_alone_has_its_own_exit_code(three):
    (three / "broken" / "bad.csv").unlink()
    quiet = csvflow("batch", "-q", cwd=three, check=5)
    assert quiet.stdout == ""
    assert [line["event"] for line in log_lines(quiet.stderr)] == ["survey_failed"]
    assert csvflow("batch", "-p", "aaa", cwd=three, check=5).stdout == ""
