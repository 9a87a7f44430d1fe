"""What stands in the files, byte by byte, and how they get there."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.file_sinks import read, rfc4180

from csvflow.contract import ConfigError, Sink, SinkError, UnreachableError
from csvflow.core import registry
from csvflow.testing.sinks import run


def made(name: str, path: object, **more: Any) -> Sink[Any]:
    plugin = registry.load("sink", name)
    return plugin(plugin.settings_type.model_validate({"path": str(path), **more}))


def load(sink: Sink[Any], table: pa.Table) -> Path:
    with closing(sink):
        sink.open(run("a"), table.schema)
        for batch in table.to_batches():
            sink.write(batch)
        return Path(sink.commit().target)


MIXED = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "na,me": pa.array(["plain", 'a "b", c', ""]),
        "amount": pa.array([Decimal("1.10"), Decimal("-0.00"), None], pa.decimal128(12, 2)),
        "tiny": pa.array([Decimal("0.00000001"), None, Decimal(1)], pa.decimal128(12, 8)),
        "share": pa.array([0.1, float("inf"), float("nan")]),
        "ok": pa.array([True, False, None]),
        "day": pa.array([date(2026, 2, 1), None, date(1, 1, 1)]),
        "at": pa.array(
            [datetime(2026, 1, 1, 10), datetime(2026, 1, 1, 10, 0, 0, 500000), None],  # noqa: DTZ001
            pa.timestamp("us"),
        ),
        "utc": pa.array(
            [datetime(2026, 1, 1, 10, tzinfo=UTC), None, None], pa.timestamp("us", "Europe/Paris")
        ),
        "tod": pa.array([time(10, 30), time(1, 2, 3, 4), None], pa.time64("us")),
    }
)


def test_csv_is_quoted_where_it_must_be_and_nulls_stay_apart_from_empty_text(
    tmp_path: Path,
) -> None:
    assert load(made("csv", tmp_path / "x.csv"), MIXED).read_text() == (
        'id,"na,me",amount,tiny,share,ok,day,at,utc,tod\n'
        "1,plain,1.10,0.00000001,0.1,true,2026-02-01,2026-01-01T10:00:00,2026-01-01T10:00:00Z,10:30:00\n"
        '2,"a ""b"", c",0.00,,inf,false,,2026-01-01T10:00:00.500000,,01:02:03.000004\n'
        ',"",,1.00000000,nan,,0001-01-01,,,\n'
    )


def test_jsonl_has_exact_numbers(tmp_path: Path) -> None:
    assert load(made("jsonl", tmp_path / "x.jsonl"), MIXED).read_text() == (
        '{"id":1,"na,me":"plain","amount":1.10,"tiny":0.00000001,"share":0.1,"ok":true,'
        '"day":"2026-02-01","at":"2026-01-01T10:00:00","utc":"2026-01-01T10:00:00Z","tod":"10:30:00"}\n'
        '{"id":2,"na,me":"a \\"b\\", c","amount":0.00,"tiny":null,"share":"Infinity","ok":false,'
        '"day":null,"at":"2026-01-01T10:00:00.500000","utc":null,"tod":"01:02:03.000004"}\n'
        '{"id":null,"na,me":"","amount":null,"tiny":1.00000000,"share":"NaN","ok":null,'
        '"day":"0001-01-01","at":null,"utc":null,"tod":null}\n'
    )


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"delimiter": ";"}, "a;b\n1;x,y\n;\n"),
        ({"delimiter": "\t"}, "a\tb\n1\tx,y\n\t\n"),
        ({"delimiter": "|", "header": False}, "1|x,y\n|\n"),
        ({"nulls": "NULL"}, 'a,b\n1,"x,y"\nNULL,NULL\n'),
    ],
)
def test_csv_in_other_dialects(tmp_path: Path, more: dict[str, Any], text: str) -> None:
    table = pa.table({"a": pa.array([1, None]), "b": pa.array(["x,y", None])})
    assert load(made("csv", tmp_path / "x.csv", **more), table).read_text() == text


def test_text_that_spells_a_null_is_quoted(tmp_path: Path) -> None:
    table = pa.table({"a": ["NULL", None, ""], "b": ["x", "y", "z"]})
    assert load(made("csv", tmp_path / "x.csv", nulls="NULL"), table).read_text() == (
        'a,b\n"NULL",x\nNULL,y\n"",z\n'
    )


def test_a_row_of_one_null_is_no_empty_line(tmp_path: Path) -> None:
    table = pa.table({"a": ["x", None, "y"]})
    assert load(made("csv", tmp_path / "x.csv"), table).read_text() == 'a\nx\n""\ny\n'


def test_parquet_keeps_lists_structs_and_columns_of_nothing(tmp_path: Path) -> None:
    table = pa.table(
        {
            "words": pa.array([["a", "b"], None, []]),
            "place": pa.array([{"x": 1, "y": None}, None, {"x": 2, "y": 3}]),
            "none": pa.nulls(3),
            "kind": pa.array(["a", None, "a"]).dictionary_encode(),
        }
    )
    written = pq.read_table(load(made("parquet", tmp_path / "x.parquet"), table))
    assert written.to_pylist() == [
        {"words": ["a", "b"], "place": {"x": 1, "y": None}, "none": None, "kind": "a"},
        {"words": None, "place": None, "none": None, "kind": None},
        {"words": [], "place": {"x": 2, "y": 3}, "none": None, "kind": "a"},
    ]


@pytest.mark.parametrize(
    ("compression", "level", "message"),
    [
        ("gzip", 10, "`compression: gzip` has levels up to 9"),
        ("snappy", 1, "`compression: snappy` has no levels"),
        ("none", 1, "`compression: none` has no levels"),
    ],
)
def test_a_level_that_the_codec_lacks_is_refused_before_any_run(
    compression: str, level: int, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        made("parquet", "out/", compression=compression, level=level)
    made("parquet", "out/", compression="gzip", level=9)


def test_formulas_are_written_as_they_are_unless_asked(tmp_path: Path) -> None:
    texts = ["=1+1", "+49 30", "-5", "@x", "\tx", "\uff1d1", "a=b"]
    table = pa.table({"t": texts, "n": [-1] * 7})
    rows = rfc4180(load(made("csv", tmp_path / "x.csv"), table).read_text())
    assert rows[1:] == [[text, "-1"] for text in texts]
    escaped = load(made("csv", tmp_path / "y.csv", escape_formulas=True), table)
    assert rfc4180(escaped.read_text())[1:] == [
        [text, "-1"] for text in ["'=1+1", "'+49 30", "'-5", "'@x", "'\tx", "'\uff1d1", "a=b"]
    ]


def test_a_columns_name_is_no_formula_either(tmp_path: Path) -> None:
    table = pa.table({"=cmd()": ["x"], "-1": ["y"], "n": ["z"]})
    plain = load(made("csv", tmp_path / "x.csv"), table).read_text()
    assert plain == "=cmd(),-1,n\nx,y,z\n"
    escaped = load(made("csv", tmp_path / "y.csv", escape_formulas=True), table).read_text()
    assert escaped == "'=cmd(),'-1,n\nx,y,z\n"


@pytest.mark.parametrize(("nulls", "delimiter"), [("a,b", ","), (";", ";")])
def test_a_null_that_would_be_two_fields_is_refused(nulls: str, delimiter: str) -> None:
    with pytest.raises(ValidationError, match="can't have the delimiter in it"):
        made("csv", "out/", nulls=nulls, delimiter=delimiter)


TEXTS = st.lists(st.lists(st.none() | st.text(max_size=8), min_size=2, max_size=2), max_size=8)


@pytest.mark.parametrize("name", ["csv", "jsonl"])
@settings(derandomize=True, deadline=None, max_examples=60)
@given(rows=TEXTS)
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, rows: list[list[str | None]]
) -> None:
    columns = list(zip(*rows, strict=True)) or [(), ()]
    table = pa.table(
        {"a": pa.array(columns[0], pa.string()), "b": pa.array(columns[1], pa.string())}
    )
    path = load(made(name, tmp_path_factory.mktemp("x") / f"x.{name}"), table)
    assert read(path.name, path.read_bytes()) == [{"a": a, "b": b} for a, b in rows]


def test_gzip_by_the_suffix_or_by_the_setting(tmp_path: Path) -> None:
    table = pa.table({"a": [1]})
    assert (
        gzip.decompress(load(made("csv", tmp_path / "x.csv.gz"), table).read_bytes()) == b"a\n1\n"
    )
    packed = load(made("jsonl", f"{tmp_path}/out/", compression="gzip"), table)
    assert packed.name == "a-61616161616161616161.jsonl.gz"
    assert gzip.decompress(packed.read_bytes()) == b'{"a":1}\n'


def test_views_are_plain_text_in_parquet(tmp_path: Path) -> None:
    views = pa.array(["x", "", None], pa.string_view())
    path = load(made("parquet", tmp_path / "x.parquet"), pa.table({"a": views}))
    written = pq.read_table(path)
    assert written.schema.field("a").type == pa.string()
    assert written.column("a").to_pylist() == ["x", "", None]


def test_parquet_is_compact_and_exact(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array(range(1000), pa.int64()),
            "country": pa.array(["de", "fr", "it", None] * 250),
            "note": pa.array([f"note {number}" for number in range(1000)]),
            "amount": pa.array(
                [Decimal(number) / 100 for number in range(1000)], pa.decimal128(12, 2)
            ),
        }
    )
    path = load(made("parquet", tmp_path / "x.parquet", row_group_rows=400), table)
    file = pq.ParquetFile(path)
    group = file.metadata.row_group(0)
    dictionaries = [
        group.column(at).path_in_schema
        for at in range(4)
        if "RLE_DICTIONARY" in group.column(at).encodings
    ]
    assert dictionaries == ["country"]
    assert "DELTA_BINARY_PACKED" in group.column(0).encodings
    assert {group.column(at).compression for at in range(4)} == {"ZSTD"}
    assert group.column(3).physical_type == "INT64"
    assert [file.metadata.row_group(at).num_rows for at in range(3)] == [400, 400, 200]
    assert file.read() == table


def test_parquet_has_statistics_where_they_tell_something(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array(range(1000)),
            "country": ["de", "fr", "it", "es"] * 250,
            "code": [f"{number:04}" for number in range(1000)],
            "hash": [hashlib.sha256(str(number).encode()).hexdigest() for number in range(1000)],
        }
    )
    path = load(made("parquet", tmp_path / "x.parquet"), table)
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = [group.column(at) for at in range(4)]
    told = {
        column.path_in_schema: (column.statistics.min, column.statistics.max)
        for column in columns
        if column.statistics is not None and column.statistics.has_min_max
    }
    assert told == {"id": (0, 999), "country": ("de", "it"), "code": ("0000", "0999")}


def test_parquet_for_old_readers_has_old_encodings(tmp_path: Path) -> None:
    table = pa.table({"id": pa.array(range(1000)), "share": [n / 7 for n in range(1000)]})
    path = load(made("parquet", tmp_path / "x.parquet", encodings="classic"), table)
    group = pq.ParquetFile(path).metadata.row_group(0)
    assert {name for at in range(2) for name in group.column(at).encodings} == {"PLAIN", "RLE"}
    assert pq.read_table(path) == table


def test_others_read_what_we_write(tmp_path: Path) -> None:
    import polars as pl

    path = load(made("parquet", tmp_path / "x.parquet", level=1), MIXED)
    frame = pl.read_parquet(path)
    assert frame["id"].to_list() == [1, 2, None]
    assert frame["amount"].to_list() == [Decimal("1.10"), Decimal("0.00"), None]
    assert frame["day"].to_list() == [date(2026, 2, 1), None, date(1, 1, 1)]


@pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "lz4", "none"])
def test_parquet_has_its_codecs(tmp_path: Path, codec: str) -> None:
    path = load(made("parquet", tmp_path / "x.parquet", compression=codec), MIXED)
    assert pq.read_table(path).column("id").to_pylist() == [1, 2, None]


def test_a_folder_gets_one_file_a_run(tmp_path: Path) -> None:
    path = load(made("csv", f"{tmp_path}/out/{{pipeline}}"), pa.table({"a": [1]}))
    assert path == tmp_path / "out" / "laws" / "a-61616161616161616161.csv"


def test_the_target_shows_the_template(tmp_path: Path) -> None:
    assert made("csv", "/out/").target == "/out/{stem}-{run_id}.csv"
    assert made("csv", "ftp://me:hush@host/x.csv").target == "ftp://host/x.csv"


def test_a_percent_sign_in_a_name_makes_no_folder(tmp_path: Path) -> None:
    sink = made("csv", f"file://{tmp_path}/out/{{name}}.csv")
    of = run("..%2f..%2fx")
    with closing(sink):
        sink.open(of, pa.schema([("a", pa.int64())]))
        sink.commit()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["_..%2f..%2fx.csv.csv"]


def test_a_bad_template_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ConfigError) as caught:
        made("csv", "out/{x.__class__}.csv")
    assert caught.value.code == "config.template"


def test_bytes_are_on_disk_before_the_name_and_the_name_before_the_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def spy(module: Any, name: str, word: Callable[..., str]) -> None:
        real = getattr(module, name)

        def told(*args: Any, **more: Any) -> Any:
            said.append(word(*args))
            return real(*args, **more)

        monkeypatch.setattr(module, name, told)

    spy(os, "fsync", lambda handle: f"sync {Path(f'/proc/self/fd/{handle}').readlink().name}")
    spy(Path, "replace", lambda path, target: f"{path.name} becomes {target.name}")
    load(made("csv", tmp_path / "new" / "deep" / "x.csv"), pa.table({"a": [1]}))
    staged = ".x.csv.61616161616161616161-1.staged"
    assert said == [
        f"sync {tmp_path.name}",
        "sync new",
        f"sync {staged}",
        f"{staged} becomes x.csv",
        "sync deep",
    ]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet"])
def test_a_full_disk_is_out_of_reach_and_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    name = suffix.split(".")[1]
    path = load(made(name, f"{tmp_path}/x{suffix}"), pa.table({"a": [1]}))
    before = path.read_bytes()
    sink = made(name, path)
    noise = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(200_000)]
    with closing(sink):
        sink.open(run("b"), pa.schema([("a", pa.string())]))
        full = os.open("/dev/full", os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(full, sink._staged.stream.fileno())
        os.close(full)
        with pytest.raises(UnreachableError, match="No space left on device"):
            sink.write(pa.record_batch({"a": noise}))
        sink.abort()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [f"x{suffix}"]


def test_staging_that_was_cleared_away_is_never_committed(tmp_path: Path) -> None:
    sink = made("csv", tmp_path / "x.csv")
    with closing(sink):
        sink.open(run("a"), pa.schema([("a", pa.int64())]))
        for entry in tmp_path.iterdir():
            entry.unlink()
        with pytest.raises(SinkError) as caught:
            sink.commit()
    assert caught.value.code == "sink.staging-gone"


def test_a_link_in_place_of_the_staged_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".x.csv.61616161616161616161-1.staged").symlink_to(victim)
    load(made("csv", out / "x.csv"), pa.table({"a": [1]}))
    assert victim.read_text() == "precious"
    assert [entry.name for entry in out.iterdir()] == ["x.csv"]


def test_other_runs_and_other_files_are_left_alone(tmp_path: Path) -> None:
    names = [
        ".x.csv.62626262626262626262-1.staged",
        ".x.csv",
        "x.csv.61616161616161616161-1.staged",
    ]
    for name in names:
        (tmp_path / name).write_text("theirs")
    with closing(made("csv", f"{tmp_path}/")) as sink:
        sink.open(run("a", token=5), pa.schema([("a", pa.int64())]))
        sink.abort()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(names)


def test_what_csvflow_keeps_for_itself_is_for_its_user_alone(tmp_path: Path) -> None:
    kept = load(made("csv", f"{tmp_path}/p/.csvflow/rejects/{{pipeline}}/"), pa.table({"a": [1]}))
    modes = {path.name: path.stat().st_mode & 0o777 for path in (kept, *kept.parents[:3])}
    assert modes == {
        "a-61616161616161616161.csv": 0o600,
        "laws": 0o700,
        "rejects": 0o700,
        ".csvflow": 0o700,
    }
    umask = os.umask(0o022)
    try:
        shared = load(made("csv", tmp_path / "out" / "x.csv"), pa.table({"a": [1]}))
    finally:
        os.umask(umask)
    assert shared.stat().st_mode & 0o777 == 0o644


def test_what_another_user_left_in_the_temporary_folder_stops_no_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    second = run("a", token=2)
    left = tmp_path / f"csvflow-{second.id}-1-x.staged"
    left.write_bytes(b"")
    unlink = Path.unlink

    def refused(path: Path, *, missing_ok: bool = False) -> None:
        if path == left:
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    with closing(made("jsonl", "memory://left/x.jsonl")) as sink:
        sink.open(second, MIXED.schema)
        sink.write(MIXED.to_batches()[0])
        assert sink.commit().rows == 3
    assert list(tmp_path.iterdir()) == [left]
