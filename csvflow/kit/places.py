"""Places where inputs arrive: a local folder or a store, each under one path pattern."""

from __future__ import annotations

import errno
import io
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import BinaryIO, cast

from csvflow.contract import ConfigError, Event, InputError, UnreachableError
from csvflow.kit.listing import (
    Found,
    list_local,
    list_remote,
    local_version,
    modified_at,
    remote_version,
)
from csvflow.kit.patterns import Pattern
from csvflow.kit.ranged import RangedReader
from csvflow.kit.stores import Store, local_path, public, reaching, reason


class InputPlace(ABC):
    """One path of a source."""

    pattern: Pattern

    def relative(self, uri: str) -> str | None:
        """Return the part of the URI below the pattern's root, or None outside of it."""
        root = self.pattern.root.rstrip("/") + "/"
        return uri.removeprefix(root) if uri.startswith(root) else None

    def uri(self, found: Found) -> str:
        """Return the absolute URI of what was found."""
        return f"{self.pattern.root.rstrip('/')}/{found.relative}"

    @abstractmethod
    def survey(self) -> Iterator[Found]:
        """Yield what stands there. Raises ``UnreachableError``."""

    @abstractmethod
    def event(self, uri: str, captures: Mapping[str, str]) -> Event:
        """Return the event of one object as it stands. Raises ``InputError``."""

    @abstractmethod
    def open(self, event: Event) -> BinaryIO:
        """Open that version. Raises ``InputError``."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""


class LocalPlace(InputPlace):
    """A folder on this machine. Only regular files are ever opened."""

    def __init__(self, path: str, *, follow_symlinks: bool) -> None:
        self.pattern = Pattern.of(absolute(path), local=True)
        self._follow = follow_symlinks

    def survey(self) -> Iterator[Found]:
        try:
            yield from list_local(self.pattern, follow_symlinks=self._follow)
        except OSError as error:
            raise UnreachableError(
                "source.unreachable",
                f"the folder `{self.pattern.root}` can't be listed: {reason(error)}",
                hint="make the folder, mount it, or mend the source's `path`",
            ) from error

    def event(self, uri: str, captures: Mapping[str, str]) -> Event:
        path = absolute(uri)
        if not speakable(path):
            raise InputError(
                "input.name",
                f"the name `{shown(path)}` is not UTF-8",
                hint="rename the file: its name stands in the ledger, in logs and in notices",
            )
        try:
            info = os.stat(path, follow_symlinks=self._follow)  # noqa: PTH116 -- as it is named
        except OSError as error:
            raise _complaint(error, path) from error
        if not stat.S_ISREG(info.st_mode):
            raise _no_file(path, info.st_mode)
        return Event(
            uri=path,
            version=local_version(info),
            size=info.st_size,
            modified_at=datetime.fromtimestamp(info.st_mtime, UTC),
            captures=dict(captures),
        )

    def open(self, event: Event) -> BinaryIO:
        path = os.path.realpath(event.uri) if self._follow else event.uri
        # A pipe must not block us, and a link that was put here since the listing is no file.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            handle = os.open(path, flags)
        except OSError as error:
            raise _complaint(error, event.uri) from error
        info = os.fstat(handle)
        if not stat.S_ISREG(info.st_mode) or local_version(info) != event.version:
            os.close(handle)
            if stat.S_ISREG(info.st_mode):
                raise changed(event.uri)
            raise _no_file(event.uri, info.st_mode)
        return os.fdopen(handle, "rb")

    def close(self) -> None:
        """Keep nothing open."""


class RemotePlace(InputPlace):
    """A place in a store. Objects appear whole, so they are ready at once."""

    def __init__(self, url: str) -> None:
        self.pattern = Pattern.of(url)
        if self.pattern.root.endswith(":/"):
            raise ConfigError(
                "config.pattern",
                f"`{public(url)}` has a wildcard in place of a bucket",
                hint="name the bucket; several go into a list of paths",
            )
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The store, reached when it is first needed."""
        if self._store is None:
            with reaching(self.pattern.root, "source.unreachable"):
                self._store = Store(self.pattern.root)
        return self._store

    def survey(self) -> Iterator[Found]:
        store = self.store
        pattern = Pattern(store.root, self.pattern.parts)
        with reaching(self.pattern.root, "source.unreachable"):
            yield from list_remote(store, pattern)

    def event(self, uri: str, captures: Mapping[str, str]) -> Event:
        store = self.store
        path = store.path(uri)
        gone = _gone(public(uri))
        with reaching(uri, "source.unreachable", gone=gone):
            info = store.fs.info(path)
            if info["type"] != "file":
                raise gone
            version = remote_version(info) or f"sum:{store.fs.checksum(path)}"
        return Event(
            uri=uri,
            version=version,
            size=int(info["size"] or 0),
            modified_at=modified_at(info),
            captures=dict(captures),
        )

    def open(self, event: Event) -> BinaryIO:
        store = self.store
        path = store.path(event.uri)

        def check() -> None:
            if self.event(event.uri, {}).version != event.version:
                raise changed(public(event.uri))

        def fetch(start: int, end: int) -> bytes:
            gone = _gone(public(event.uri))
            with reaching(event.uri, "source.unreachable", gone=gone):
                return bytes(store.fs.cat_file(path, start=start, end=end))

        check()
        reader = RangedReader(event.size, fetch, check)
        return cast("BinaryIO", io.BufferedReader(reader, buffer_size=2**20))

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def absolute(path: str) -> str:
    """Return a local path made absolute, a final ``/`` kept."""
    plain = local_path(path)
    text = os.path.abspath(plain)  # noqa: PTH100 -- `Path` keeps `..`
    return f"{text.rstrip('/')}/" if plain.endswith("/") else text


def speakable(name: str) -> bool:
    """Tell whether a name is text, and not bytes that only the file system understands."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """Return the name with what is no text written as escapes."""
    return os.fsencode(name).decode(errors="backslashreplace")


def changed(uri: str) -> InputError:
    """Return the error for bytes that are no longer the event's version."""
    return InputError(
        "input.changed",
        f"`{uri}` changed since it was found",
        hint="its new version is taken up as an input of its own",
    )


def _gone(uri: str) -> InputError:
    return InputError(
        "input.gone", f"`{uri}` isn't there", hint="it was moved, deleted or never written"
    )


def _no_file(path: str, mode: int) -> InputError:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a symbolic link"))
    kind = next((name for test, name in kinds if test(mode)), "a pipe, socket or device")
    return InputError(
        "input.not-a-file",
        f"`{path}` is {kind}, not a file",
        hint="name the file that it leads to, or set `follow_symlinks: true`"
        if stat.S_ISLNK(mode)
        else "only regular files are read",
    )


def _complaint(error: OSError, path: str) -> Exception:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return _gone(path)
    if error.errno == errno.ELOOP:
        return _no_file(path, stat.S_IFLNK)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return InputError(
            "input.denied", f"`{path}` can't be read: {reason(error)}", hint="mend its permissions"
        )
    if error.errno == errno.ENXIO:
        return _no_file(path, stat.S_IFSOCK)
    return UnreachableError("source.unreachable", f"`{path}` can't be read: {reason(error)}")
