"""The inside of a worker process: jobs come over a socket as JSON lines, results go back.

Started by ``csvflow.services.workers`` as ``python -m csvflow.services.worker FD``. It ends when
its parent ends: on Linux the kernel sees to it, elsewhere the socket's end does. SIGTERM aborts
the attempt under way and gives its run back; SIGINT is the parent's to judge.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue
from types import FrameType
from typing import Any

from csvflow.core.allocation import keep_freed
from csvflow.core.interrupts import interrupt

_PR_SET_PDEATHSIG = 1
"""``prctl(2)``."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM, raised where the attempt is."""


class _Worker:
    """One worker's state: whether an attempt is under way, and whether it is to end."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.jobs: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self.working = False
        self.ending = False

    def on_term(self, _signum: int, _frame: FrameType | None) -> None:
        if self.ending:
            return
        self.ending = True
        if self.working:
            interrupt(_Terminated())
        else:
            self.jobs.put(None)

    def read(self) -> None:
        """Pass on what the parent sends; when it is gone, be gone too."""
        with self.channel.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                message = json.loads(line)
                self.jobs.put(message or None)
                if not message:
                    return
        # Nobody will take the result: the run is void as after any crash.
        os._exit(1)

    def send(self, message: dict[str, Any]) -> None:
        self.channel.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def serve(self, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Do jobs until the parent says that there are no more, or until SIGTERM."""
        while not self.ending and (job := self.jobs.get()) is not None:
            try:
                self.working = True
                result = work(job)
                self.working = False
            except KeyboardInterrupt:
                result = {"interrupted": True}
                self.ending = True
            finally:
                self.working = False
            self.send(result)


def _attempt(work: Callable[..., Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    from csvflow.contract import CsvflowError, UnreachableError  # noqa: PLC0415
    from csvflow.core.logs import get_logger  # noqa: PLC0415
    from csvflow.services.jobs import Job, JobResult  # noqa: PLC0415
    from csvflow.services.losses import failed, log_failed  # noqa: PLC0415

    log = get_logger()

    def attempt(message: dict[str, Any]) -> dict[str, Any]:
        job = Job.model_validate(message["job"])
        name = message["pipeline"]
        try:
            result = work(job)
        except CsvflowError as error:
            transient = isinstance(error, UnreachableError)
            result = JobResult(report=failed(name, job.event, error), transient=transient)
            log_failed(result.report, transient=transient)
        except Exception as fault:
            log.exception("internal_fault")
            broken = CsvflowError(
                "internal.error",
                f"csvflow or a plugin broke: {type(fault).__name__}: {fault}",
                hint="run it again with --debug and report it",
                place=job.event.uri,
            )
            result = JobResult(report=failed(name, job.event, broken))
            log_failed(result.report, transient=False)
        return {"result": result.model_dump(mode="json")}

    return attempt


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(descriptor: int, parent: int) -> None:
    """Serve the parent behind the socket until it has no more jobs."""
    _die_with(parent)
    keep_freed()
    worker = _Worker(socket.socket(fileno=descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, worker.on_term)
    threading.Thread(target=worker.read, name="parent", daemon=True).start()
    hello = worker.jobs.get()
    if hello is None:
        return
    if hello["logs"]:
        from csvflow.core import logs  # noqa: PLC0415

        logs.configure(*hello["logs"])
    module, _, function = hello["work"].partition(":")
    inside = import_module(module)
    worker.send({"ready": True})
    try:
        worker.serve(_attempt(getattr(inside, function)))
    finally:
        close = getattr(inside, "close", None)
        if close is not None:
            close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
