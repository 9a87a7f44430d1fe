"""A notice that nobody took stays owed, until somebody takes it or for a day."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from services.conftest import wait_for
from support.receiver import receiving

from csvflow.core import logs
from csvflow.core.ledger import Claims
from csvflow.services import notices, watch
from csvflow.services.run import Order, run_files
from csvflow.services.wiring import ledger_of

DOWN = (503, {})


@pytest.fixture
def receiver():
    with receiving() as receiver:
        receiver.then = DOWN
        yield receiver


@pytest.fixture
def project(project, receiver):
    hook = f"{{url: '{receiver.url()}', attempts: 1, within: 20s}}"
    project.write(more=f"notify: [{{webhook: {hook}, on: [succeeded]}}]")
    project.put("a")
    return project


def load(project):
    """Load the file, by a worker that is gone afterwards."""
    path = str(project.root / "in" / "a.csv")
    report = run_files(Order(files=[path], project=project.root))
    assert report.outcome == "succeeded"


def owed(project):
    (pipeline,) = project.pipelines
    with ledger_of(pipeline) as ledger:
        return [record.run_id for record in ledger.unnoticed(pipeline.name)]


def ids(receiver):
    return [json.loads(text)["id"] for text in receiver.texts]


def test_what_a_receiver_did_not_take_the_next_batch_delivers_once(project, receiver):
    load(project)
    assert len(owed(project)) == 1
    project.batch()
    receiver.then = (204, {})
    project.batch()
    assert owed(project) == []
    project.batch()
    first, second, third = ids(receiver)
    assert first == second == third


def test_what_was_taken_is_not_owed(project, receiver):
    receiver.then = (204, {})
    load(project)
    assert owed(project) == []
    project.batch()
    assert len(ids(receiver)) == 1


def test_a_notifier_that_cannot_be_made_owes_its_notice_too(project, receiver, monkeypatch):
    def missing(_part, _notice):
        raise ImportError("no such package")

    with monkeypatch.context() as broken:
        broken.setattr("csvflow.plugins.notifiers.webhook.WebhookNotifier.notify", missing)
        load(project)
    assert len(owed(project)) == 1
    receiver.then = (204, {})
    project.batch()
    assert owed(project) == []
    assert len(ids(receiver)) == 1


def test_a_running_watch_delivers_what_is_owed(project, receiver, monkeypatch):
    monkeypatch.setattr(watch, "OWED_SECS", 0.2)
    load(project)
    with project.watched():
        wait_for(lambda: len(ids(receiver)) >= 3)
        receiver.then = (204, {})
        wait_for(lambda: not owed(project))


def test_a_living_worker_is_left_to_tell_itself_for_two_minutes(project, receiver, monkeypatch):
    receiver.then = (204, {})
    (pipeline,) = project.pipelines
    with ledger_of(pipeline) as ledger:
        claims = Claims(ledger, pipeline.project)
        source = pipeline.source.make()
        event = source.event(str(project.root / "in" / "a.csv"))
        source.close()
        with claims.claim("orders", event, digest=pipeline.digest) as held:
            report = {
                "run_id": held.run.id, "pipeline": "orders", "uri": event.uri,
                "version": event.version, "outcome": "succeeded",
            }  # fmt: skip
            held.finish("succeeded", report, content_hash=None, notice_due=True)
        project.batch()
        assert (len(owed(project)), ids(receiver)) == (1, [])
        monkeypatch.setattr(notices, "FIRST_TELLER", timedelta(0))
        project.batch()
        assert (owed(project), len(ids(receiver))) == ([], 1)
        claims.close()


def test_a_notice_is_given_up_after_a_day_and_that_is_logged(project, capsys, monkeypatch):
    load(project)
    monkeypatch.setattr(notices, "GIVE_UP", timedelta(0))
    logs.configure("json")
    project.batch()
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in said] == ["notice_failed", "notice_given_up"]
    assert owed(project) == []


def test_a_receiver_that_makes_everybody_wait_holds_up_no_input(project, receiver, monkeypatch):
    monkeypatch.setattr(watch, "OWED_SECS", 0.1)
    load(project)
    receiver.mute = threading.Event()
    with project.watched() as told:
        project.put("b")
        wait_for(lambda: told)
        receiver.mute.set()
    assert [run.outcome for run in told] == ["succeeded"]
    assert len(owed(project)) == 1
