"""A connection to a database as the SQL kit uses it: each driver's, made alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pyarrow as pa


class Database(Protocol):
    """An open connection. Names in its statements are quoted already."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""

    def change(self, sql: str) -> int:
        """Run a statement that changes rows and return how many it did."""

    def fill(self, table: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        """Put rows into a temporary table; what the batches raise is raised as it is."""
