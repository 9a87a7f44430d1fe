"""Claims between real processes: killed, suspended, forked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csvflow.contract import Busy, Event, Finished, UnreachableError, Won
from csvflow.core import registry
from csvflow.core.ledger import Claims, run_id

EVENT = Event(uri="/in/a.csv", version="v1", size=1)
CLAIM = """
import os, sys, time
from pathlib import Path
from csvflow.contract import Event, Won
from csvflow.core import registry
from csvflow.core.ledger import Claims

root, lease, beat = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
plugin = registry.load("ledger", "sqlite")
ledger = plugin(plugin.settings_type(path=str(root / "ledger.db")))
claims = Claims(ledger, root, lease_secs=lease, beat_secs=beat)
event = Event(uri="/in/a.csv", version="v1", size=1)
with claims.claim("orders", event, digest="d") as held:
    assert isinstance(held.claim, Won)
    print(claims.presence.owner(), flush=True)
"""
HOLD = "    time.sleep(600)\n"
FORK = """\
    child = os.fork()
    if child == 0:
        time.sleep(600)
    print(child, flush=True)
    time.sleep(600)
"""
LATE = """\
    sys.stdin.readline()
    ok = held.finish("succeeded", {}, content_hash=None)
    print(held.renew_now(), ok, flush=True)
"""


def ledger_in(root: Path):
    plugin = registry.load("ledger", "sqlite")
    return plugin(plugin.settings_type(path=str(root / "ledger.db")))


@pytest.fixture
def claims(tmp_path):
    ledger = ledger_in(tmp_path)
    made = Claims(ledger, tmp_path)
    yield made
    made.close()
    ledger.close()


@pytest.fixture
def other(tmp_path):
    """Start another process that claims the run; give it once it has."""
    running = []

    def start(then, *, lease=600.0, beat=15.0):
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CLAIM + then, tmp_path, str(lease), str(beat)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        process.owner = process.stdout.readline().strip()
        assert process.owner
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def take(claims, *, wait_secs=0.0, force=False):
    return claims.claim("orders", EVENT, digest="d", wait_secs=wait_secs, force=force)


def locks(root):
    return sorted(path.stem for path in (root / ".csvflow" / "workers").glob("*.lock"))


def test_a_run_keeps_its_id():
    assert run_id("orders", "/in/a.csv", "v1") == "6fc4503c2fadc9d11765"
    assert run_id("orders", "/in/a.csv", "v2") != run_id("orders", "/in/a.csv", "v1")
    assert run_id("a", "b/c", "v1") != run_id("a/b", "c", "v1")


def test_a_killed_workers_lease_is_void_at_once(claims, other, tmp_path):
    process = other(HOLD)
    with take(claims) as held:
        assert isinstance(held.claim, Busy)
        assert held.claim.owner == process.owner
    assert process.owner in locks(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert claims.dead_owners() == {process.owner}
    with take(claims) as held:
        assert isinstance(held.claim, Won)
        assert held.claim.run.attempt == 2
    assert locks(tmp_path) == [claims.presence.owner()]


def test_a_forked_child_does_not_keep_its_dead_parents_lease(claims, other):
    process = other(FORK)
    child = int(process.stdout.readline())
    try:
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        os.kill(child, 0)
        # The child may not have come to close what it inherited.
        with take(claims, wait_secs=50) as held:
            assert isinstance(held.claim, Won)
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_worker_suspended_past_its_lease_is_refused(claims, other):
    process = other(LATE, lease=1.0, beat=0.2)
    process.send_signal(signal.SIGSTOP)
    with take(claims, wait_secs=60) as held:
        assert isinstance(held.claim, Won)
        assert held.claim.run.token == 2
        process.send_signal(signal.SIGCONT)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == "False False"
        assert held.renew_now() is True
        assert held.finish("succeeded", {}, content_hash=None) is True


def test_waiting_ends_when_the_holder_does(claims, other):
    process = other("    time.sleep(0.5)\n")
    with take(claims, wait_secs=60) as held:
        assert isinstance(held.claim, Won)
    assert process.wait(60) == 0


def test_waiting_ends_with_its_time(claims, other):
    other(HOLD)
    with take(claims, wait_secs=0.2) as held:
        assert isinstance(held.claim, Busy)


def test_the_heartbeat_prolongs_the_lease(tmp_path):
    ledger = ledger_in(tmp_path)
    claims = Claims(ledger, tmp_path, lease_secs=600, beat_secs=0.05)
    with take(claims) as held:
        (first,) = ledger.find(held.run.id)
        deadline = time.monotonic() + 60
        while ledger.find(held.run.id)[0].lease_until <= first.lease_until:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert held.alive
    claims.close()
    ledger.close()


def test_a_lost_lease_is_known_without_asking(tmp_path):
    ledger = ledger_in(tmp_path)
    claims = Claims(ledger, tmp_path, lease_secs=600, beat_secs=0.05)
    with take(claims) as held:
        dead = [claims.presence.owner()]
        ledger.claim(held.run.id, "orders", EVENT, digest="d", owner="x", lease_secs=9, dead=dead)
        deadline = time.monotonic() + 60
        while held.alive:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert held.renew_now() is False
    assert ledger.find(held.run.id)[0].state == "claimed"
    claims.close()
    ledger.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_whatever_ends_an_attempt_the_run_is_given_back(claims, error):
    with pytest.raises(error), take(claims) as held:
        raise error
    assert claims.ledger.find(held.run.id)[0].state == "released"
    with take(claims) as held:
        assert isinstance(held.claim, Won)


def test_a_finished_run_is_not_given_back(claims):
    with take(claims) as held:
        assert held.finish("succeeded", {"outcome": "succeeded"}, content_hash="blake3:a")
    with take(claims) as again:
        assert again.claim == Finished("succeeded", held.run.id)


def test_a_ledger_out_of_reach_does_not_hide_what_went_wrong_first(claims, monkeypatch):
    def broken(_run):
        raise UnreachableError("ledger.unreachable", "the ledger can't be used")

    held = take(claims)
    monkeypatch.setattr(claims.ledger, "release", broken)
    with pytest.raises(ValueError, match="first"), held:
        raise ValueError("first")


def test_a_worker_elsewhere_is_never_taken_for_dead(claims):
    owner = claims.presence.owner()
    host, pid, place = owner.split(":")
    assert claims.is_dead(owner) is False
    assert claims.is_dead(f"{host}:{pid}:{place[:8]}-00000000") is True
    assert claims.is_dead(f"another-{host}:{pid}:{place[:8]}-00000000") is False
    assert claims.is_dead(f"{host}:{pid}:ffffffff-00000000") is False
    assert claims.is_dead("") is False


def test_a_new_worker_sweeps_the_locks_of_dead_ones(tmp_path):
    ledger = ledger_in(tmp_path)
    stale = tmp_path / ".csvflow" / "workers" / "old:1:0-0.lock"
    stale.parent.mkdir(parents=True)
    stale.touch()
    claims = Claims(ledger, tmp_path)
    living = claims.presence.owner()
    assert locks(tmp_path) == [living]
    second = Claims(ledger, tmp_path)
    assert locks(tmp_path) == [living]
    both = sorted([living, second.presence.owner()])
    assert locks(tmp_path) == both
    claims.close()
    second.close()
    assert locks(tmp_path) == []
    ledger.close()
