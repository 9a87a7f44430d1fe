"""Which workers of this machine live: each holds an OS file lock that dies with its process.

A worker's name is ``host:pid:place-random``. The place tells by which kernel and folder its lock
can be judged: workers of another machine, of another project or behind another mount are never
taken for dead, since their lock file isn't here; their leases end by time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import threading
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from csvflow.contract import UnreachableError

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Presence:
    """This process's own lock file in ``.csvflow/workers``, and the view of others'."""

    def __init__(self, project: Path) -> None:
        self._folder = project / ".csvflow" / "workers"
        self._guard = threading.Lock()
        self._owner: str | None = None
        self._pid = 0
        self._lock: int | None = None
        _all.add(self)

    def owner(self) -> str:
        """Return the name under which this process holds leases; from now on it is alive.

        Raises ``UnreachableError`` where the disk won't have it.
        """
        with self._guard:
            if self._owner is None or self._pid != os.getpid():
                try:
                    self._arrive()
                except OSError as error:
                    self._owner = None
                    raise UnreachableError(
                        "ledger.unreachable",
                        f"no worker can sign on: {error.strerror or error}",
                        hint="nothing is lost; see that the disk has room and can be written",
                        place=str(self._folder),
                    ) from error
            return str(self._owner)

    def is_dead(self, owner: str) -> bool:
        """Tell whether an owner's process is known to be gone; its lock file goes with it."""
        if owner == self._owner or not self._judges(owner):
            return False
        return self._remove_if_free(self._file(owner))

    def close(self) -> None:
        """Let go of the lock: whatever this process still holds is void."""
        with self._guard:
            if self._owner is not None and self._pid == os.getpid():
                with suppress(OSError):
                    # What can't be removed now, the next worker's sweep removes.
                    self._file(self._owner).unlink(missing_ok=True)
                if self._lock is not None:
                    os.close(self._lock)
            self._owner = self._lock = None

    def forget_parent(self) -> None:
        """Close what a forked child inherited: a lock must not outlive the process that took it."""
        if self._lock is not None:
            with suppress(OSError):
                os.close(self._lock)
        self._owner = self._lock = None
        self._guard = threading.Lock()

    def _arrive(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()
        self._pid = os.getpid()
        name = f"{socket.gethostname()}:{self._pid}"
        self._owner = f"{name}:{self._place()}-{secrets.token_hex(4)}"
        self._lock = self._hold(self._file(self._owner))

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"

    def _place(self) -> str:
        """Return what processes share that see this folder's locks through one kernel."""
        boot = _BOOT_ID.read_text() if _BOOT_ID.exists() else ""
        stat = self._folder.stat()
        key = f"{boot}:{stat.st_dev}:{stat.st_ino}"
        return hashlib.blake2b(key.encode(), digest_size=4).hexdigest()

    def _judges(self, owner: str) -> bool:
        host, _, rest = owner.partition(":")
        place = rest.partition(":")[2].partition("-")[0]
        return host == socket.gethostname() and self._folder.exists() and place == self._place()

    def _sweep(self) -> None:
        for path in self._folder.glob("*.lock"):
            with suppress(OSError):
                self._remove_if_free(path)

    @staticmethod
    def _hold(path: Path) -> int:
        """Create and lock the file; a sweep between the two removes it, so look again."""
        while True:
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
            os.close(lock)

    @staticmethod
    def _remove_if_free(path: Path) -> bool:
        """Remove the lock file if no process holds it; tell whether that is so."""
        try:
            lock = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            # Shared: two that look at the same moment must not take each other for the owner.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(lock)


_all: WeakSet[Presence] = WeakSet()


def _after_fork() -> None:
    for presence in list(_all):
        presence.forget_parent()


os.register_at_fork(after_in_child=_after_fork)
