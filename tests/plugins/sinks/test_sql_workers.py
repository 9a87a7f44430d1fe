"""Several workers at one database, killed ones among them: every row is there once."""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from support.databases import Database, numbered, run_of, table
from support.sink_worker import rows_of

from csvflow.contract import RunError, UnreachableError
from csvflow.kit.sql import SideFile
from csvflow.plugins.sinks import duckdb as duckdb_sink
from csvflow.plugins.sinks import sqlite as sqlite_sink

TESTS = Path(__file__).parents[2]


def worker(database: Database, runs: list[str], rows: int, batches: int, **settings: Any):
    task = {
        "sink": database.kind,
        "settings": database.settings("t", **settings),
        "runs": runs,
        "rows": rows,
        "batches": batches,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "support.sink_worker", json.dumps(task)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_workers_side_by_side_lose_and_double_nothing(database: Database, mode: str) -> None:
    settings = {"mode": "upsert", "key": ["id"]} if mode == "upsert" else {}
    names = [[f"{letter}{number}" for number in range(4)] for letter in "ab"]
    crew = [worker(database, runs, rows=200, batches=2, **settings) for runs in names]
    for one in crew:
        _, errors = one.communicate(timeout=120)
        assert one.returncode == 0, errors
    assert database.execute("SELECT count(*), count(DISTINCT id) FROM t") == [(1600, 1600)]
    assert database.execute("SELECT count(*), sum(rows) FROM _csvflow_runs") == [(8, 1600)]
    assert database.leftovers() == []


KILLS = [
    ("opened", 1, 0.0),
    ("wrote", 2, 0.0),
    ("committing", 1, 0.0),
    ("committing", 1, 0.01),
    ("committed", 1, 0.0),
]


@pytest.mark.parametrize(("word", "times", "later"), KILLS)
def test_a_killed_load_is_there_once_after_the_next(
    database: Database, word: str, times: int, later: float
) -> None:
    database.load("t", rows_of("other", 5), run="other")
    doomed = worker(database, ["a"], rows=6_000, batches=4)
    assert doomed.stdout is not None
    assert doomed.stderr is not None
    seen = 0
    while seen < times:
        line = doomed.stdout.readline()
        assert line, doomed.stderr.read()
        seen += line.strip() == word
    time.sleep(later)  # some moment of the commit; whichever it is, the law is the same
    doomed.send_signal(signal.SIGKILL)
    doomed.communicate()
    receipt = database.load("t", rows_of("a", 6_000), run="a", token=2)
    assert receipt.rows == 6_000
    assert database.execute("SELECT count(*), count(DISTINCT id) FROM t") == [(6_005, 6_005)]
    assert database.leftovers() == []


def test_a_worker_whose_staging_is_gone_is_told_that_its_lease_is_lost(tmp_path: Path) -> None:
    for kind in ("sqlite", "duckdb"):
        database = Database(kind, tmp_path)
        rows = numbered(table(id=[1]))
        with closing(database.sink("t")) as late, closing(database.sink("t")) as successor:
            late.open(run_of("a", token=1), rows.schema)
            successor.open(run_of("a", token=2), rows.schema)
            with pytest.raises(RunError) as caught:
                late.commit()
            assert caught.value.code == "run.lease-lost"
            late.abort()
            successor.abort()
        assert database.leftovers() == []


def test_other_runs_leftovers_are_left_to_their_own_next_attempt(tmp_path: Path) -> None:
    database = Database("sqlite", tmp_path)
    other = SideFile(tmp_path / "x.sqlite", run_of("b"), "t").path
    other.write_bytes(b"staged by a worker that may be alive")
    database.load("t", table(id=[1]))
    assert database.leftovers() == [other.name]


def test_readers_and_writers_work_on_while_a_load_is_staged(tmp_path: Path) -> None:
    database = Database("sqlite", tmp_path)
    database.execute("CREATE TABLE mine (x INTEGER)")
    rows = numbered(table(id=[1, 2]))
    with closing(database.sink("t")) as sink:
        sink.open(run_of("a"), rows.schema)
        for batch in rows.to_batches():
            sink.write(batch)
        with closing(sqlite3.connect(database.path, timeout=0)) as user:
            user.execute("INSERT INTO mine VALUES (1)")
            user.commit()
        sink.commit()
    assert database.execute("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_the_users_journal_mode_stays(tmp_path: Path, journal: str) -> None:
    database = Database("sqlite", tmp_path)
    database.execute(f"PRAGMA journal_mode={journal}")
    database.load("t", table(id=[1]))
    assert database.execute("PRAGMA journal_mode") == [(journal,)]
    assert database.leftovers() == []


def test_a_sqlite_database_that_stays_locked_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_sink, "BUSY_SECS", 0.01)
    database = Database("sqlite", tmp_path)
    database.load("t", table(id=[1]))
    with closing(sqlite3.connect(database.path, isolation_level=None)) as user:
        user.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnreachableError, match="database is locked"):
            database.load("t", table(id=[2]), run="b")
    assert database.load("t", table(id=[2]), run="b", token=2).rows == 1
    assert database.leftovers() == []


def test_a_duckdb_file_that_another_process_keeps_open_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_sink, "BUSY_SECS", 0.05)
    database = Database("duckdb", tmp_path)
    keep = (
        f"import duckdb; c = duckdb.connect({str(database.path)!r}); print(1, flush=True); input()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", keep], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(UnreachableError, match="Could not set lock"):
        database.load("t", table(id=[1]))
    holder.communicate(b"\n")
    assert database.load("t", table(id=[1]), token=2).rows == 1
    assert database.leftovers() == []


def test_a_full_disk_leaves_nothing_staged_and_the_next_attempt_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database("duckdb", tmp_path)

    class Full:
        def __init__(self, path: str, schema: pa.Schema) -> None:
            Path(path).write_bytes(b"as much as there was room for")

        def write_batch(self, batch: pa.RecordBatch) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(pa.ipc, "new_stream", Full)
        with pytest.raises(UnreachableError, match="No space left on device"):
            database.load("t", table(id=[1]))
        assert database.leftovers() == []
    assert database.load("t", table(id=[1]), token=2).rows == 1


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, kind: str) -> None:
    database = Database(kind, tmp_path)
    database.path.write_bytes(b"id,name\n1,x\n" * 1000)
    with pytest.raises(Exception, match="refused the rows") as caught:
        database.load("t", table(id=[1]))
    assert getattr(caught.value, "code", "") == "sink.refused"
    assert database.path.read_bytes() == b"id,name\n1,x\n" * 1000
    assert database.leftovers() == []


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    for kind in ("sqlite", "duckdb"):
        database = Database(kind, tmp_path / "new" / "place")
        assert database.load("t", table(id=[1])).rows == 1


def test_a_big_upsert_into_duckdb_spills_beside_its_staging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_sink, "MEMORY", "40MB")
    database = Database("duckdb", tmp_path)
    rows = rows_of("a", 200_000)
    assert database.load("t", rows, mode="upsert", key=("n",)).rows == 200_000
    assert database.leftovers() == []
    with duckdb.connect(str(database.path)) as reader:
        assert reader.execute("SELECT count(DISTINCT id) FROM t").fetchall() == [(200_000,)]
