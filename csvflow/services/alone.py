"""Who is at a pipeline: every ``batch`` and ``watch`` says so, and ``--exclusive`` asks.

Two file locks a pipeline. One is held, shared, by whoever is at it; the other by the exclusive
one alone, which also holds the first by itself for the moment that it takes to see that nobody
else does. So nobody waits for longer than that moment, and the holds end with their processes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from csvflow.contract import RunError, UnreachableError
from csvflow.core.pipeline.model import Pipeline


@contextmanager
def at_work(pipeline: Pipeline, *, exclusive: bool) -> Iterator[None]:
    """Be known to be at the pipeline, inside the ``with``; by oneself with ``exclusive``.

    Raises ``RunError`` (``run.busy``) if that can't be.
    """
    folder = pipeline.project / ".csvflow" / "exclusive"
    everyone = _opened(folder, f"{pipeline.name}.shared.lock")
    try:
        if not exclusive:
            fcntl.flock(everyone, fcntl.LOCK_SH)
            yield
            return
        alone = _opened(folder, f"{pipeline.name}.lock")
        try:
            try:
                fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(everyone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunError(
                    "run.busy",
                    f"another batch or a watch is at the pipeline `{pipeline.name}`",
                    hint="it goes on by itself; without `--exclusive` both share the inputs",
                    place=str(pipeline.path),
                ) from None
            # Not exclusive ones needn't wait: the first lock keeps out the exclusive ones.
            fcntl.flock(everyone, fcntl.LOCK_SH)
            yield
        finally:
            os.close(alone)
    finally:
        os.close(everyone)


def _opened(folder: Path, name: str) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / name, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise UnreachableError(
            "run.io",
            f"the lock of a pipeline can't be made: {error.strerror or error}",
            hint="see that the disk has room and that `.csvflow` can be written",
            place=str(folder / name),
        ) from error
