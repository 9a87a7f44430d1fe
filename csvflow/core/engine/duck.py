"""The one way to DuckDB: locked down, streaming, and honest about whose error it was.

An expression that got past the checks can still reach no file, network or
environment from here, because the connection itself can't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import RLock

import duckdb
import pyarrow as pa

LEAST_MEMORY = 64 * 2**20
"""Below this DuckDB can't sort or group at all, however much it spills."""


class DuckError(Exception):
    """What DuckDB said, in one line."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Batches under a name in a query. Opened anew for each time that the query reads it."""

    schema: pa.Schema
    batches: Callable[[], Iterator[pa.RecordBatch]]


class Duck:
    """One in-memory database, good for one thread at a time."""

    _made = 0

    def __init__(
        self, *, scratch: Path | None = None, memory_bytes: int = 2**28, threads: int = 1
    ) -> None:
        self._con = duckdb.connect(":memory:")
        memory = max(memory_bytes, LEAST_MEMORY * threads)
        spill = str(scratch).replace("'", "''") if scratch else ""
        # Shared subexpressions would be moved out of TRY, and one bad value fail the query.
        self._con.execute(
            f"""
            SET temp_directory = '{spill}';
            SET memory_limit = '{memory}B';
            SET threads = {threads};
            SET TimeZone = 'UTC';
            SET preserve_insertion_order = true;
            SET disabled_optimizers = 'common_subexpressions';
            SET python_enable_replacements = false;
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            SET enable_external_access = false;
            SET lock_configuration = true;
            """
        )

    def table(self, sql: str, batch: pa.RecordBatch | pa.Table) -> pa.Table:
        """Return the result of a query over one batch, which is the table ``b``.

        Raises ``DuckError``.
        """
        self._con.register("b", batch)
        try:
            return self._con.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise DuckError(_one_line(error)) from None
        finally:
            self._con.unregister("b")

    def query(self, sql: Callable[[str], str], schema: pa.Schema) -> Query:
        """Return a query over one batch after another; ``sql`` is told the table's name.

        It is bound once: over small batches that is a fifth of the time. Raises ``DuckError``.
        """
        self._made += 1
        rows = _Rows(schema)
        name = f"rows{self._made}"
        self._con.register(name, rows)
        try:
            return Query(self._con.sql(sql(name)), rows)
        except duckdb.Error as error:
            raise DuckError(_one_line(error)) from None

    def stream(self, sql: str, scans: Mapping[str, Scan]) -> Iterator[pa.RecordBatch]:
        """Yield the result of a query over scans, without holding all of it.

        Raises ``DuckError``, or whatever the batches of a scan raised.
        """
        faults: list[BaseException] = []
        for name, scan in scans.items():
            self._con.register(name, _Opener(scan, faults))
        reader = None
        try:
            reader = self._con.sql(sql).to_arrow_reader(65_536)
            yield from reader
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if faults:
                raise faults[0] from None
            raise DuckError(_one_line(error)) from None
        finally:
            if reader is not None:
                reader.close()
            for name in scans:
                self._con.unregister(name)

    def types(self, sql: str, name: str, schema: pa.Schema) -> list[tuple[str, str]]:
        """Return name and DuckDB type of each column that a query over an empty table has.

        Raises ``DuckError``.
        """
        self._con.register(name, _empty(schema))
        try:
            relation = self._con.sql(sql)
            return list(zip(relation.columns, map(str, relation.types), strict=True))
        except duckdb.Error as error:
            raise DuckError(_one_line(error)) from None
        finally:
            self._con.unregister(name)

    def schema(self, sql: str, name: str, schema: pa.Schema) -> pa.Schema:
        """Return the Arrow schema of what a query over an empty table gives.

        Raises ``DuckError``.
        """
        self._con.register(name, _empty(schema))
        try:
            return self._con.sql(sql).to_arrow_table().schema
        except duckdb.Error as error:
            raise DuckError(_one_line(error)) from None
        finally:
            self._con.unregister(name)

    def close(self) -> None:
        """Let go of memory and spilled files."""
        self._con.close()


class _Rows:
    """The batch that a query reads next, as an Arrow stream."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self.batch: pa.RecordBatch | None = None

    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        batches = [] if self.batch is None else [self.batch]
        reader = pa.RecordBatchReader.from_batches(self._schema, batches)
        return reader.__arrow_c_stream__(requested_schema)


class Query:
    """A query that is bound already, over batches of one schema."""

    def __init__(self, relation: duckdb.DuckDBPyRelation, rows: _Rows) -> None:
        self._relation = relation
        self._rows = rows

    def over(self, batch: pa.RecordBatch) -> pa.Table:
        """Return the result for this batch.

        Raises ``DuckError``.
        """
        self._rows.batch = batch
        try:
            return self._relation.to_arrow_table()
        except duckdb.Error as error:
            raise DuckError(_one_line(error)) from None
        finally:
            self._rows.batch = None


class _Opener:
    """An Arrow stream that begins anew each time it is asked for."""

    def __init__(self, scan: Scan, faults: list[BaseException]) -> None:
        self._scan = scan
        self._faults = faults

    def __arrow_c_schema__(self) -> object:
        return self._scan.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self._scan.schema, self._watched())
        return reader.__arrow_c_stream__(requested_schema)

    def _watched(self) -> Iterator[pa.RecordBatch]:
        # DuckDB turns what a producer raises into an OSError without a cause.
        try:
            yield from self._scan.batches()
        except GeneratorExit:
            raise  # DuckDB stopped reading: whatever made it stop is the error
        except BaseException as error:
            self._faults.append(error)
            raise


@contextmanager
def probe() -> Iterator[Duck]:
    """Lend the process's connection for looking at types; no row ever passes through it."""
    duck, lock = _shared()
    with lock:
        yield duck


@cache
def _shared() -> tuple[Duck, RLock]:
    return Duck(memory_bytes=LEAST_MEMORY), RLock()


def _empty(schema: pa.Schema) -> pa.Table:
    # `schema.empty_table()` imports pandas: 400 ms.
    return pa.Table.from_batches([], schema=schema)


def _one_line(error: BaseException) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    said = first.split("Error: ", 1)[-1].split(" when casting from source column", 1)[0]
    return said.rstrip(".!")
