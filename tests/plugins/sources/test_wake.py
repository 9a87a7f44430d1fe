"""What inotify tells of a local folder: rung at once, and ready without settling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csvflow.contract import UnreachableError
from csvflow.plugins.sources.files import FilesSettings, FilesSource


class Bell:
    def __init__(self) -> None:
        self._rung = threading.Condition()

    def ring(self) -> None:
        with self._rung:
            self._rung.notify_all()

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait for rings until the condition holds."""
        with self._rung:
            return self._rung.wait_for(holds, timeout=30)


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def found(landing: Path) -> Iterator[FilesSource]:
    source = FilesSource(
        FilesSettings.model_validate({"path": f"{landing}/**/*.csv", "settle": "1h"})
    )
    yield source
    source.close()


def ready(source: FilesSource) -> list[str]:
    try:
        return [Path(sight.uri).name for sight in source.survey() if sight.verdict == "ready"]
    except UnreachableError:
        return []


def test_a_closed_file_is_ready_at_once(landing: Path, found: FilesSource) -> None:
    landing.mkdir()
    bell = Bell()
    found.wake(bell.ring)
    (landing / "a.csv").write_text("k\n")
    assert bell.until(lambda: ready(found) == ["a.csv"])


def test_a_file_moved_in_is_ready_at_once(landing: Path, found: FilesSource) -> None:
    landing.mkdir()
    bell = Bell()
    found.wake(bell.ring)
    (landing / "a.csv.part").write_text("k\n")
    (landing / "a.csv.part").rename(landing / "a.csv")
    assert bell.until(lambda: ready(found) == ["a.csv"])


def test_an_open_file_is_not_ready_until_it_is_closed(landing: Path, found: FilesSource) -> None:
    landing.mkdir()
    bell = Bell()
    found.wake(bell.ring)
    with (landing / "a.csv").open("w") as stream:
        stream.write("k\n")
        stream.flush()
        (landing / "b.csv").write_text("k\n")
        assert bell.until(lambda: ready(found) == ["b.csv"])
    assert bell.until(lambda: sorted(ready(found)) == ["a.csv", "b.csv"])


def test_a_file_that_goes_on_after_its_close_is_not_ready(
    landing: Path, found: FilesSource
) -> None:
    landing.mkdir()
    bell = Bell()
    found.wake(bell.ring)
    path = landing / "a.csv"
    path.write_text("k\n")
    assert bell.until(lambda: ready(found) == ["a.csv"])
    with path.open("a") as stream:
        stream.write("1\n")
        stream.flush()
        assert ready(found) == []


def test_a_folder_that_appears_later_is_watched_from_the_next_survey(
    landing: Path, found: FilesSource
) -> None:
    bell = Bell()
    found.wake(bell.ring)
    assert ready(found) == []
    landing.mkdir()
    assert ready(found) == []
    (landing / "a.csv").write_text("k\n")
    assert bell.until(lambda: ready(found) == ["a.csv"])


def test_a_folder_made_anew_is_watched_again(landing: Path, found: FilesSource) -> None:
    landing.mkdir()
    bell = Bell()
    found.wake(bell.ring)
    landing.rename(landing.with_name("old"))
    landing.mkdir()
    assert ready(found) == []
    (landing / "a.csv").write_text("k\n")
    assert bell.until(lambda: ready(found) == ["a.csv"])


def test_nothing_rings_after_the_end(landing: Path, found: FilesSource) -> None:
    landing.mkdir()
    rings: list[int] = []
    stop = found.wake(lambda: rings.append(1))
    stop()
    (landing / "a.csv").write_text("k\n")
    stop()
    assert rings == []
