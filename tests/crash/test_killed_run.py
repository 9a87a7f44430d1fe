"""A run killed at any system call that changes state, and done again, is as if never killed."""

import csv
import json
import random
import signal
import sqlite3
import subprocess
import time

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from support import faults, projects, warm

LEAST, LAST = 40, 20
"""Points a sink: so many over the whole run, and so many at its end without a gap."""
RUN = [projects.CSVFLOW, "run", "landing/orders.csv", "--json", "--log-level", "error"]


class Sqlite:
    sinks = "  - sqlite: {path: out.db, table: orders}"

    def read(self, folder):
        connection = sqlite3.connect(folder / "out.db")
        try:
            return [row[0] for row in connection.execute("SELECT id FROM orders")]
        finally:
            connection.close()


class Duckdb:
    sinks = "  - duckdb: {path: out.duckdb, table: orders}"

    def read(self, folder):
        with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM orders").fetchall()]


class Postgres:
    def __init__(self, url):
        self.url = url
        self.sinks = f'  - postgres: {{url: "{url}", table: "${{table}}"}}'

    def arguments(self, folder):
        return ["--set", f"table={self.table(folder)}"]

    def table(self, folder):
        return f"{folder.parent.name}_{folder.name}".replace("-", "_").lower()[-60:]

    def read(self, folder):
        with psycopg.connect(self.url) as connection:
            query = f'SELECT id FROM "{self.table(folder)}"'
            return [row[0] for row in connection.execute(query)]


class Parquet:
    sinks = "  - parquet: {path: out/}"

    def read(self, folder):
        files = sorted((folder / "out").glob("*.parquet"))
        return [value for path in files for value in pq.read_table(path)["id"].to_pylist()]


class Csv:
    sinks = "  - csv: {path: out/}"

    def read(self, folder):
        ids = []
        for path in sorted((folder / "out").glob("*.csv")):
            with path.open(newline="") as file:
                ids += [int(row["id"]) for row in csv.DictReader(file)]
        return ids


class Jsonl:
    sinks = "  - jsonl: {path: out/}"

    def read(self, folder):
        return [
            json.loads(line)["id"]
            for path in sorted((folder / "out").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]


TARGETS = {"sqlite": Sqlite, "duckdb": Duckdb, "parquet": Parquet, "csv": Csv, "jsonl": Jsonl}


def target_of(name, request):
    if name == "postgres":
        return Postgres(request.getfixturevalue("postgres_url"))
    return TARGETS[name]()


def command(target, folder):
    return [*RUN, *getattr(target, "arguments", lambda _: [])(folder)]


@pytest.fixture(scope="module")
def commands():
    with warm.server() as served:
        yield served


def again(target, folder, commands):
    """Run the command once more: whatever it finds, it ends as if nothing had happened."""
    done = commands.run(command(target, folder)[1:], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = projects.report(done)["runs"]
    if run["outcome"] == "succeeded":
        assert projects.balanced(run["rows"]), run
        assert run["rows"]["rejected"] == len(projects.BAD)
    else:
        assert (run["outcome"], run["reason"]) == ("skipped", "unchanged"), run


def rejected(folder):
    (path,) = (folder / ".csvflow" / "rejects" / "orders").glob("*.csv")
    with path.open(newline="") as file:
        return sorted(int(row["id"]) for row in csv.DictReader(file))


def check(target, folder, commands, at):
    again(target, folder, commands)
    assert sorted(target.read(folder)) == projects.EXPECTED, at
    assert rejected(folder) == sorted(projects.BAD), at
    assert projects.left_over(folder) == [], at


def sweep(tmp_path, target, commands, choose):
    """Kill at each of the chosen points; return how many fired, and all that there are."""
    profile = projects.make(tmp_path / "profile", target.sinks)
    projects.orders(profile)
    found = faults.points(command(target, profile), profile, tmp_path / "profile.log")
    assert sorted(target.read(profile)) == projects.EXPECTED
    fired = 0
    for number, point in enumerate(choose(found)):
        folder = projects.make(tmp_path / f"at-{number}", target.sinks)
        projects.orders(folder)
        log = tmp_path / f"at-{number}.log"
        fired += faults.kill(point, command(target, folder), folder, log)
        check(target, folder, commands, point)
    return fired, found


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["sqlite", "postgres", "parquet", "csv"])
def test_a_run_killed_at_a_system_call_loads_every_row_once(name, tmp_path, request, commands):
    fired, found = sweep(
        tmp_path,
        target_of(name, request),
        commands,
        lambda found: faults.spread(found, least=LEAST + 2, last=LAST),
    )
    print(f"{name}: {fired} points fired, of {len(found)} that there are")
    assert fired >= LEAST


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["sqlite", "parquet"])
def test_a_run_killed_at_random_moments_loads_every_row_once(name, tmp_path, commands):
    target = TARGETS[name]()
    folder = projects.make(tmp_path / "project", target.sinks)
    projects.orders(folder)
    moments = random.Random(3)
    for _ in range(6):
        run = subprocess.Popen(
            command(target, folder), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(moments.uniform(0.2, 0.8))
        run.send_signal(signal.SIGKILL)
        run.communicate()
    check(target, folder, commands, "a random moment")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", [*TARGETS, "postgres"])
def test_a_run_killed_at_every_system_call_loads_every_row_once(name, tmp_path, request, commands):
    fired, found = sweep(tmp_path, target_of(name, request), commands, list)
    print(f"{name}: {fired} of {len(found)} points fired")
    assert fired >= 0.9 * len(found)
