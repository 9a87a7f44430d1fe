"""A watched folder that others can write to: what is taken, and what never is."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from csvflow.contract import ConfigError, InputError, Sight, UnreachableError
from csvflow.plugins.sources.files import FilesSettings, FilesSource


def source(path: str | list[str], **settings: Any) -> FilesSource:
    return FilesSource(FilesSettings.model_validate({"path": path, "settle": 0, **settings}))


def seen(found: FilesSource) -> dict[str, Sight]:
    return {Path(sight.uri).name: sight for sight in found.survey()}


def ready(found: FilesSource) -> list[str]:
    return sorted(sight.uri for sight in found.survey() if sight.verdict == "ready")


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


def test_captures_come_with_the_event(landing: Path) -> None:
    (landing / "north").mkdir()
    (landing / "north" / "a.csv").write_text("k\n")
    found = source(f"{landing}/{{partner}}/*.csv")
    (sight,) = found.survey()
    assert sight.event is not None
    assert sight.event.captures == {"partner": "north"}
    assert found.matches(str(landing / "north" / "a.csv")) == {"partner": "north"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("._x.csv", "its name begins with `.`"),
        (".hidden.csv", "its name begins with `.`"),
        ("a.csv.tmp", "its name says that it is still being written"),
        ("a.csv.part", "its name says that it is still being written"),
        ("a.csv.crdownload", "its name says that it is still being written"),
        ("a.csv~", "its name says that it is still being written"),
        ("a_draft.csv", "`ignore` has `*_draft*`"),
    ],
)
def test_names_that_are_never_taken(landing: Path, name: str, why: str) -> None:
    (landing / name).write_text("k\n")
    found = source(f"{landing}/*", ignore=["*_draft*"])
    assert list(found.survey()) == [Sight(f"{landing}/{name}", "filtered", why=why)]
    assert found.matches(f"{landing}/{name}") is None


def test_another_name_says_that_the_path_does_not_match(landing: Path) -> None:
    (landing / "notes.txt").write_text("x")
    (sight,) = source(f"{landing}/*.csv").survey()
    assert sight == Sight(
        f"{landing}/notes.txt", "filtered", why="doesn't match the source's `path`"
    )


def test_hidden_folders_are_never_entered(landing: Path) -> None:
    (landing / ".csvflow" / "rejects").mkdir(parents=True)
    (landing / ".csvflow" / "rejects" / "a.csv").write_text("k\n")
    assert list(source(f"{landing}/**/*.csv").survey()) == []


@pytest.mark.parametrize(
    "name",
    [
        "a b.csv",
        "100%.csv",
        "[x]*.csv",
        "{y}.csv",
        "line\nbreak.csv",
        "é漢.csv",
        "-rf.csv",
        "#?.csv",
    ],
)
def test_any_name_can_be_read(landing: Path, name: str) -> None:
    (landing / name).write_bytes(b"k\n1\n")
    found = source(f"{landing}/*.csv")
    (sight,) = found.survey()
    assert sight.event is not None
    assert sight.event == found.event(f"{landing}/{name}")
    with found.open(sight.event) as stream:
        assert stream.read() == b"k\n1\n"


def test_an_object_under_two_paths_is_shown_once(landing: Path) -> None:
    (landing / "a.csv").write_text("k\n")
    (landing / "b.txt").write_text("k\n")
    found = source([f"{landing}/*.csv", f"{landing}/*"])
    assert ready(found) == [f"{landing}/a.csv", f"{landing}/b.txt"]


def test_a_file_url_is_a_local_path(landing: Path) -> None:
    (landing / "a b.csv").write_text("k\n")
    found = source(f"file://{landing}/*.csv")
    assert ready(found) == [f"{landing}/a b.csv"]
    assert found.event(f"file://{landing}/a%20b.csv").uri == f"{landing}/a b.csv"


def test_a_file_named_by_hand_may_stand_elsewhere(landing: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("k\n1\n")
    found = source(f"{landing}/*.csv")
    event = found.event(str(other))
    assert found.matches(str(other)) is None
    with found.open(event) as stream:
        assert stream.read() == b"k\n1\n"


def test_a_link_is_not_followed(landing: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hush")
    (landing / "a.csv").symlink_to(secret)
    found = source(f"{landing}/*.csv")
    assert seen(found)["a.csv"].verdict == "filtered"
    with pytest.raises(InputError) as caught:
        found.event(f"{landing}/a.csv")
    assert caught.value.code == "input.not-a-file"


def test_a_link_to_a_folder_is_not_entered(landing: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "a.csv").write_text("hush")
    (landing / "in").symlink_to(tmp_path / "secrets")
    assert ready(source(f"{landing}/**/*.csv")) == []
    assert ready(source(f"{landing}/**/*.csv", follow_symlinks=True)) == []


def test_links_within_the_folder_can_be_followed(landing: Path) -> None:
    (landing / "real").mkdir()
    (landing / "real" / "a.csv").write_bytes(b"k\n1\n")
    (landing / "b.csv").symlink_to(landing / "real" / "a.csv")
    found = source(f"{landing}/*.csv", follow_symlinks=True)
    sight = seen(found)["b.csv"]
    assert sight.event is not None
    with found.open(sight.event) as stream:
        assert stream.read() == b"k\n1\n"


def test_links_that_lead_out_are_never_followed(landing: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("hush")
    (landing / "a.csv").symlink_to(tmp_path / "secret.csv")
    found = source(f"{landing}/*.csv", follow_symlinks=True)
    assert seen(found)["a.csv"].why == "it is a symbolic link that leads out of the folder"


def test_a_loop_of_links_ends(landing: Path) -> None:
    (landing / "a").mkdir()
    (landing / "a" / "x.csv").write_text("k\n")
    (landing / "a" / "up").symlink_to(landing)
    found = source(f"{landing}/**/*.csv", follow_symlinks=True)
    assert len(ready(found)) >= 1


def test_pipes_sockets_and_devices_are_never_opened(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(landing)
    os.mkfifo("pipe.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.csv")
        found = source(f"{landing}/*.csv")
        assert {name: sight.why for name, sight in seen(found).items()} == {
            "pipe.csv": "it is a pipe, socket or device",
            "socket.csv": "it is a pipe, socket or device",
        }
        for name in ("pipe.csv", "socket.csv"):
            with pytest.raises(InputError) as caught:
                found.event(f"{landing}/{name}")
            assert caught.value.code == "input.not-a-file"


def test_a_pipe_in_place_of_the_file_does_not_block(landing: Path) -> None:
    (landing / "a.csv").write_text("k\n")
    found = source(f"{landing}/*.csv")
    event = found.event(f"{landing}/a.csv")
    (landing / "a.csv").unlink()
    os.mkfifo(landing / "a.csv")
    with pytest.raises(InputError):
        found.open(event)


def test_a_file_swapped_for_a_link_between_listing_and_opening_leaks_nothing(
    landing: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"hush")
    target = landing / "a.csv"
    stop = threading.Event()

    def swap() -> None:
        good, bad = tmp_path / "good", tmp_path / "bad"
        while not stop.is_set():
            good.write_bytes(b"good")
            good.replace(target)
            bad.symlink_to(secret)
            bad.replace(target)

    target.write_bytes(b"good")
    swapper = threading.Thread(target=swap)
    swapper.start()
    leaks = reads = refusals = 0
    try:
        found = source(f"{landing}/*.csv")
        while reads < 200 or refusals < 200:
            try:
                with found.open(found.event(str(target))) as stream:
                    leaks += stream.read() != b"good"
                    reads += 1
            except InputError:
                refusals += 1
    finally:
        stop.set()
        swapper.join()
    assert leaks == 0


def test_a_missing_folder_is_out_of_reach_and_found_when_it_is_there(tmp_path: Path) -> None:
    found = source(f"{tmp_path}/later/*.csv")
    with pytest.raises(UnreachableError) as caught:
        list(found.survey())
    assert caught.value.code == "source.unreachable"
    (tmp_path / "later").mkdir()
    assert list(found.survey()) == []


def test_a_folder_that_cannot_be_listed_is_told(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open", "closed"):
        (landing / name).mkdir()
        (landing / name / "a.csv").write_text("k\n")
    listed = os.scandir

    def refused(path: str) -> Any:
        if path.endswith("/closed"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    found = source(f"{landing}/**/*.csv")
    assert ready(found) == [f"{landing}/open/a.csv"]
    (told,) = [sight for sight in found.survey() if sight.verdict == "filtered"]
    assert (told.uri, told.why) == (f"{landing}/closed", "it is a folder that can't be listed")


def test_a_folder_is_no_input(landing: Path) -> None:
    (landing / "sub.csv").mkdir()
    assert list(source(f"{landing}/*.csv").survey()) == []
    with pytest.raises(InputError, match="is a folder, not a file"):
        source(f"{landing}/*.csv").event(f"{landing}/sub.csv")


def test_touching_is_a_new_version_and_reading_is_not(landing: Path) -> None:
    path = landing / "a.csv"
    path.write_text("k\n")
    found = source(f"{landing}/*.csv")
    first = found.event(str(path))
    path.read_text()
    assert found.event(str(path)) == first
    os.utime(path, ns=(1, 1))
    assert found.event(str(path)).version != first.version


def test_an_overwrite_that_keeps_size_and_mtime_is_a_new_version(landing: Path) -> None:
    path = landing / "a.csv"
    path.write_bytes(b"old")
    found = source(f"{landing}/*.csv")
    before = path.stat()
    first = found.event(str(path))
    time.sleep(0.02)  # Beyond the clock that stamps ctime.
    path.write_bytes(b"new")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(InputError) as caught:
        found.open(first)
    assert caught.value.code == "input.changed"


class Clock:
    """The clocks that the source looks at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real, steady = time.time, time.monotonic
        monkeypatch.setattr("csvflow.plugins.sources.files.time.time", lambda: real() + self.ahead)
        monkeypatch.setattr(
            "csvflow.plugins.sources.files.time.monotonic", lambda: steady() + self.ahead
        )


