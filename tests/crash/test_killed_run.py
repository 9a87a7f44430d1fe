"""A run killed at any system call that changes state, and done again, is as if never killed."""

import csv
import json
import sqlite3

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from support import faults, projects

LEAST, LAST = 40, 20
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


def again(target, folder):
    done = projects.csvflow(*command(target, folder)[1:], cwd=folder, check=0)
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


def sweep(tmp_path, target, choose):
    """Kill at each of the chosen points; return how many fired, and all that there are."""
    profile = projects.make(tmp_path / "profile", target.sinks)
    projects.orders(profile)
    found = faults.points(command(target, profile), profile, tmp_path / "profile.log")
    assert sorted(target.read(profile)) == projects.EXPECTED
    fired = 0
    for number, point in enumerate(choose(found)):
        folder = projects.make(tmp_path / f"at-{number}", target.sinks)
        projects.orders(folder)
        struck, _ = faults.fire(
            point, "signal=SIGKILL", command(target, folder), folder, tmp_path / "fire.log"
        )
        fired += struck
        again(target, folder)
        assert sorted(target.read(folder)) == projects.EXPECTED, point
        assert rejected(folder) == sorted(projects.BAD), point
        assert projects.left_over(folder) == [], point
    return fired, found


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["sqlite", "postgres", "parquet", "csv"])
def test_a_run_killed_at_a_system_call_loads_every_row_once(name, tmp_path, request):
    fired, _ = sweep(
        tmp_path,
        target_of(name, request),
        lambda found: faults.spread(found, least=LEAST + 5, last=LAST),
    )
    assert fired >= LEAST


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", [*TARGETS, "postgres"])
def test_a_run_killed_at_every_system_call_loads_every_row_once(name, tmp_path, request):
    fired, found = sweep(tmp_path, target_of(name, request), list)
    print(f"{name}: {fired} of {len(found)} points fired")
    assert fired >= 0.9 * len(found)
