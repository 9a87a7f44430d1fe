"""Where the file sinks stand for the laws: on local disk and in a real bucket."""

from __future__ import annotations

import gzip
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from support.s3 import S3

from csvflow.contract import Sink
from csvflow.core import registry
from csvflow.testing.sinks import SinkCase

Rows = list[dict[str, Any]]


def local(
    name: str, suffix: str, *, exact: bool = False, **settings: Any
) -> Callable[[Any], SinkCase]:
    """A file sink over a folder: a file a run, or with ``exact`` one that each run replaces."""
    return lambda world: _local(world.tmp, name, suffix, exact=exact, settings=settings)


def _local(
    tmp: Path, name: str, suffix: str, *, exact: bool, settings: Mapping[str, Any]
) -> SinkCase:
    (tmp / "file").write_text("in the way")
    folder = tmp / "out"
    path = f"{folder}/all{suffix}" if exact else f"{folder}/"

    def files() -> list[Path]:
        return sorted(entry for entry in tmp.rglob("*") if entry.is_file())

    def rows() -> Iterable[Mapping[str, Any]]:
        for file in files():
            if file.parent == folder and not file.name.startswith("."):
                assert file.name.endswith(suffix)
                yield from read(file.name, file.read_bytes())

    return SinkCase(
        make=_maker(name, path, settings),
        rows=rows,
        staged=lambda: [file.name for file in files() if ".staged" in file.name],
        unreachable=_maker(name, "ftp://me:hush@127.0.0.1:1/out/", settings),
        refusing=_maker(name, f"{tmp}/file/out/", settings),
        accumulates=not exact,
        secret="hush",
    )


def bucket(name: str, suffix: str, **settings: Any) -> Callable[[Any], SinkCase]:
    """A file sink over a bucket."""
    return lambda world: _bucket(world, name, suffix, settings)


def _bucket(world: Any, name: str, suffix: str, settings: Mapping[str, Any]) -> SinkCase:
    s3: S3 = world.fixture("s3")
    world.fixture("monkeypatch").setattr(tempfile, "tempdir", str(world.tmp))

    def rows() -> Iterable[Mapping[str, Any]]:
        for key in s3.keys():  # noqa: SIM118 -- no mapping
            assert key.endswith(suffix)
            yield from read(key, s3.get(key))

    def staged() -> list[str]:
        mine = [entry.name for entry in world.tmp.iterdir()]
        return [*mine, *s3.pending_uploads()]

    return SinkCase(
        make=_maker(name, f"{s3.url}/lake/orders/", settings),
        rows=rows,
        staged=staged,
        unreachable=_maker(name, "ftp://me:hush@127.0.0.1:1/out/", settings),
        refusing=_maker(name, "s3://no-such-bucket-here/out/", settings),
        secret="hush",
    )


def _maker(name: str, path: str, settings: Mapping[str, Any]) -> Callable[[], Sink[Any]]:
    plugin = registry.load("sink", name)
    return lambda: plugin(plugin.settings_type.model_validate({"path": path, **settings}))


def read(name: str, data: bytes) -> Rows:
    """Read a file as somebody else's program would."""
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    if name.endswith(".zst"):
        data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    if ".parquet" in name:
        return pq.read_table(io.BytesIO(data)).to_pylist()
    if "json" in name:
        lines = data.decode().removesuffix("\n").split("\n") if data else []
        return [json.loads(line, parse_float=Decimal) for line in lines]
    return _read_csv(data.decode())


def _read_csv(text: str) -> Rows:
    records = rfc4180(text)
    header = records[0]
    return [dict(zip(header, record, strict=True)) for record in records[1:]]


_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)')


def rfc4180(text: str) -> list[list[str | None]]:
    """Parse CSV by the grammar; an empty field without quotes is None, with them the empty text."""
    records: list[list[str | None]] = [[]]
    at = 0
    while at < len(text):
        field = _FIELD.match(text, at)
        assert field is not None, f"no CSV at {at}: {text[at : at + 40]!r}"
        quoted, plain, end = field.groups()
        records[-1].append(quoted.replace('""', '"') if quoted is not None else plain or None)
        if end == "\n":
            records.append([])
        at = field.end()
    return records[:-1]
