"""Ctrl-C and SIGTERM at a system call: the run is aborted, nothing is left, its lease is free."""

import json
import sqlite3
from contextlib import closing

import pytest
from support import faults, projects, warm

SINKS = "  - sqlite: {path: out.db, table: orders}\n  - parquet: {path: out/}"
COMMAND = [projects.CSVFLOW, "run", "landing/orders.csv", "--json", "--log-level", "error"]
CODES = {"SIGINT": 130, "SIGTERM": 143}


@pytest.fixture(scope="module")
def commands():
    with warm.server() as served:
        yield served


def loaded(folder):
    if not (folder / "out.db").exists():
        return []
    with closing(sqlite3.connect(folder / "out.db")) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if "orders" not in tables:
            return []
        return sorted(row[0] for row in connection.execute("SELECT id FROM orders"))


def state(folder, commands):
    """Return the run's state in the ledger; None if it was never claimed."""
    if not (folder / ".csvflow" / "ledger.db").exists():
        return None
    done = commands.run(["runs", "--json"], folder)
    return next((run["state"] for run in projects.report(done)["runs"]), None)


def interrupted(folder, point, name, commands):
    """Interrupt at the point, and return whether the signal was seen to come."""
    projects.make(folder, SINKS)
    projects.orders(folder)
    struck, done = faults.fire(point, f"signal={name}", COMMAND, folder, folder / "fire.log")
    (folder / "fire.log").unlink()
    if not struck:
        return False
    assert done.returncode == CODES[name], (point, done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, (point, done.stderr)
    assert projects.left_over(folder) == [], point
    assert not list(folder.glob(".csvflow/workers/*.lock")), point
    assert state(folder, commands) in (None, "released", "succeeded"), point
    again = commands.run(COMMAND[1:], folder)
    assert again.returncode == 0, (point, again.stderr)
    (run,) = json.loads(again.stdout)["runs"]
    assert run["outcome"] == "succeeded" or run["reason"] == "unchanged", (point, run)
    assert loaded(folder) == projects.EXPECTED, point
    assert len(list((folder / "out").iterdir())) == 1, point
    return True


def sweep(tmp_path, name, commands, choose):
    profile = projects.make(tmp_path / "profile", SINKS)
    projects.orders(profile)
    found = faults.points(COMMAND, profile, tmp_path / "profile.log")
    # The last one writes the report: what it interrupts is over.
    chosen = choose(found[:-1])
    fired = [
        interrupted(tmp_path / f"at-{number}", point, name, commands)
        for number, point in enumerate(chosen)
    ]
    return sum(fired), len(chosen)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", sorted(CODES))
def test_an_interrupted_run_leaves_nothing_whenever_it_is(name, tmp_path, commands):
    fired, chosen = sweep(
        tmp_path, name, commands, lambda found: faults.spread(found[:-20], least=8, last=0)
    )
    assert fired >= chosen - 2


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", sorted(CODES))
def test_a_run_interrupted_at_every_system_call_leaves_nothing(name, tmp_path, commands):
    fired, chosen = sweep(tmp_path, name, commands, list)
    print(f"{name}: {fired} of {chosen} points fired")
    assert fired >= 0.9 * chosen
