"""What inotify tells of local folders: a hint that makes it quick, never the truth."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from csvflow.kit.listing import local_version

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

_KEPT_SECS = 600.0
_MANY = 10_000


class Hints:
    """Rings when something may have arrived, and remembers which files were closed or moved in.

    A folder that isn't there yet, or that was made anew, is watched from the next
    ``refresh`` on. Where the system can't watch, nothing rings.
    """

    def __init__(self) -> None:
        self._folders: list[tuple[str, bool]] = []
        self._ring: Callable[[], Any] | None = None
        self._observer: Any = None
        self._watched: dict[str, tuple[int, Any]] = {}
        self._closed: dict[str, tuple[str, float]] = {}

    def start(self, folders: list[tuple[str, bool]], ring: Callable[[], Any]) -> None:
        """Watch folders, each with or without those below it."""
        from watchdog.observers import Observer  # noqa: PLC0415 -- only a watcher needs it

        self._folders = folders
        self._ring = ring
        self._observer = Observer()
        self._observer.daemon = True
        self.refresh()
        try:
            self._observer.start()
        except OSError:
            # No inotify instance left, or no inotify: the poll finds everything, later.
            self._observer = None

    def refresh(self) -> None:
        """Watch what can be watched now."""
        if self._observer is None:
            return
        for folder, recursive in self._folders:
            try:
                inode = os.stat(folder).st_ino  # noqa: PTH116 -- as the listing names it
            except OSError:
                continue
            inode_then, watch = self._watched.get(folder, (None, None))
            if inode == inode_then:
                continue
            if watch is not None:
                with suppress(KeyError, OSError):
                    self._observer.unschedule(watch)
            with suppress(OSError):  # The limit of watches: the poll finds everything, later.
                watch = self._observer.schedule(_Handler(self._tell), folder, recursive=recursive)
                self._watched[folder] = (inode, watch)

    def stop(self) -> None:
        """Ring no more."""
        observer, self._observer, self._ring = self._observer, None, None
        if observer is not None:
            observer.stop()
            observer.join()
        self._watched.clear()

    def complete(self, path: str, version: str) -> bool:
        """Tell whether this version of the file was closed or moved in."""
        return self._closed.get(path, ("", 0.0))[0] == version

    def _tell(self, path: str, *, complete: bool) -> None:
        if complete:
            with suppress(OSError):
                info = os.lstat(path)
                self._closed[path] = (local_version(info), time.monotonic())
            if len(self._closed) > _MANY:
                # By now they have stood still for longer than any settling time.
                old = time.monotonic() - _KEPT_SECS
                for known, (_, then) in list(self._closed.items()):
                    if then < old:
                        self._closed.pop(known, None)
        ring = self._ring
        if ring is not None:
            ring()


class _Handler:
    """What watchdog calls, from its own thread."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell

    def dispatch(self, event: FileSystemEvent) -> None:
        kind = event.event_type
        if kind == "moved":
            self._tell(os.fsdecode(event.dest_path), complete=not event.is_directory)
        elif kind == "closed":
            self._tell(os.fsdecode(event.src_path), complete=True)
        elif kind == "created":
            # Moved in from elsewhere, or just begun: the listing will tell.
            self._tell(os.fsdecode(event.src_path), complete=False)
