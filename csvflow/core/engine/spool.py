"""Batches put aside on disk, so that a step may wait for the last row in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkstemp

import pyarrow as pa
from pyarrow import ipc


class Spool:
    """Rows in the order in which they were written; can be read any number of times."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        descriptor, name = mkstemp(prefix="spool-", suffix=".arrow", dir=folder)
        self._path = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        options = ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        self._writer = ipc.new_stream(self._file, schema, options=options)
        self.schema = schema
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Put a batch aside."""
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def seal(self) -> None:
        """End the writing. May be called more than once."""
        if not self._file.closed:
            self._writer.close()
            self._file.close()

    def read(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the batches again, with all or some of the columns."""
        self.seal()
        options = ipc.IpcReadOptions(
            included_fields=None
            if columns is None
            else [self.schema.names.index(name) for name in columns],
            use_threads=False,
        )
        with pa.OSFile(str(self._path)) as file, ipc.open_stream(file, options=options) as reader:
            for batch in reader:
                yield batch if columns is None else batch.select(list(columns))

    def close(self) -> None:
        """Remove the file. May be called more than once."""
        self.seal()
        self._path.unlink(missing_ok=True)
