"""A file written beside its place and moved there in one step, so that it is whole or absent."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from csvflow.contract import CsvflowError, Run, SinkError, UnreachableError
from csvflow.kit.durable import create, make_folder, remove_lower, sync_folder, try_folder
from csvflow.kit.stores import Store, is_local, local_path, public, reaching, reason

_ATOMIC = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"}
"""Stores in which an upload is seen whole or not at all; elsewhere it is moved into place."""

_REFUSALS = {
    errno.EACCES,
    errno.EEXIST,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
"""What stays as it is however often it is tried; a full disk may not."""


class Staged(Protocol):
    """One file on its way."""

    stream: BinaryIO

    def publish(self) -> None:
        """Move it to its final name, atomically and durably, over what is there."""

    def discard(self) -> None:
        """Remove it; harmless after ``publish`` and when repeated."""


def stage(target: str, run: Run) -> Staged:
    """Begin a file whose final place is ``target``; removes the run's staging of lower tokens.

    Raises ``UnreachableError`` and ``SinkError``.
    """
    return _Beside(target, run) if is_local(target) else _Spooled(target, run)


def complaint(error: OSError, target: str) -> CsvflowError:
    """Return the error that a local file system's complaint is to the user."""
    if error.errno in _REFUSALS:
        return SinkError(
            "sink.refused",
            f"`{target}` can't be written: {reason(error)}",
            hint="mend the path or its permissions",
        )
    return UnreachableError(
        "sink.unreachable",
        f"`{target}` can't be written: {reason(error)}",
        hint="nothing is lost; it is tried again, or run the command again",
    )


def try_place(folder: str) -> str:
    """Write a file into a folder of this machine or of a store, and remove it again.

    Returns the folder. Raises ``UnreachableError`` and ``SinkError``.
    """
    if is_local(folder):
        try:
            return str(try_folder(Path(local_path(folder))))
        except OSError as error:
            raise complaint(error, folder) from error
    with reaching(folder, "sink.unreachable", gone=_refused(folder), refused=_refused(folder)):
        store = Store(folder.rstrip("/"))
        try:
            key = f"{store.root}/.csvflow-probe-{secrets.token_hex(6)}.staged"
            store.fs.pipe_file(key, b"")
            store.fs.rm_file(key)
        finally:
            store.close()
    return public(folder)


def is_there(target: str) -> bool:
    """Tell whether a file stands at a final place. Raises ``UnreachableError``."""
    if is_local(target):
        return Path(target).exists()
    with reaching(target, "sink.unreachable"):
        store = Store(target)
        try:
            return bool(store.fs.exists(store.root))
        finally:
            store.close()


def remove(target: str) -> None:
    """Remove a published file, durably; nothing happens where there is none."""
    if is_local(target):
        path = Path(target)
        try:
            path.unlink()
            sync_folder(path.parent)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise complaint(error, target) from error
        return
    with reaching(target, "sink.unreachable"):
        store = Store(target)
        try:
            if store.fs.exists(store.root):
                store.fs.rm_file(store.root)
        finally:
            store.close()


class _Beside:
    """A hidden sibling of the final file, on the same file system."""

    def __init__(self, target: str, run: Run) -> None:
        self.target = Path(target)
        self.path = self.target.with_name(f".{self.target.name}.{run.id}-{run.token}.staged")
        try:
            if self.target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            # What csvflow keeps for itself, rejects among it, is raw data of the inputs.
            private = ".csvflow" in self.target.parts
            make_folder(self.target.parent, 0o700 if private else 0o777)
            # What this token left: the same attempt, opened again.
            self.path.unlink(missing_ok=True)
            if run.token > 1:
                remove_lower(self.target.parent, rf"\..*\.{run.id}-(\d+)\.staged", run.token)
            self.stream: BinaryIO = os.fdopen(create(self.path, 0o600 if private else 0o666), "wb")
        except OSError as error:
            raise complaint(error, target) from error

    def publish(self) -> None:
        try:
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()
            self.path.replace(self.target)
            sync_folder(self.target.parent)
        except FileNotFoundError as error:
            raise SinkError(
                "sink.staging-gone",
                f"what was staged for `{self.target}` is gone; nothing was committed",
                hint="another worker took the run over, or a clean-up removed hidden files",
            ) from error
        except OSError as error:
            raise complaint(error, str(self.target)) from error

    def discard(self) -> None:
        _close(self.stream)
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


class _Spooled:
    """A local temporary file; nothing reaches the store before it is whole."""

    def __init__(self, target: str, run: Run) -> None:
        self.target = target
        folder = Path(tempfile.gettempdir())
        # Another user's leftovers aren't ours to remove.
        with suppress(PermissionError):
            remove_lower(folder, rf"csvflow-{run.id}-(\d+)-.*\.staged", run.token)
        self.store: Store | None = None
        try:
            spool, name = tempfile.mkstemp(".staged", f"csvflow-{run.id}-{run.token}-", folder)
        except OSError as error:
            raise complaint(error, str(folder)) from error
        self.path = Path(name)
        self.stream: BinaryIO = os.fdopen(spool, "wb")
        self._beside = f".{target.rpartition('/')[2]}.{run.id}-{run.token}.staged"

    def publish(self) -> None:
        try:
            self.stream.close()
        except OSError as error:
            raise complaint(error, str(self.path)) from error
        refused = _refused(self.target)
        with reaching(self.target, "sink.unreachable", gone=refused, refused=refused):
            self.store = self.store or Store(self.target)
            self._upload(self.store)
        self.path.unlink(missing_ok=True)

    def _upload(self, store: Store) -> None:
        key = store.root
        if store.scheme in _ATOMIC:
            store.fs.put_file(str(self.path), key)
            return
        folder = key.rpartition("/")[0]
        beside = f"{folder}/{self._beside}"
        store.fs.makedirs(folder, exist_ok=True)
        store.fs.put_file(str(self.path), beside)
        if store.fs.exists(key):
            store.fs.rm_file(key)
        store.fs.mv(beside, key)

    def discard(self) -> None:
        _close(self.stream)
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        if self.store is not None:
            self.store.close()
            self.store = None


def _refused(target: str) -> SinkError:
    return SinkError(
        "sink.refused",
        f"`{public(target)}` can't be written: no such place, or no permission",
        hint="make the bucket, or allow this account to write there",
    )


def _close(stream: BinaryIO) -> None:
    # What is thrown away needn't reach the disk: a full one must not keep us from removing it.
    with suppress(OSError, ValueError):
        stream.close()
