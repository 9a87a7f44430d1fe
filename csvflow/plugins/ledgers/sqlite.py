"""The ``sqlite`` ledger: what was tried and how it ended, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from csvflow.contract import Examples, Place, Settings, UnreachableError
from csvflow.kit.durable import try_folder
from csvflow.kit.ledger.schema import APPLICATION, MIGRATIONS
from csvflow.kit.ledger.writing import SqlLedger
from csvflow.kit.sqlite_file import SqliteFile


class SqliteSettings(Settings):
    """Where the ledger is."""

    path: Place = ".csvflow/ledger.db"
    """The database file, on a disk of this machine: SQLite's locks don't hold over a network."""


class SqliteLedger(SqlLedger[SqliteSettings]):
    """The book of runs in one SQLite file. Made by the first claim, readable by its owner only.

    Any number of processes of one machine may share it. Every change is on disk before it is
    reported (write-ahead log, `synchronous=FULL`). Leases are points in UTC wall time, the only
    clock that processes share: a clock that leaps forward ends leases early, which costs an
    attempt (its token is refused), never a row.
    """

    shorthand = "path"
    examples: ClassVar[Examples] = {
        "The default": {"path": ".csvflow/ledger.db"},
        "One ledger for several projects": {"path": "/var/lib/csvflow/ledger.db"},
    }

    def __init__(self, settings: SqliteSettings) -> None:
        super().__init__(settings)
        self._file = SqliteFile(Path(settings.path), APPLICATION, MIGRATIONS)

    def probe(self) -> Sequence[str]:
        path = Path(self.settings.path)
        if path.exists():
            self._file.rows("SELECT 1 FROM runs LIMIT 0")
            return (f"opened {path}",)
        try:
            folder = try_folder(path.parent)
        except OSError as error:
            raise UnreachableError(
                "ledger.unreachable",
                f"the ledger can't be made: {error.strerror}",
                hint="let the project's folder be writable, or set `ledger` to another path",
                place=str(path),
            ) from error
        return (f"wrote to {folder} and removed it", "the ledger isn't there yet")

    def rows(self, query: str, *values: Any) -> Sequence[Mapping[str, Any]]:
        return [dict(row) for row in self._file.rows(query, *values)]

    def change(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._file.change()

    def close(self) -> None:
        self._file.close()
