"""The part of a SQL sink that is the same for every database in a local file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, TypeVar

import pyarrow as pa
from pydantic import field_validator

from csvflow.contract import Place, Receipt
from csvflow.kit.durable import sync_folder, try_folder
from csvflow.kit.sql.database import Database
from csvflow.kit.sql.marker import lease_lost
from csvflow.kit.sql.names import Table
from csvflow.kit.sql.settings import TableSettings
from csvflow.kit.sql.sink import TableSink
from csvflow.kit.sql.staging import SideFile, unreachable


class FileTableSettings(TableSettings):
    """Where the database is, and which of its tables."""

    path: Place
    """Database file on this machine. Created when missing, with its folder."""

    @field_validator("path")
    @classmethod
    def _is_local(cls, path: str) -> str:
        if "://" in path:
            raise ValueError("a database file is on this machine: write its path, without a scheme")
        if path.endswith("/") or Path(path).is_dir():
            raise ValueError("it is a folder; name the database's file in it")
        return path


F = TypeVar("F", bound=FileTableSettings)


class FileTableSink(TableSink[F]):
    """Rows staged in a side file, then loaded in one short transaction."""

    begins: ClassVar[str] = "BEGIN"
    """The statement that begins a transaction which writes."""

    def __init__(self, settings: F) -> None:
        super().__init__(settings)
        self.path = Path(settings.path).absolute()
        self.side: SideFile | None = None
        self.staging = False

    @property
    def target(self) -> str:
        return f"{self.settings.path}::{self.settings.table}"

    def probe(self) -> Sequence[str]:
        with self.errors():
            folder = try_folder(self.path.parent)
            wrote = f"wrote to {folder} and removed it"
            table = Table.parse(self.settings.table)
            if not self.path.exists():
                with self.looking(write=False) as database:
                    self.look_at(database, table)
                return (wrote, "the database isn't there yet")
            with self.looking(write=True) as database:
                database.execute("CREATE TABLE _csvflow_probe (probe INTEGER)")
                there = self.look_at(database, table)
        read = f"read `{self.settings.table}`" if there else "the table isn't there yet"
        return (wrote, "changed the database and took it back", read)

    def begin(self) -> None:
        self.side = SideFile(self.path, self.layout.run, self.settings.table)
        with self.errors():
            self.side.prepare()
            there = self.path.exists()
            with self.opened(self.side) if there else self.looking(write=False) as database:
                self.check(database)
            self.start(self.side)
        self.staging = True

    def stage(self, batch: pa.RecordBatch) -> None:
        if not self.staging:
            raise lease_lost(self.target)
        with self.errors():
            self.keep(batch)

    def commit(self) -> Receipt:
        if self.side is None or not self.staging:
            raise lease_lost(self.target)
        with self.errors():
            self.staging = False
            self.finish()
            # A successor's `open` takes away what lower tokens staged.
            if not self.side.path.exists():
                raise lease_lost(self.target)
            receipt = self._publish(self.side)
            self.side.remove()
        return receipt

    def abort(self) -> None:
        self.close()
        if self.side is not None:
            with self.errors():
                self.side.remove()

    def close(self) -> None:
        self.staging = False
        self.drop()

    def explained(self, error: Exception) -> Exception:
        if isinstance(error, OSError):
            return unreachable(self.path, error.strerror or "it can't be opened")
        return error

    def _publish(self, side: SideFile) -> Receipt:
        """Load the side file in one transaction, which ends with the connection if any fails."""
        new = not self.path.exists()
        with self.loading(side) as (database, stage):
            database.execute(self.begins)
            self.create(database)
            self.check(database)
            settled = self.settle(database, stage)
            database.execute("COMMIT" if settled.fresh else "ROLLBACK")
        if new:
            sync_folder(self.path.parent)
        return settled.receipt

    @abstractmethod
    def start(self, side: SideFile) -> None:
        """Open the side file."""

    @abstractmethod
    def keep(self, batch: pa.RecordBatch) -> None:
        """Write a batch to the side file."""

    @abstractmethod
    def finish(self) -> None:
        """End the side file: all of it can be read now."""

    @abstractmethod
    def drop(self) -> None:
        """Let go of the side file in whatever state, or of nothing."""

    @abstractmethod
    def opened(self, side: SideFile) -> AbstractContextManager[Database]:
        """Open the database, waiting for its turn; what isn't committed at the end is undone."""

    @abstractmethod
    def loading(self, side: SideFile) -> AbstractContextManager[tuple[Database, str]]:
        """Open it likewise; give also the name under which it sees what the side file holds."""
