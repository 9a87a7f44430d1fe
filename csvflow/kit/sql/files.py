"""The part of a SQL sink that is the same for every database in a local file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from pydantic import field_validator

from csvflow.contract import Place, Receipt
from csvflow.kit.sql.marker import lease_lost
from csvflow.kit.sql.names import Table
from csvflow.kit.sql.settings import TableSettings
from csvflow.kit.sql.sink import TableSink
from csvflow.kit.sql.staging import SideFile, unreachable
from csvflow.kit.staging import try_folder


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
            if not self.path.exists():
                return (wrote, "the database isn't there yet")
            there = self.try_table(Table.parse(self.settings.table))
        table = f"read `{self.settings.table}`" if there else "the table isn't there yet"
        return (wrote, "changed the database and took it back", table)

    def begin(self) -> None:
        self.side = SideFile(self.path, self.layout.run, self.settings.table)
        with self.errors():
            self.side.prepare()
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
            receipt = self.publish(self.side)
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

    @abstractmethod
    def start(self, side: SideFile) -> None:
        """Check the table, if the database is there, and open the side file."""

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
    def publish(self, side: SideFile) -> Receipt:
        """Load the side file in one transaction."""

    @abstractmethod
    def try_table(self, table: Table) -> bool:
        """Change the database and take it back; read no row of the table, if it is there."""

    @abstractmethod
    def explained(self, error: Exception) -> Exception:
        """Return what a database's error means to a user; others as they are."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what goes wrong at the database as ``SinkError`` or ``UnreachableError``."""
        try:
            yield
        except OSError as error:
            raise unreachable(self.path, error.strerror or "it can't be opened") from error
        except Exception as error:
            told = self.explained(error)
            if told is error:
                raise
            raise told from error
