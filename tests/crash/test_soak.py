"""Two watchers on one project, killed at random for minutes while files keep arriving."""

import contextlib
import os
import random
import sqlite3
import subprocess
import threading

import pyarrow.parquet as pq
import pytest
from support import projects

SECS = float(os.environ.get("CSVFLOW_SOAK_SECS", "600"))
ROWS = 100
SINKS = "  - sqlite: {path: out.db, table: orders}\n  - parquet: {path: out/}"


class Watcher(threading.Thread):
    """Keeps a watch running and kills it now and then; `kills` counts."""

    def __init__(self, folder, seed, over):
        super().__init__()
        self._folder, self._over = folder, over
        self._chance = random.Random(seed)
        self.kills = 0

    def run(self):
        command = [projects.CSVFLOW, "watch", "-p", "orders", "--jobs", "1"]
        with (self._folder / "watch.log").open("ab") as log:
            while not self._over.is_set():
                child = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
                self._over.wait(self._chance.uniform(0.5, 3.0) + 1.0)
                child.kill()
                child.wait()
                self.kills += 1


def arrive(folder, over):
    """Move files in until it is over; return how many."""
    number = 0
    while not over.is_set():
        aside = folder / "landing" / f".orders-{number}"
        aside.write_text(projects.lines(number * ROWS, ROWS))
        aside.rename(folder / "landing" / f"orders-{number:05}.csv")
        number += 1
        over.wait(0.25)
    return number


@pytest.mark.soak
@pytest.mark.timeout(SECS + 1800)
def test_rows_survive_minutes_of_killing(tmp_path):
    folder = projects.make(tmp_path / "project", SINKS)
    yaml = folder / "pipelines" / "orders.yaml"
    settings = "{path: landing/*.csv, settle: 0s, trigger: {poll: 200ms}}"
    yaml.write_text(yaml.read_text().replace("landing/*.csv", settings))
    over = threading.Event()
    watchers = [Watcher(folder, seed, over) for seed in (1, 2)]
    end = threading.Timer(SECS, over.set)
    for thread in (*watchers, end):
        thread.start()
    files = arrive(folder, over)
    for thread in watchers:
        thread.join()
    # A fresh file comes too, and within a batch or two all is there: nobody holds anything.
    done = projects.csvflow("batch", "-p", "orders", "--json", cwd=folder, check=0, timeout=1500)
    assert all(projects.balanced(run["rows"]) for run in projects.report(done)["runs"])
    expected = list(range(files * ROWS))
    with contextlib.closing(sqlite3.connect(folder / "out.db")) as connection:
        rows = connection.execute("SELECT id, amount FROM orders ORDER BY id").fetchall()
    assert [row[0] for row in rows] == expected
    assert all(str(amount) == f"{number}.25" for number, amount in rows)
    written = sorted(
        value
        for path in (folder / "out").glob("*.parquet")
        for value in pq.read_table(path)["id"].to_pylist()
    )
    assert written == expected
    assert projects.left_over(folder) == []
    limit = ["--limit", str(files + 10)]
    listed = projects.csvflow("runs", "--json", *limit, cwd=folder, check=0)
    runs = projects.report(listed)["runs"]
    assert len(runs) == files
    assert {run["state"] for run in runs} == {"succeeded"}
    replays = sum(run["attempt"] > 1 for run in runs)
    kills = sum(watcher.kills for watcher in watchers)
    print(f"{kills} kills, {files} files, {replays} replays")
    assert replays
