"""A project whose workers do what the names of its files say, and load nothing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from csvflow.core import logs
from csvflow.services.batch import batch_of
from csvflow.services.dispatch import Crew
from csvflow.services.stop import Stop
from csvflow.services.watch import watch_of
from csvflow.services.wiring import ledger_of, pipelines

WORK = "support.fake_work:work"
TESTS = Path(__file__).parent.parent
YAML = """
name: orders
source: {{path: in/*.csv, settle: {settle}, trigger: {{poll: 200ms}}}}
retry: {{attempts: {attempts}, backoff: 10ms..50ms}}
{more}
sinks:
  - jsonl: out/
"""


@dataclass
class Project:
    root: Path

    def put(self, *names: str) -> None:
        for name in names:
            new = self.root / "in" / f".{name}"
            new.write_text("a\n1\n")
            new.rename(self.root / "in" / f"{name}.csv")

    def write(self, *, attempts: int = 5, settle: str = "0s", more: str = "") -> None:
        text = YAML.format(attempts=attempts, settle=settle, more=more)
        (self.root / "pipelines" / "orders.yaml").write_text(text)

    @property
    def pipelines(self):
        return pipelines(None, self.root, {})

    def batch(self, jobs: int = 2, **how: Any):
        crew = {name: how.pop(name) for name in ("attempt_secs",) if name in how}
        return batch_of(self.pipelines, Crew(jobs=jobs, work=WORK, **crew), **how)

    @contextmanager
    def watched(self, jobs: int = 2, **how: Any):
        """Run a watch in a thread; give the reports that it told."""
        told: list[Any] = []
        stop = Stop()
        broke: list[BaseException] = []

        def watch() -> None:
            try:
                crew = Crew(jobs=jobs, work=WORK, **how)
                watch_of(self.pipelines, crew, on_report=told.append, stop=stop)
            except BaseException as error:
                broke.append(error)
                raise

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield told
        finally:
            stop.request()
            thread.join(60)
            assert not thread.is_alive()
            assert not broke

    def lines(self, name: str) -> list[str]:
        path = self.root / name
        return sorted(path.read_text().split()) if path.exists() else []

    def records(self):
        with ledger_of(self.pipelines[0]) as ledger:
            return {Path(record.uri).stem: record for record in ledger.runs(limit=10_000)}


@pytest.fixture(autouse=True)
def _logs_as_before():
    before = vars(logs._state).copy()
    yield
    vars(logs._state).update(before)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    (tmp_path / "in").mkdir()
    (tmp_path / "pipelines").mkdir()
    made = Project(tmp_path)
    made.write()
    return made


def wait_for(condition: Callable[[], Any], *, secs: float = 60.0) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Tell whether the process runs; a zombie doesn't."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def descendants(pid: int) -> list[int]:
    """Return the processes that the process started, and theirs."""
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, tasks.read_text().split()):
            found += [child, *descendants(child)]
    return found
