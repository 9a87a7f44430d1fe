"""The part of a SQL sink that is the same for every database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar

import pyarrow as pa

from csvflow.contract import Comparison, ConfigError, Receipt, Run, Sink
from csvflow.kit.sql.compare import Session, compare
from csvflow.kit.sql.dialect import Dialect
from csvflow.kit.sql.layout import Layout
from csvflow.kit.sql.marker import Marker
from csvflow.kit.sql.settings import TableSettings, without_scheme

T = TypeVar("T", bound=TableSettings)


class TableSink(Sink[T]):
    """Rows into one table, with a marker row in the transaction of the data."""

    reserved = True
    dialect: ClassVar[Dialect]

    def __init__(self, settings: T) -> None:
        super().__init__(settings)
        self.rows = 0
        self.layout: Layout
        self.marker: Marker

    @classmethod
    def settings_for(cls, url: str, table: str | None) -> Mapping[str, Any]:
        return {"path": without_scheme(url), "table": named_table(url, table)}

    @property
    def can_replace(self) -> bool:
        return self.settings.mode != "append" or self.settings.lineage

    def open(self, run: Run, schema: pa.Schema) -> None:
        self.rows = 0
        self.layout = Layout.of(self.dialect, self.settings, schema, run)
        self.marker = Marker(self.dialect, self.layout.table, run)
        self.begin()

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self.stage(self.layout.arrange(batch))
            self.rows += batch.num_rows

    def compare(
        self, run: Run, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Comparison | None:
        self.layout = Layout.of(self.dialect, self.settings, schema, run)
        with self.session() as session:
            return compare(session, self.layout, self.target, batches)

    @abstractmethod
    def session(self) -> AbstractContextManager[Session]:
        """Connect to look at the table of ``self.layout``, and change nothing that lasts."""

    @abstractmethod
    def begin(self) -> None:
        """Check the target and begin staging, for ``self.layout``."""

    @abstractmethod
    def stage(self, batch: pa.RecordBatch) -> None:
        """Stage a batch of ``self.layout.staged``."""

    @abstractmethod
    def commit(self) -> Receipt: ...


def named_table(url: str, table: str | None) -> str:
    """Return the table of ``--to URL::TABLE``. Raises ``ConfigError`` (``config.no-table``)."""
    if table:
        return table
    raise ConfigError(
        "config.no-table",
        f"`--to {url.rsplit('@', maxsplit=1)[-1]}` names a database, and no table",
        hint="write the table behind it: `…::orders`",
    )
