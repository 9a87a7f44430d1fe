"""Faults at system calls, by strace: where a run changes state, and what a fault there leaves.

strace counts the calls of each thread apart: ``when=3`` fires in whichever thread first makes
its third such call. A point is therefore (system call, count), and where another thread makes
its call of that count earlier, the point is the main thread's, and strace follows it alone.
Only points whose fault was seen to fire count.
"""

import functools
import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

STATE_CHANGING = (
    "write,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,"
    "unlinkat,mkdir,mkdirat,rmdir,ftruncate,fallocate,sendto,sendmsg,copy_file_range"
)
CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)")
PLACE = re.compile(r"<([^<>]*)>|\"([^\"]*)\"")
KILL = "signal=SIGKILL"


@dataclass(frozen=True)
class Point:
    call: str
    count: int
    main: bool = False
    """Whether only the main thread is followed."""
    place: str = field(default="", compare=False)
    """The file or socket that is changed; for people, and to spread points."""


@functools.cache
def strace():
    """Return strace's path; skips only where it can't trace."""
    found = shutil.which("strace")
    required = os.environ.get("CSVFLOW_SERVICES") == "required"
    if found is None:
        (pytest.fail if required else pytest.skip)(
            "strace not found; install it with: apt-get install strace"
        )
    probe = subprocess.run(
        [found, "-o", os.devnull, "true"], capture_output=True, text=True, check=False
    )
    if probe.returncode:
        pytest.skip(f"ptrace is forbidden here: {probe.stderr.strip()}")
    return found


def traced(options, command, cwd, log, *, follow=True):
    """Run the command under strace and return the process and what strace wrote."""
    threads = ["-f"] if follow else []
    done = subprocess.run(
        [strace(), *threads, "-qq", "-o", str(log), *options, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, Path(log).read_text(errors="replace")


def calls(command, cwd, log, *more):
    """Run the command once and return its state-changing calls: thread, name and arguments."""
    options = ["--seccomp-bpf", "-y", *more, "-e", f"trace={STATE_CHANGING}", "-e", "signal=none"]
    done, text = traced(options, command, cwd, log)
    assert done.returncode == 0, done.stderr
    return [match.groups() for line in text.splitlines() if (match := CALL.match(line))]


def points(command, cwd, log):
    """Run the command once and return its points in the order in which they were passed."""
    made = calls(command, cwd, log)
    main = made[0][0]
    seen = Counter()
    furthest = Counter()
    found = []
    for thread, call, arguments in made:
        seen[thread, call] += 1
        count = seen[thread, call]
        match = PLACE.search(arguments)
        place = (match[1] or match[2] or "") if match else ""
        if count > furthest[call]:
            furthest[call] = count
            found.append(Point(call, count, place=place))
        elif thread == main:
            found.append(Point(call, count, main=True, place=place))
    return found


def spread(found, *, least, last):
    """Return at least so many points over the whole run, and all of the last.

    Of many calls in a row to one file, such as those that make a new database, the first is
    taken before the others.
    """
    head, tail = found[: len(found) - last], found[len(found) - last :]
    wanted = max(least - len(tail), 1)
    turns = [
        point
        for before, point in zip([None, *head], head, strict=False)
        if before is None or (before.call, before.place) != (point.call, point.place)
    ]
    among = turns if len(turns) >= wanted else head
    step = max(len(among) / wanted, 1)
    chosen = [among[int(number * step)] for number in range(wanted) if number * step < len(among)]
    return list(dict.fromkeys([*chosen, *tail]))


def kill(point, command, cwd, log):
    """Run the command and kill it where it enters the call; return whether it came there.

    By seccomp, strace is in nobody's way but at that call, and there it makes it wait for us:
    a signal of its own it would lose (6.1).
    """
    if point.main:
        return fire(point, KILL, command, cwd, log)[0]
    wait = f"inject={point.call}:delay_enter=600s:when={point.count}"
    Path(log).touch()
    traced = subprocess.Popen(
        [
            *(strace(), "-f", "--seccomp-bpf", "-qq", "-o", str(log)),
            *("-e", f"trace={point.call}", "-e", "signal=none", "-e", wait),
            *command,
        ],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while traced.poll() is None:
        made = Counter(
            match[1] for line in Path(log).read_text().splitlines() if (match := CALL.match(line))
        )
        there = next((thread for thread, count in made.items() if count == point.count), None)
        if there is not None:
            _end(int(there), traced)
            return True
        time.sleep(0.01)
    return False


def _end(thread, tracer):
    """Kill a thread's process, and return when it is gone and has let go of its files."""
    status = Path(f"/proc/{thread}/status").read_text()
    process = os.pidfd_open(int(re.search(r"^Tgid:\s+(\d+)", status, re.MULTILINE)[1]))
    try:
        signal.pidfd_send_signal(process, signal.SIGKILL)
        # It would wait for the delay's end, and the process for it.
        tracer.kill()
        tracer.wait()
        select.select([process], [], [])
    finally:
        os.close(process)


def fire(point, fault, command, cwd, log):
    """Run the command with the fault at the point; return (whether it fired, the process)."""
    inject = f"inject={point.call}:{fault}:when={point.count}"
    # Not with --seccomp-bpf: there strace (6.1) loses the signal.
    options = ["-e", f"trace={point.call}", "-e", inject]
    done, text = traced(options, command, cwd, log, follow=not point.main)
    # strace ends as what it traced did.
    killed = fault == KILL and done.returncode == -signal.SIGKILL
    came = fault.replace("signal=", "--- ") + " {" in text
    return killed or came or "(INJECTED)" in text, done
