"""What ``batch`` promises, with real worker processes and work that only pretends."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from services.conftest import TESTS, alive, descendants, wait_for

from csvflow.contract import RunError, UnreachableError
from csvflow.core import logs
from csvflow.plugins.sources.files import FilesSource
from csvflow.services.alone import at_work

SCRIPT = """
import sys
from pathlib import Path
from csvflow.services.batch import batch_of
from csvflow.services.dispatch import Crew
from csvflow.services.wiring import pipelines

found = pipelines(None, Path(sys.argv[1]), {})
crew = Crew(jobs=1, grace_secs=60, work="support.fake_work:work")
report = batch_of(found, crew)
print(len(report.runs))
"""


def outcomes(report):
    return {Path(run.uri).stem: run.outcome for run in report.runs}


def started(project):
    """Start a batch as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(project.root)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_everything_new_is_tried_once_and_then_known(project):
    project.put("one", "two", "three")
    (project.root / "in" / "four.csv.tmp").write_text("a\n1\n")
    told = []
    report = project.batch(on_report=told.append)
    assert outcomes(report) == {"one": "succeeded", "two": "succeeded", "three": "succeeded"}
    assert report.outcome == "succeeded"
    assert report.inputs.model_dump() == {
        "seen": 3,
        "new": 3,
        "known": 0,
        "failed": 0,
        "not_ready": 0,
    }
    assert len(told) == 3
    again = project.batch()
    assert (again.runs, again.outcome) == ([], "skipped")
    assert again.inputs.model_dump() == {
        "seen": 3,
        "new": 0,
        "known": 3,
        "failed": 0,
        "not_ready": 0,
    }
    assert project.lines("loaded.log") == ["one.csv", "three.csv", "two.csv"]


def test_an_empty_source_makes_no_ledger(project):
    assert project.batch().outcome == "skipped"
    assert not (project.root / ".csvflow" / "ledger.db").exists()


def test_a_transient_error_is_tried_again_until_it_passes(project):
    project.put("flaky", "good")
    report = project.batch()
    assert outcomes(report) == {"flaky": "succeeded", "good": "succeeded"}
    assert project.lines("attempts.log") == ["flaky.csv"] * 3 + ["good.csv"]


def test_a_transient_error_that_stays_ends_with_the_attempts(project):
    project.write(attempts=3)
    project.put("down")
    assert outcomes(project.batch()) == {"down": "failed"}
    assert project.lines("attempts.log") == ["down.csv"] * 3
    assert project.records()["down"].state == "failed"


def test_each_batch_gives_a_transient_failure_a_new_round_of_attempts(project):
    project.write(attempts=2)
    project.put("down")
    for rounds in (1, 2, 3):
        report = project.batch()
        assert outcomes(report) == {"down": "failed"}
        assert (report.inputs.new, report.inputs.failed) == (1, 0)
        assert project.lines("attempts.log") == ["down.csv"] * (2 * rounds)
    (project.root / "up").touch()
    assert outcomes(project.batch()) == {"down": "succeeded"}
    assert project.batch().runs == []


def test_what_is_mended_outside_of_the_yaml_is_tried_once_by_each_batch(project):
    project.put("unconfigured")
    assert outcomes(project.batch()) == {"unconfigured": "failed"}
    assert outcomes(project.batch()) == {"unconfigured": "failed"}
    assert project.lines("attempts.log") == ["unconfigured.csv"] * 2


def test_what_failed_for_good_is_counted_and_told_by_each_later_batch(project, capsys):
    project.put("bad-1", "bad-2", "good")
    project.batch()
    logs.configure("json")
    again = project.batch()
    assert (again.runs, again.outcome) == ([], "skipped")
    assert again.inputs.model_dump() == {
        "seen": 3, "new": 0, "known": 3, "failed": 2, "not_ready": 0
    }  # fmt: skip
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    line.pop("at")
    assert line == {
        "level": "warning",
        "event": "inputs_failed_before",
        "pipeline": "orders",
        "inputs": 2,
    }


def test_a_lasting_error_is_tried_again_when_the_pipeline_changed(project):
    project.put("bad", "good")
    assert outcomes(project.batch()) == {"bad": "failed", "good": "succeeded"}
    assert project.batch().runs == []
    project.write(more="empty: fail")
    assert outcomes(project.batch()) == {"bad": "failed"}
    assert project.lines("attempts.log") == ["bad.csv", "bad.csv", "good.csv"]


def test_a_worker_that_is_killed_takes_one_attempt_with_it(project):
    project.write(attempts=2)
    project.put("crash", *[f"good-{i}" for i in range(8)])
    report = project.batch()
    ends = outcomes(report)
    assert ends.pop("crash") == "failed"
    assert set(ends.values()) == {"succeeded"}
    assert len(ends) == 8
    (lost,) = [run for run in report.runs if run.outcome == "failed"]
    assert lost.error.code == "run.worker-died"
    assert "signal 9" in lost.error.message
    record = project.records()["crash"]
    assert (record.state, record.failures, record.attempt) == ("failed", 2, 2)
    assert record.report["error"]["code"] == "run.worker-died"
    assert project.batch().runs == []


def test_a_worker_that_dies_after_it_finished_changes_no_outcome(project):
    project.put("vanish", "good")
    report = project.batch()
    assert outcomes(report) == {"vanish": "succeeded", "good": "succeeded"}
    assert project.lines("loaded.log") == ["good.csv", "vanish.csv"]


def test_an_attempt_over_its_time_is_ended(project):
    project.write(attempts=1)
    project.put("hang")
    assert outcomes(project.batch(attempt_secs=4)) == {"hang": "failed"}
    assert project.records()["hang"].report["error"]["code"] == "run.too-long"


