"""Files and folders of this machine: made by nobody else, found again after a power cut."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path


def try_folder(folder: Path) -> Path:
    """Write a file into the folder, or the nearest above it that is there, and remove it again.

    Returns that folder. Raises ``OSError``.
    """
    while not folder.exists():
        folder = folder.parent
    probe = folder / f".csvflow-probe-{secrets.token_hex(6)}.staged"
    try:
        os.close(create(probe, 0o600))
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):
            probe.unlink()
    return folder


def create(path: Path, mode: int) -> int:
    """Return a descriptor of a file that wasn't there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(path, flags, mode)


def make_folder(folder: Path, mode: int) -> None:
    """Make a folder and those above it, each durable in the one that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent, mode if ".csvflow" in folder.parent.parts else 0o777)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_lower(folder: Path, pattern: str, token: int) -> None:
    """Remove the files whose names match, with a token in the first group that is lower."""
    with os.scandir(folder) as entries:
        stale = [
            entry.path
            for entry in entries
            if (found := re.fullmatch(pattern, entry.name, re.DOTALL)) and int(found[1]) < token
        ]
    for path in stale:
        Path(path).unlink(missing_ok=True)
