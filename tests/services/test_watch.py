"""What ``watch`` promises, with real worker processes and work that only pretends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from services.conftest import TESTS, alive, wait_for

from csvflow.contract import UnreachableError
from csvflow.core import logs
from csvflow.core.ledger import run_id
from csvflow.plugins.sources.files import FilesSource
from csvflow.services import feed, watch
from csvflow.services.wiring import ledger_of

SCRIPT = """
import sys
from pathlib import Path
from csvflow.services.dispatch import Crew
from csvflow.services.watch import watch_of
from csvflow.services.wiring import pipelines

crew = Crew(jobs=1, grace_secs=float(sys.argv[2]), work="support.fake_work:work")
watch_of(pipelines(None, Path(sys.argv[1]), {}), crew)
"""


def started(project, *, grace_secs=1):
    """Start a watch as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(project.root), str(grace_secs)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


def names(told):
    return sorted(Path(run.uri).stem for run in told)


def test_what_arrives_is_loaded_once(project):
    project.put("before")
    with project.watched() as told:
        wait_for(lambda: len(told) == 1)
        project.put("first", "second")
        wait_for(lambda: len(told) == 3)
        project.put(*[f"burst-{i:03}" for i in range(100)])
        wait_for(lambda: len(told) == 103)
    expected = ["before", *[f"burst-{i:03}" for i in range(100)], "first", "second"]
    assert names(told) == expected
    assert project.lines("loaded.log") == [f"{name}.csv" for name in expected]


def test_new_content_under_a_known_name_is_a_new_input(project):
    project.put("day")
    with project.watched() as told:
        wait_for(lambda: len(told) == 1)
        project.put("day")
        wait_for(lambda: len(told) == 2)
    assert len({run.version for run in told}) == 2


def test_what_was_loaded_before_a_restart_stays_loaded(project):
    project.put("old")
    project.batch()
    with project.watched() as told:
        project.put("new")
        wait_for(lambda: told)
    assert names(told) == ["new"]


def test_a_failure_that_passes_is_tried_again_and_told_once(project):
    with project.watched() as told:
        project.put("flaky", "bad", "good")
        wait_for(lambda: len(told) == 3)
    assert {Path(run.uri).stem: run.outcome for run in told} == {
        "flaky": "succeeded",
        "bad": "failed",
        "good": "succeeded",
    }
    assert project.lines("attempts.log") == ["bad.csv", *["flaky.csv"] * 3, "good.csv"]


def test_a_running_watch_begins_a_new_round_after_a_rest(project, monkeypatch):
    monkeypatch.setattr(feed, "REST", timedelta(milliseconds=500))
    project.write(attempts=2)
    with project.watched() as told:
        project.put("down", "bad")
        wait_for(lambda: [run.outcome for run in told].count("failed") >= 3)
        (project.root / "up").touch()
        wait_for(lambda: "succeeded" in [run.outcome for run in told])
    assert project.lines("attempts.log").count("down.csv") >= 5
    assert project.lines("attempts.log").count("bad.csv") == 1


def test_a_restarted_watch_gives_a_new_round_and_tells_what_failed_for_good(project, capsys):
    project.write(attempts=2)
    project.put("down", "bad", "unconfigured")
    with project.watched() as told:
        wait_for(lambda: len(told) == 3)
    logs.configure("json")
    with project.watched() as told:
        wait_for(lambda: len(told) == 2)
    assert names(told) == ["down", "unconfigured"]
    tried = project.lines("attempts.log")
    assert tried == ["bad.csv", *["down.csv"] * 4, *["unconfigured.csv"] * 2]
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (failed,) = [line for line in said if line["event"] == "inputs_failed_before"]
    assert (failed["pipeline"], failed["inputs"]) == ("orders", 1)


def test_an_outage_is_told_once_and_so_is_its_end(project, monkeypatch, capsys):
    survey, asked = FilesSource.survey, []

    def broken(self):
        asked.append(self)
        if len(asked) in {1, 2, 3, 6}:
            raise UnreachableError("source.unreachable", "it is gone", hint="wait", place="in/")
        return survey(self)

    monkeypatch.setattr(FilesSource, "survey", broken)
    logs.configure("json")
    with project.watched():
        wait_for(lambda: len(asked) >= 8)
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    surveys = [line for line in said if line["event"].startswith("survey_")]
    assert [line["event"] for line in surveys] == ["survey_failed", "survey_recovered"] * 2
    shown = {name: surveys[0][name] for name in ("code", "error", "hint", "place")}
    assert shown == {
        "code": "source.unreachable", "error": "it is gone", "hint": "wait", "place": "in/"
    }  # fmt: skip