def test_a_file_is_ready_when_it_stood_still(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    found = source(f"{landing}/*.csv", settle="60s")
    (landing / "a.csv").write_text("k\n")
    assert seen(found)["a.csv"].verdict == "not-ready"
    clock.ahead = 61
    assert seen(found)["a.csv"].verdict == "ready"
    assert found.settle_secs() == 60.0


def test_an_old_mtime_does_not_make_a_file_ready(landing: Path) -> None:
    (landing / "a.csv").write_text("k\n")
    os.utime(landing / "a.csv", (0, 0))
    assert seen(source(f"{landing}/*.csv", settle="60s"))["a.csv"].verdict == "not-ready"


def test_a_file_from_the_future_settles_by_being_looked_at_twice(
    landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (landing / "a.csv").write_text("k\n")
    steady = time.monotonic()
    now = time.time()
    ahead = [0.0]
    monkeypatch.setattr("csvflow.plugins.sources.files.time.time", lambda: now - 86400)
    monkeypatch.setattr("csvflow.plugins.sources.files.time.monotonic", lambda: steady + ahead[0])
    found = source(f"{landing}/*.csv", settle="60s")
    assert seen(found)["a.csv"].verdict == "not-ready"
    ahead[0] = 59.0
    assert seen(found)["a.csv"].verdict == "not-ready"
    ahead[0] = 61.0
    assert seen(found)["a.csv"].verdict == "ready"
    (landing / "a.csv").write_text("k\n2\n")
    assert seen(found)["a.csv"].verdict == "not-ready"


def test_a_file_named_by_hand_is_not_waited_for(landing: Path) -> None:
    (landing / "a.csv").write_text("k\n")
    assert source(f"{landing}/*.csv", settle="1h").event(f"{landing}/a.csv").size == 2


@pytest.mark.parametrize("path", ["in/{a}-{a}.csv", "in/{}.csv", "s3://*/a.csv"])
def test_a_path_that_can_not_work_is_refused(path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(source(path).survey())
    assert caught.value.code == "config.pattern"


def test_a_name_that_is_no_text_stops_nobody_else(landing: Path) -> None:
    (landing / os.fsdecode(b"caf\xe9.csv")).write_text("k\n")
    (landing / "a.csv").write_text("k\n")
    found = source(f"{landing}/*.csv")
    assert ready(found) == [f"{landing}/a.csv"]
    odd = next(sight for sight in found.survey() if sight.verdict == "filtered")
    assert odd == Sight(f"{landing}/caf\\xe9.csv", "filtered", why="its name is not UTF-8")
    with pytest.raises(InputError) as caught:
        found.event(os.fsdecode(b"/x/caf\xe9.csv"))
    assert caught.value.code == "input.name"
