"""A SQLite database of csvflow's own: made whole, kept private, shared between processes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from csvflow.contract import CsvflowError, UnreachableError

BUSY_SECS = 60.0
"""How long one change waits for the changes of other processes."""

Migrations = Sequence[Sequence[str]]
"""Statements, one entry a schema version; ``PRAGMA user_version`` counts those applied."""


class SqliteFile:
    """The database at a path, opened when it is first asked; any thread may ask.

    A missing file answers with nothing; the first change creates it. Errors are
    ``ledger.unreachable``, ``ledger.damaged`` and ``ledger.newer``.
    """

    def __init__(self, path: Path, application: int, migrations: Migrations) -> None:
        self._path = path
        self._application = application
        self._migrations = migrations
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._opened_as: tuple[int, int, int] | None = None

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a query finds."""
        with self._lock, self._faults():
            db = self._connection(create=False)
            return [] if db is None else db.execute(query, values).fetchall()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction that no other process can interleave.

        Creates the file where it is missing.
        """
        with self._lock, self._faults():
            db = self._connection(create=True)
            if db is None:
                raise self._replaced()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            # A connection that a fork inherited is its parent's: closing it would drop locks.
            if self._db is not None and self._opened_as and self._opened_as[0] == os.getpid():
                self._db.close()
            self._db = None

    def _connection(self, *, create: bool) -> sqlite3.Connection | None:
        ours = self._opened_as is not None and self._opened_as[0] == os.getpid()
        opened = self._db if ours else None
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            if opened is not None:
                raise self._replaced() from None
            if not create:
                return None
            self._create()
            stat = self._path.stat()
        place = (os.getpid(), stat.st_dev, stat.st_ino)
        if opened is not None:
            if self._opened_as != place:
                raise self._replaced()
            return opened
        db = _open(self._path)
        try:
            self._check(db)
        except BaseException:
            db.close()
            raise
        self._db, self._opened_as = db, place
        return db

    def _create(self) -> None:
        """Make the empty database, whole or not at all, whoever else is making it."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if self._path.exists():
                return
            new = self._path.with_name(self._path.name + ".new")
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{new}{suffix}").unlink(missing_ok=True)
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            db = _open(new)
            try:
                db.execute(f"PRAGMA application_id = {self._application}")
                self._migrate(db)
                # Last: a write-ahead log that couldn't be emptied would stay behind, unnoticed,
                # when the file gets its name.
                mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                if mode != "wal":
                    raise sqlite3.OperationalError(f"the journal mode stays {mode}")
            finally:
                db.close()
            new.rename(self._path)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _check(self, db: sqlite3.Connection) -> None:
        if db.execute("PRAGMA application_id").fetchone()[0] != self._application:
            raise self._damaged("the file is no ledger of csvflow, or was emptied")
        # SQLite rounds up, and reads what is missing of the last page as zeros. In this order:
        # a file whose write-ahead log is empty has all its pages, and only grows.
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        wanted = pages * db.execute("PRAGMA page_size").fetchone()[0]
        if not _size(Path(f"{self._path}-wal")) and _size(self._path) < wanted:
            raise self._damaged("the ledger was cut short")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(self._migrations):
            raise CsvflowError(
                "ledger.newer",
                f"the ledger has schema {version}, this csvflow knows up to"
                f" {len(self._migrations)}",
                hint="use the version of csvflow that wrote it, or a later one",
                place=str(self._path),
            )
        if version < len(self._migrations):
            self._migrate(db)

    def _migrate(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            for statements in self._migrations[version:]:
                for statement in statements:
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(self._migrations)}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            # A table or column that isn't there is damage too: the schema is ours.
            if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}:
                raise self._damaged(f"the ledger is damaged ({error})") from error
            if isinstance(error, sqlite3.OperationalError):
                raise self._unreachable(str(error)) from error
            raise
        except OSError as error:
            raise self._unreachable(error.strerror or str(error)) from error

    def _replaced(self) -> CsvflowError:
        return self._damaged("the ledger was deleted or replaced while it was in use")

    def _damaged(self, message: str) -> CsvflowError:
        return CsvflowError(
            "ledger.damaged",
            message,
            hint="restore it from a backup; without one move it away, and know that every input"
            " then counts as new",
            place=str(self._path),
        )

    def _unreachable(self, why: str) -> UnreachableError:
        return UnreachableError(
            "ledger.unreachable",
            f"the ledger can't be used: {why}",
            hint="nothing is lost; see that its disk has room and that no program locks it",
            place=str(self._path),
        )


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECS,
        isolation_level=None,
        check_same_thread=False,
    )
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = FULL")
    return db


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