def test_no_more_files_than_asked_for(project):
    project.put("one", "two", "three", "four")
    report = project.batch(max_files=3)
    assert len(report.runs) == 3
    assert len(project.batch(max_files=3).runs) == 1


def test_no_input_begins_after_the_time(project):
    project.put("one")
    assert project.batch(timeout_secs=0).runs == []
    assert project.lines("attempts.log") == []


def test_an_input_that_is_not_ready_is_waited_for_once(project):
    project.write(settle="1s")
    project.put("late")
    report = project.batch()
    assert outcomes(report) == {"late": "succeeded"}
    assert report.inputs.model_dump() == {
        "seen": 1,
        "new": 1,
        "known": 0,
        "failed": 0,
        "not_ready": 0,
    }


def test_what_is_still_not_ready_is_left_to_the_next_batch(project):
    project.write(settle="300ms")
    project.put("growing")
    ahead = 4_000_000_000
    os.utime(project.root / "in" / "growing.csv", (ahead, ahead))
    report = project.batch()
    if report.runs:  # a source may take a clock from the future for a file that stands still
        assert outcomes(report) == {"growing": "succeeded"}
    else:
        assert report.inputs.model_dump() == {
            "seen": 1,
            "new": 0,
            "known": 0,
            "failed": 0,
            "not_ready": 1,
        }


def test_exclusive_is_refused_while_another_has_the_pipeline(project):
    folder = project.root / ".csvflow" / "exclusive"
    folder.mkdir(parents=True)
    project.put("one")
    with (folder / "orders.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunError) as caught:
            project.batch(exclusive=True)
        assert caught.value.code == "run.busy"
    assert outcomes(project.batch(exclusive=True)) == {"one": "succeeded"}


def test_exclusive_is_refused_while_any_batch_or_watch_is_at_the_pipeline(project):
    with project.watched() as told:
        project.put("one")
        wait_for(lambda: told)
        with pytest.raises(RunError) as caught:
            project.batch(exclusive=True)
        assert caught.value.code == "run.busy"
        assert project.batch().runs == []
    (pipeline,) = project.pipelines
    with at_work(pipeline, exclusive=False), pytest.raises(RunError):
        project.batch(exclusive=True)
    assert project.batch(exclusive=True).runs == []


def test_a_plain_batch_works_beside_an_exclusive_one_and_is_seen_by_the_next(project):
    project.put("one")
    (pipeline,) = project.pipelines
    alone = at_work(pipeline, exclusive=True)
    with ExitStack() as first, ExitStack() as plain:
        first.enter_context(alone)
        assert outcomes(project.batch()) == {"one": "succeeded"}
        plain.enter_context(at_work(pipeline, exclusive=False))
        first.close()
        with pytest.raises(RunError):
            project.batch(exclusive=True)


def test_a_source_out_of_reach_is_told_after_the_others_were_done(project, monkeypatch):
    project.put("one")
    other = (project.root / "pipelines" / "orders.yaml").read_text()
    other = other.replace("name: orders", "name: aaa").replace("in/*.csv", "gone/*.csv")
    (project.root / "pipelines" / "aaa.yaml").write_text(other)
    survey = FilesSource.survey

    def broken(self):
        if "gone" in str(self.settings.path):
            raise UnreachableError("source.unreachable", "the source is out of reach")
        return survey(self)

    monkeypatch.setattr(FilesSource, "survey", broken)
    report = project.batch()
    assert (report.outcome, len(report.runs)) == ("failed", 1)
    [error] = report.errors
    assert (error.code, error.place) == (
        "source.unreachable",
        f"{project.root}/pipelines/aaa.yaml:3:9",
    )
    assert project.lines("loaded.log") == ["one.csv"]


def test_two_batches_side_by_side_load_every_file_once(project):
    project.put(*[f"file-{i:03}" for i in range(200)])
    both = [started(project), started(project)]
    printed = [batch.communicate(timeout=120)[0] for batch in both]
    assert [batch.returncode for batch in both] == [0, 0]
    assert sum(map(int, printed)) == 200
    assert project.lines("loaded.log") == [f"file-{i:03}.csv" for i in range(200)]


def test_a_killed_batch_leaves_nothing_held_and_no_process(project):
    project.put("slow-1", "slow-2", "good")
    batch = started(project)
    wait_for(lambda: any(line.startswith("slow") for line in project.lines("attempts.log")))
    assert any(record.state == "claimed" for record in project.records().values())
    workers = descendants(batch.pid)
    batch.send_signal(signal.SIGKILL)
    batch.communicate(timeout=60)
    wait_for(lambda: not any(alive(worker) for worker in workers))
    assert project.batch().outcome == "succeeded"
    assert project.lines("loaded.log") == ["good.csv", "slow-1.csv", "slow-2.csv"]
    assert {record.state for record in project.records().values()} == {"succeeded"}


def test_ctrl_c_lets_the_running_attempt_end_and_begins_no_other(project):
    project.put(*[f"slow-{i}" for i in range(3)])
    batch = started(project)
    wait_for(lambda: project.lines("attempts.log"))
    batch.send_signal(signal.SIGINT)
    batch.communicate(timeout=60)
    assert batch.returncode == -signal.SIGINT
    states = [record.state for record in project.records().values()]
    assert states == ["succeeded"] * len(states)
    assert 1 <= len(states) < 3
    assert project.batch().outcome == "succeeded"
    assert project.lines("loaded.log") == [f"slow-{i}.csv" for i in range(3)]
