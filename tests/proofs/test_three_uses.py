"""One pipeline by watching and by batch at once, with kills: every version loads once."""

import json
import random
import signal
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest
from support import projects
from support.receiver import receiving

PATIENCE_SECS = 240
PIPELINE = """
name: orders
source: {{path: "{source}", settle: 2s, trigger: {{poll: 500ms}}}}
columns: {{id: int required, amount: "decimal(12,2)", note: text}}
sinks:
{sinks}
notify:
  - webhook: {{url: "{hook}"}}
    on: [succeeded, failed]
"""


def project(folder, **values):
    (folder / "pipelines").mkdir(parents=True)
    (folder / "landing").mkdir()
    (folder / "pipelines" / "orders.yaml").write_text(PIPELINE.format(**values))
    return folder


@contextmanager
def watching(folder):
    """Keep one watcher alive; yields a function that kills it and starts the next."""
    log = (folder / "watch.log").open("ab")
    command = [projects.CSVFLOW, "watch", "-p", "orders", "--jobs", "2"]
    children = [subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)]

    def replace():
        children[-1].send_signal(signal.SIGKILL)
        children[-1].wait()
        children.append(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))

    try:
        yield replace
        children[-1].terminate()
        assert children[-1].wait(PATIENCE_SECS) == 143, (folder / "watch.log").read_text()[-3000:]
    finally:
        children[-1].kill()
        children[-1].wait()
        log.close()


def in_sqlite(folder):
    path = folder / "out.db"
    if not path.exists():
        return []
    connection = sqlite3.connect(path)
    try:
        return sorted(row[0] for row in connection.execute("SELECT id FROM orders"))
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def wait_for(expected, read, folder):
    end = time.monotonic() + PATIENCE_SECS
    while time.monotonic() < end:
        if read() == expected:
            return
        time.sleep(0.3)
    found = read()
    missing = sorted(set(expected) - set(found))[:5]
    log = (folder / "watch.log").read_text()[-3000:]
    pytest.fail(f"{len(found)} of {len(expected)} rows; missing e.g. {missing}\n{log}")


def runs_of(folder):
    done = projects.csvflow("runs", "--json", "--limit", "5000", cwd=folder, check=0)
    return projects.report(done)["runs"]


def notices(receiver):
    """Return what was delivered; a repeated delivery keeps its id."""
    return [json.loads(text) for text in receiver.texts]


def write_slowly(path, text):
    """Write for longer than `settle`, and never be still for as long as that."""
    with path.open("w") as file:
        for start in range(0, len(text), 10):
            file.write(text[start : start + 10])
            file.flush()
            time.sleep(0.1)


def check_runs(folder, versions, receiver, kills):
    runs = [run for run in runs_of(folder) if run["state"] == "succeeded"]
    assert len(runs) == versions
    assert all(projects.balanced(run["report"]["rows"]) for run in runs)
    end = time.monotonic() + PATIENCE_SECS
    while len({item["id"] for item in notices(receiver)}) < versions and time.monotonic() < end:
        time.sleep(0.2)
    told = notices(receiver)
    assert {item["data"]["run_id"] for item in told} == {run["run_id"] for run in runs}
    assert len({item["id"] for item in told}) == versions
    # A kill between a delivery and its note in the ledger repeats it, with the same id.
    assert len(told) <= versions + 2 * kills


