"""A pool of worker processes: a crash, a memory limit or a time limit ends one attempt only.

Each worker has a thread here that starts it when there is something to do, gives it one job at a
time and takes the result. A worker that dies takes its attempt with it and nothing else; the next
job gets a new one.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, Literal, TypeVar

from csvflow.core import logs
from csvflow.services.jobs import Job, JobResult

T = TypeVar("T")

WORK = "csvflow.services.work:work"
ABORT_SECS = 5.0
"""How long an attempt may take to abort before its process is ended."""

Fault = Literal["died", "too-long", "interrupted"]


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A job's end."""

    task: T
    result: JobResult | None
    """None where the attempt ended without one; then ``fault`` says how."""
    fault: Fault | None
    pid: int
    exit_code: int | None = None
    """Of the worker that died: ``-9`` means signal 9."""


class Pool(Generic[T]):
    """Worker processes; each end of a job is told to ``tell``, from a thread of its own."""

    def __init__(
        self,
        jobs: int,
        tell: Callable[[Done[T]], None],
        *,
        work: str = WORK,
        attempt_secs: float | None = None,
    ) -> None:
        self.tell = tell
        self.work = work
        self.attempt_secs = attempt_secs
        self.tasks: SimpleQueue[tuple[T, str, Job] | None] = SimpleQueue()
        self.draining = False
        self._hands = [_Hand(self, number) for number in range(max(1, jobs))]

    def submit(self, task: T, pipeline: str, job: Job) -> None:
        """Have the job done by the next worker that is free."""
        self.tasks.put((task, pipeline, job))

    def drain(self, grace_secs: float) -> None:
        """Let what is under way end within the grace, then have it aborted; stop all workers.

        Jobs that no worker has begun are dropped.
        """
        self.draining = True
        for _ in self._hands:
            self.tasks.put(None)
        self._join(grace_secs)
        for hand in self._hands:
            hand.terminate()
        self._join(ABORT_SECS)
        self.kill()
        self._join(ABORT_SECS)

    def kill(self) -> None:
        """End all workers at once, as a crash would."""
        for hand in self._hands:
            hand.kill()

    def _join(self, secs: float) -> None:
        deadline = time.monotonic() + secs
        for hand in self._hands:
            hand.thread.join(max(0.0, deadline - time.monotonic()))


class _Hand(Generic[T]):
    """The thread of one worker process."""

    def __init__(self, pool: Pool[T], number: int) -> None:
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._buffer = b""
        self._killed = False
        self._stopping = False
        # Workers die with the thread that started them, so it lives as long as they do.
        self.thread = threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True)
        self.thread.start()

    def terminate(self) -> None:
        self._stopping = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        self._killed = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _serve(self) -> None:
        while (item := self._pool.tasks.get()) is not None:
            if self._pool.draining or self._killed:
                continue
            task, pipeline, job = item
            self._pool.tell(self._do(task, pipeline, job))
        self._stop()

    def _do(self, task: T, pipeline: str, job: Job) -> Done[T]:
        process, channel, ready = self._worker()
        message = {"pipeline": pipeline, "job": job.model_dump(mode="json")}
        try:
            if not ready:
                # The time limit is the attempt's; starting a process isn't part of it.
                self._answer(channel, None)
            channel.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")
            answer = self._answer(channel, self._pool.attempt_secs)
        except TimeoutError:
            process.kill()
            self._bury()
            return Done(task, None, "too-long", process.pid)
        except OSError:
            answer = None
        if answer is None:
            code = self._bury()
            fault: Fault = "interrupted" if self._killed or self._stopping else "died"
            return Done(task, None, fault, process.pid, code)
        if "interrupted" in answer:
            self._bury()
            return Done(task, None, "interrupted", process.pid)
        return Done(task, JobResult.model_validate(answer["result"]), None, process.pid)

    def _worker(self) -> tuple[subprocess.Popen[bytes], socket.socket, bool]:
        """Return the worker and whether it is ready: a new one still has to say so."""
        if self._process is not None and self._channel is not None:
            if self._process.poll() is None:
                return self._process, self._channel, True
            self._bury()
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = str(theirs.fileno())
            command = [sys.executable, "-P", "-m", "csvflow.services.worker"]
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our module
                [*command, descriptor, str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=2,  # what user code prints must not be among our results
                pass_fds=[theirs.fileno()],
            )
        self._channel, self._buffer = ours, b""
        hello = {"work": self._pool.work, "logs": logs.configured()}
        ours.sendall(json.dumps(hello).encode() + b"\n")
        return self._process, ours, False

    def _answer(self, channel: socket.socket, limit: float | None) -> dict[str, Any] | None:
        """Return the next line as data; None if the worker is gone."""
        deadline = None if limit is None else time.monotonic() + limit
        while b"\n" not in self._buffer:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([channel], [], [], left)[0]:
                raise TimeoutError
            received = channel.recv(1 << 16)
            if not received:
                return None
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _bury(self) -> int | None:
        code = None
        if self._process is not None:
            try:
                code = self._process.wait(ABORT_SECS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None
        return code

    def _stop(self) -> None:
        if self._channel is not None:
            with suppress(OSError):  # it may be gone already
                self._channel.sendall(b"{}\n")
        self._bury()