def test_an_outage_that_lasts_is_told_of_again_after_a_while(project, monkeypatch, capsys):
    asked = []

    def broken(self):
        asked.append(self)
        raise UnreachableError("source.unreachable", "it is gone")

    monkeypatch.setattr(FilesSource, "survey", broken)
    monkeypatch.setattr(watch, "OUTAGE_SECS", 0.0)
    logs.configure("json")
    with project.watched():
        wait_for(lambda: len(asked) >= 3)
    assert capsys.readouterr().err.count('"survey_failed"') >= 3


def test_poison_holds_up_nothing_and_ends_as_failed(project):
    project.write(attempts=2)
    with project.watched() as told:
        project.put("crash", *[f"good-{i}" for i in range(6)])
        wait_for(lambda: len(told) == 7)
    ends = {Path(run.uri).stem: run.outcome for run in told}
    assert ends.pop("crash") == "failed"
    assert set(ends.values()) == {"succeeded"}
    assert project.lines("attempts.log").count("crash.csv") == 2


def test_a_source_that_comes_back_is_read_again(project, monkeypatch):
    survey, asked = FilesSource.survey, []

    def broken(self):
        asked.append(self)
        if len(asked) == 1:
            raise UnreachableError("source.unreachable", "the source is out of reach")
        if len(asked) == 2:
            raise OSError("a plugin that breaks")
        return survey(self)

    monkeypatch.setattr(FilesSource, "survey", broken)
    project.put("one")
    with project.watched() as told:
        wait_for(lambda: told)
    assert names(told) == ["one"]


def test_an_input_that_the_ledger_never_heard_of_is_offered_again(project):
    project.write(attempts=2)
    with project.watched() as told:
        project.put("unbooked")
        wait_for(lambda: told)
    assert [run.outcome for run in told] == ["succeeded"]
    assert project.lines("attempts.log") == ["unbooked.csv"] * 4


def test_one_pipelines_trouble_does_not_stop_another(project, monkeypatch):
    text = (project.root / "pipelines" / "orders.yaml").read_text()
    text = text.replace("name: orders", "name: aaa").replace("in/*.csv", "gone/*.csv")
    (project.root / "pipelines" / "aaa.yaml").write_text(text)
    survey = FilesSource.survey

    def broken(self):
        if "gone" in str(self.settings.path):
            raise UnreachableError("source.unreachable", "the source is out of reach")
        return survey(self)

    monkeypatch.setattr(FilesSource, "survey", broken)
    with project.watched() as told:
        project.put("one")
        wait_for(lambda: told)
    assert [(run.pipeline, Path(run.uri).stem) for run in told] == [("orders", "one")]


def test_an_input_that_a_living_worker_elsewhere_holds_is_left_alone(project):
    project.put("theirs")
    pipeline = project.pipelines[0]
    with ledger_of(pipeline) as ledger:
        source = pipeline.source.make()
        event = source.event(str(project.root / "in" / "theirs.csv"))
        source.close()
        key = run_id("orders", event.uri, event.version)
        claim = {"digest": pipeline.digest, "owner": "far:1:00000000-0", "lease_secs": 3600}
        held = ledger.claim(key, "orders", event, **claim)
        with project.watched() as told:
            project.put("ours")
            wait_for(lambda: told)
            assert ledger.release(held.run)
            wait_for(lambda: len(told) == 2)
    assert [Path(run.uri).stem for run in told] == ["ours", "theirs"]


def test_sigterm_lets_the_running_attempt_end_and_the_next_start_goes_on(project):
    project.put(*[f"slow-{i}" for i in range(3)])
    process = started(project, grace_secs=60)
    wait_for(lambda: project.lines("attempts.log"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    states = [record.state for record in project.records().values()]
    assert set(states) == {"succeeded"}
    assert 1 <= len(states) < 3
    with project.watched():
        wait_for(lambda: len(project.lines("loaded.log")) == 3)
    assert project.lines("loaded.log") == [f"slow-{i}.csv" for i in range(3)]


def test_an_attempt_that_does_not_end_in_time_is_aborted_and_given_back(project):
    project.put("hang")
    process = started(project)
    wait_for(lambda: project.lines("attempts.log"))
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    record = project.records()["hang"]
    assert (record.state, record.failures) == ("released", 0)


def test_a_second_signal_ends_it_at_once_and_holds_nothing(project):
    project.put("hang")
    process = started(project)
    wait_for(lambda: project.lines("attempts.log"))
    worker = int(project.records()["hang"].owner.split(":")[1])
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert not alive(worker)
    (project.root / "in" / "hang.csv").rename(project.root / "in" / "was-hanging.csv")
    assert project.batch().outcome == "succeeded"


def test_a_killed_watch_takes_its_workers_along(project):
    project.put("hang", "good-1", "good-2")
    process = started(project)
    wait_for(lambda: "hang.csv" in project.lines("attempts.log"))
    worker = int(project.records()["hang"].owner.split(":")[1])
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    wait_for(lambda: not alive(worker))
