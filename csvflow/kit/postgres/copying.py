"""Rows into PostgreSQL by COPY, its quickest way in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from csvflow.contract import SinkError
from csvflow.kit.postgres.driver import driver
from csvflow.kit.sql.dialect import Kind, kind_of
from csvflow.kit.sql.names import listed

if TYPE_CHECKING:
    import psycopg

_NUL = re.compile(rb"\0")


class Copying:
    """One COPY under way into these columns of a table; it counts only once it is finished."""

    def __init__(
        self, connection: psycopg.Connection[Any], table: str, names: Sequence[str]
    ) -> None:
        self._cursor = connection.cursor()
        self._open = ExitStack()
        statement = f"COPY {table} ({listed(names)}) FROM STDIN (FORMAT csv)"
        self._copy = self._open.enter_context(self._cursor.copy(statement.encode()))

    def write(self, batch: pa.RecordBatch) -> None:
        """Send the rows. Raises ``SinkError`` (``sink.text-nul``)."""
        text = _as_csv(batch)
        # One look at the bytes costs next to nothing; Postgres would end the whole load.
        if _NUL.search(text):
            raise _nul(batch)
        self._copy.write(memoryview(text))

    def finish(self) -> int:
        """End it and return the number of rows."""
        self._open.close()
        return self._cursor.rowcount

    def discard(self) -> None:
        """Make the server throw away what isn't finished; harmless after ``finish``."""
        with suppress(driver().Error, _Unfinished), self._open.pop_all():
            # Leaving a copy by an error is what does it.
            raise _Unfinished


class _Unfinished(Exception):  # noqa: N818  a signal to the driver, seen by nobody
    """The copy under way is to be thrown away."""


def _as_csv(batch: pa.RecordBatch) -> pa.Buffer:
    """Return the batch as COPY reads it: null is nothing, and empty text is ``""``."""
    out = pa.BufferOutputStream()
    arrow_csv.write_csv(batch, out, arrow_csv.WriteOptions(include_header=False))
    return out.getvalue()


def _nul(batch: pa.RecordBatch) -> SinkError:
    column = next(
        name
        for name, values in zip(batch.schema.names, batch.columns, strict=True)
        if kind_of(values.type) == Kind("text")
        and pc.any(pc.match_substring(values.cast(pa.string()), "\0")).as_py()
    )
    return SinkError(
        "sink.text-nul",
        f"column `{column}` has text with a NUL character, which Postgres can't hold",
        hint="take it out with a `clean` step, or reject such rows",
    )
