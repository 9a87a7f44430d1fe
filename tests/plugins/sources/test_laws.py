"""Every source keeps every law. A new source adds its line to ``CASES``."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from csvflow.contract import Source
from csvflow.core import registry
from csvflow.testing.sources import SourceCase, SourceLaws

Case = Callable[[Path, pytest.FixtureRequest], SourceCase]


def source(name: str, **settings: Any) -> Callable[[], Source[Any]]:
    plugin = registry.load("source", name)
    return lambda: plugin(plugin.settings_type.model_validate(settings))


def local_files(tmp: Path, request: pytest.FixtureRequest) -> SourceCase:
    folder = tmp / "landing"
    folder.mkdir()
    written = tmp / "written"

    def put(name: str, data: bytes) -> str:
        written.write_bytes(data)
        written.replace(folder / name)
        return str(folder / name)

    return SourceCase(
        make=source("files", path=f"{folder}/*.csv", settle="0s"),
        put=put,
        remove=lambda name: (folder / name).unlink(),
        standing=lambda: {entry.name: entry.read_bytes() for entry in folder.iterdir()},
        unreachable=source("files", path=f"{tmp}/elsewhere/*.csv"),
    )


def slow_files(tmp: Path, request: pytest.FixtureRequest) -> SourceCase:
    """A folder whose files settle: what the laws put was moved in under inotify's eyes."""
    case = local_files(tmp, request)
    folder = tmp / "landing"
    patient = source("files", path=f"{folder}/*.csv", settle="1h")

    def begin(name: str, data: bytes) -> Callable[[], None]:
        stream = (folder / name).open("wb")
        stream.write(data)
        stream.flush()
        return stream.close

    return SourceCase(
        make=patient if request.function.__name__ == WRITING else case.make,
        put=case.put,
        remove=case.remove,
        standing=case.standing,
        unreachable=case.unreachable,
        begin=begin,
    )


WRITING = "test_an_input_that_is_being_written_is_not_ready"


def s3_files(tmp: Path, request: pytest.FixtureRequest) -> SourceCase:
    s3 = request.getfixturevalue("s3")

    def put(name: str, data: bytes) -> str:
        s3.put(f"landing/{name}", data)
        return f"{s3.url}/landing/{name}"

    return SourceCase(
        make=source("files", path=f"{s3.url}/landing/*.csv"),
        put=put,
        remove=lambda name: s3.delete(f"landing/{name}"),
        standing=lambda: {key.removeprefix("landing/"): s3.get(key) for key in s3.keys()},  # noqa: SIM118
        unreachable=source("files", path="s3://there-is-no-such-bucket/landing/*.csv"),
    )


def memory_files(tmp: Path, request: pytest.FixtureRequest) -> SourceCase:
    """Any other store that fsspec knows."""
    fs = fsspec.filesystem("memory")
    folder = f"/{uuid.uuid4().hex}"
    fs.mkdir(folder)

    def put(name: str, data: bytes) -> str:
        fs.pipe_file(f"{folder}/{name}", data)
        return f"memory:/{folder}/{name}"

    return SourceCase(
        make=source("files", path=f"memory:/{folder}/*.csv"),
        put=put,
        remove=lambda name: fs.rm_file(f"{folder}/{name}"),
        standing=lambda: {
            os.path.basename(path): fs.cat_file(path)  # noqa: PTH119
            for path in fs.ls(folder, detail=False)
        },
        unreachable=source("files", path="ftp://me:hush@127.0.0.1:1/landing/*.csv"),
    )


CASES: dict[str, Case] = {
    "files": local_files,
    "files-settling": slow_files,
    "files-s3": s3_files,
    "files-memory": memory_files,
}
"""``type`` or ``type-anything`` → the case. Every source in the registry must have one."""


def test_every_source_has_a_case() -> None:
    covered = {name.split("-")[0] for name in CASES}
    assert sorted(covered) == registry.names("source"), "add a line to tests/plugins/sources"


@pytest.mark.parametrize("name", CASES)
class TestSources(SourceLaws):
    @pytest.fixture
    def case(self, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> SourceCase:
        return CASES[name](tmp_path, request)
