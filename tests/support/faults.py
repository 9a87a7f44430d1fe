"""Faults at system calls, by strace: where a run changes state, and what a kill there leaves.

strace counts the calls of each thread apart: ``when=3`` fires in whichever thread first makes
its third such call. A point is therefore (system call, count in a thread); only those whose
fault was seen to fire count.
"""

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

STATE_CHANGING = (
    "write,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,"
    "unlinkat,mkdir,mkdirat,rmdir,ftruncate,fallocate,sendto,sendmsg,copy_file_range"
)
CALL = re.compile(r"^(\d+)\s+(\w+)\(")


@dataclass(frozen=True)
class Point:
    call: str
    count: int


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


def traced(options, command, cwd, log):
    """Run the command under strace and return the process and what strace wrote."""
    done = subprocess.run(
        [strace(), "-f", "--seccomp-bpf", "-qq", "-o", str(log), *options, *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, Path(log).read_text(errors="replace")


def points(command, cwd, log):
    """Run the command once and return its points in the order in which they were passed."""
    done, text = traced(["-e", f"trace={STATE_CHANGING}", "-e", "signal=none"], command, cwd, log)
    assert done.returncode == 0, done.stderr
    seen = Counter()
    found = {}
    for line in text.splitlines():
        match = CALL.match(line)
        if match is None:
            continue
        thread, call = match.groups()
        seen[thread, call] += 1
        found.setdefault(Point(call, seen[thread, call]), None)
    return list(found)


def spread(found, *, least, last):
    """Return at least so many points over the whole run, and all of the last."""
    tail = found[-last:]
    head = found[: len(found) - len(tail)]
    wanted = max(least - len(tail), 1)
    step = max(len(head) / wanted, 1)
    chosen = [head[int(index * step)] for index in range(wanted) if int(index * step) < len(head)]
    return list(dict.fromkeys([*chosen, *tail]))


def fire(point, fault, command, cwd, log):
    """Run the command with the fault at the point; return (whether it fired, the process)."""
    inject = f"inject={point.call}:{fault}:when={point.count}"
    done, text = traced(["-e", f"trace={point.call}", "-e", inject], command, cwd, log)
    return "+++ killed by SIGKILL" in text or "(INJECTED)" in text, done
