"""A file beside a database file that holds what is staged, so that reading locks nobody."""

from __future__ import annotations

import glob
import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from csvflow.contract import Run, UnreachableError
from csvflow.kit.durable import make_folder


@dataclass(frozen=True, slots=True)
class SideFile:
    """Where one attempt stages for one table; named after run, table and token."""

    database: Path
    run: Run
    table: str
    """Two sinks of a pipeline may fill two tables of one database."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.with_name(f"{self._prefix}{self.run.token}")

    @property
    def spill(self) -> Path:
        """A folder for what the database has no room for in memory."""
        return Path(f"{self.path}.spill")

    def prepare(self) -> None:
        """Make room: create the folder, remove what this run's earlier attempts left."""
        make_folder(self.database.parent, 0o777)
        for left in self.database.parent.glob(glob.escape(self._prefix) + "*"):
            token = left.name.removeprefix(self._prefix).split(".", 1)[0]
            if token.isdecimal() and int(token) <= self.run.token:
                _remove(left)

    def remove(self) -> None:
        """Remove the file; nothing happens if it isn't there."""
        _remove(self.path)
        _remove(self.spill)

    @property
    def _prefix(self) -> str:
        table = hashlib.blake2b(self.table.encode(), digest_size=4).hexdigest()
        return f"{self.database.name}.csvflow-{self.run.id}-{table}-"


def unreachable(database: Path, why: str) -> UnreachableError:
    """Return the error of a database file that can't be used now."""
    return UnreachableError(
        "sink.unreachable",
        f"database `{database}` is out of reach: {why}",
        hint="nothing was loaded; try again when it can be opened and no other process holds it",
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        # Where the folder turned out to be a file, nothing was staged.
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
