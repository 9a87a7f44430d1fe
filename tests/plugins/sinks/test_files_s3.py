"""Files in a bucket: nothing before the commit, one whole object after it."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from support.file_sinks import read
from support.s3 import S3

from csvflow.contract import Event, Run, Sink, SinkError
from csvflow.core import registry
from csvflow.testing.sinks import run, table

SCHEMA = pa.schema([("k", pa.int64()), ("note", pa.string())])


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def made(name: str, path: str) -> Sink:
    plugin = registry.load("sink", name)
    return plugin(plugin.settings_type.model_validate({"path": path}))


def batch(*keys: int) -> pa.RecordBatch:
    rows = [{"k": row["k"], "note": row["note"]} for row in table(*keys)]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl.zst", ".parquet"])
def test_a_run_is_one_object(s3: S3, spool: Path, suffix: str) -> None:
    with closing(made(suffix.split(".")[1], f"{s3.url}/out/{{stem}}{suffix}")) as sink:
        sink.open(run("a"), SCHEMA)
        sink.write(batch(1, 2))
        assert s3.keys() == []
        assert len(list(spool.iterdir())) == 1
        receipt = sink.commit()
    assert (receipt.target, receipt.rows) == (f"{s3.url}/out/a{suffix}", 2)
    assert s3.keys() == [f"out/a{suffix}"]
    rows = read(suffix, s3.get(f"out/a{suffix}"))
    assert [(int(row["k"]), row["note"]) for row in rows] == [(1, "note 1"), (2, "note 2")]
    assert list(spool.iterdir()) == []


def test_an_awkward_name_is_one_key(s3: S3) -> None:
    event = Event(uri="/in/a::b %41 [x]?#.csv", version="v", size=1, captures={"p": "../../x"})
    of = run("a").model_copy(update={"event": event})
    with closing(made("csv", f"{s3.url}/out/{{p}}/{{stem}}.csv")) as sink:
        sink.open(of, SCHEMA)
        assert sink.commit().rows == 0
    (key,) = s3.keys()
    folder, _, name = key.removeprefix("out/").partition("/")
    assert folder.startswith("_.._.._x~")
    assert name == "a::b %41 [x]?#.csv"


def test_a_bucket_that_is_not_there_refuses_and_leaves_nothing(s3: S3, spool: Path) -> None:
    with closing(made("csv", "s3://there-is-none/out/")) as sink:
        sink.open(run("a"), SCHEMA)
        with pytest.raises(SinkError) as caught:
            sink.commit()
        sink.abort()
    assert caught.value.code == "sink.refused"
    assert list(spool.iterdir()) == []


def test_what_a_killed_worker_spooled_is_removed_by_the_next(s3: S3, spool: Path) -> None:
    killed = made("csv", f"{s3.url}/out/")
    killed.open(_token(1), SCHEMA)
    stale = set(spool.iterdir())
    with closing(made("csv", f"{s3.url}/out/")) as sink:
        sink.open(_token(2), SCHEMA)
        assert stale.isdisjoint(spool.iterdir())
    killed.close()


def _token(token: int) -> Run:
    return run("a", token=token)