@pytest.mark.timeout(900)
def test_three_hundred_files_watched_batched_and_killed_load_once(tmp_path, postgres_url):
    chance = random.Random(11)
    with receiving() as receiver:
        sinks = (
            "  - sqlite: {path: out.db, table: orders}\n"
            f'  - postgres: {{url: "{postgres_url}", table: orders}}\n'
            "  - parquet: {path: out/}"
        )
        folder = project(
            tmp_path / "project", source="landing/*.csv", sinks=sinks, hook=receiver.url()
        )
        landing = folder / "landing"

        def text(number):
            return projects.lines(number * 10, 10)

        slow = []
        with watching(folder) as replace_watcher, ThreadPoolExecutor(20) as pool:
            for number in range(260):
                path = landing / f"orders-{number:03}.csv"
                kind = number % 13
                if kind == 0:
                    slow.append(pool.submit(write_slowly, path, text(number)))
                elif kind == 1:
                    path.write_text(text(number))
                else:
                    aside = landing / f"orders-{number:03}.csv.tmp"
                    aside.write_text(text(number))
                    aside.rename(path)
                if chance.random() < 0.1:
                    (landing / f"junk-{number}.csv.part").write_text("half")
                if number in (90, 180):
                    replace_watcher()
                if number == 120:
                    beside = subprocess.Popen(
                        [projects.CSVFLOW, "-q", "batch", "-p", "orders", "--jobs", "2"], cwd=folder
                    )
            first = list(range(2600))
            wait_for(first, lambda: in_sqlite(folder), folder)
            assert beside.wait(PATIENCE_SECS) == 0
            assert all(writing.result() is None for writing in slow)
            # Forty are overwritten: another version, whose rows are appended once.
            for number in range(40):
                aside = folder / "aside"
                aside.write_text(text(300 + number))
                aside.rename(landing / f"orders-{number:03}.csv")
            expected = first + list(range(3000, 3400))
            wait_for(expected, lambda: in_sqlite(folder), folder)
            deadline = time.monotonic() + PATIENCE_SECS
            while time.monotonic() < deadline and len(parquet_ids(folder)) < len(expected):
                time.sleep(0.2)
        assert in_sqlite(folder) == expected
        with psycopg.connect(postgres_url) as connection:
            found = connection.execute("SELECT id FROM orders ORDER BY id").fetchall()
        assert [row[0] for row in found] == expected
        assert sorted(parquet_ids(folder)) == expected
        check_runs(folder, 300, receiver, kills=2)


def parquet_ids(folder):
    files = sorted((folder / "out").glob("*.parquet"))
    return [value for path in files for value in pq.read_table(path)["id"].to_pylist()]


@pytest.mark.timeout(900)
def test_objects_in_s3_watched_batched_and_killed_load_once(tmp_path, s3):
    with receiving() as receiver:
        sinks = (
            f'  - sqlite: {{path: out.db, table: orders}}\n  - parquet: {{path: "{s3.url}/out/"}}'
        )
        folder = project(
            tmp_path / "project", source=f"{s3.url}/landing/*.csv", sinks=sinks, hook=receiver.url()
        )
        with watching(folder) as replace_watcher:
            for number in range(40):
                s3.put(f"landing/orders-{number:03}.csv", projects.lines(number * 10, 10).encode())
                s3.put(f"landing/junk-{number:03}.csv.tmp", b"half")
                if number in (10, 25):
                    replace_watcher()
            done = projects.csvflow("batch", "-p", "orders", "--jobs", "2", "--json", cwd=folder)
            assert done.returncode == 0, done.stderr
            first = list(range(400))
            wait_for(first, lambda: in_sqlite(folder), folder)
            for number in range(5):
                body = projects.lines(500 + number * 10, 10).encode()
                s3.put(f"landing/orders-{number:03}.csv", body)
            expected = first + list(range(500, 550))
            wait_for(expected, lambda: in_sqlite(folder), folder)
        files = pafs.S3FileSystem(
            endpoint_override=s3.endpoint.removeprefix("http://"),
            scheme="http",
            access_key="test",
            secret_key="test",
            region="us-east-1",
        )
        ids = []
        for key in sorted(s3.keys()):
            if key.startswith("out/"):
                ids += pq.read_table(f"{s3.bucket}/{key}", filesystem=files)["id"].to_pylist()
        assert sorted(ids) == expected
        check_runs(folder, 45, receiver, kills=2)
