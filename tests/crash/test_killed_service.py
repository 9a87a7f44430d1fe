"""`batch` and `watch` killed at random moments, 50 files in flight: every row is there once."""

import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest
from support import projects

FILES, ROWS = 50, 40
SINKS = "  - sqlite: {path: out.db, table: orders}"


def ids(folder):
    connection = sqlite3.connect(folder / "out.db")
    try:
        return sorted(row[0] for row in connection.execute("SELECT id FROM orders"))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def project(folder):
    projects.make(folder, SINKS)
    path = folder / "pipelines" / "orders.yaml"
    text = path.read_text().replace(
        "source: landing/*.csv", "source: {path: landing/*.csv, settle: 0s, trigger: {poll: 200ms}}"
    )
    path.write_text(text)
    for number in range(FILES):
        file = folder / "landing" / f"orders-{number:02}.csv"
        file.write_text(projects.lines(number * ROWS, ROWS))
    return folder


def kill_after(command, folder, secs):
    """Start the command, kill it without warning, and wait until its workers are gone too."""
    log = (folder / "killed.log").open("ab")
    child = subprocess.Popen(
        [projects.CSVFLOW, *command], cwd=folder, stdout=log, stderr=log, start_new_session=True
    )
    time.sleep(secs)
    child.send_signal(signal.SIGKILL)
    child.wait()
    log.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(child.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("workers outlived their parent")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", ["batch", "watch"])
def test_a_killed_service_loads_every_row_of_every_file_once(service, tmp_path):
    folder = project(tmp_path / "project")
    moments = random.Random(7)
    for _ in range(6):
        kill_after([service, "-p", "orders", "--jobs", "2"], folder, moments.uniform(0.3, 3.0))
    done = projects.csvflow("batch", "-p", "orders", "--jobs", "2", "--json", cwd=folder, check=0)
    assert all(projects.balanced(run["rows"]) for run in projects.report(done)["runs"])
    assert ids(folder) == list(range(FILES * ROWS))
    assert projects.left_over(folder) == []
    runs = projects.report(
        projects.csvflow("runs", "--json", "--limit", "500", cwd=folder, check=0)
    )["runs"]
    assert len(runs) == FILES
    assert {run["state"] for run in runs} == {"succeeded"}
