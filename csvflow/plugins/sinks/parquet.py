"""Parquet files."""

from __future__ import annotations

from typing import BinaryIO, ClassVar, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, model_validator

from csvflow.contract import Examples
from csvflow.kit.files import Encoder, FileSettings, FileSink

_LEVELS = {"zstd": 22, "lz4": 22, "gzip": 9}
_MOST_BUFFERED = 64 * 2**20
_PAGE_BYTES = 2 * 2**20
_ANY_NUMBER = 2**31 - 1
"""Pages are limited by bytes alone: by default 20,000 rows end one, and small ones pack badly."""
_PLAIN = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
_REPEATS = 0.25
"""A column whose first rows have fewer distinct values than this share gets a dictionary."""


class ParquetSettings(FileSettings):
    """Settings of the parquet sink."""

    compression: Literal["zstd", "snappy", "gzip", "lz4", "none"] = "zstd"
    """How pages are compressed."""
    level: int | None = Field(default=None, ge=1, le=22)
    """How hard the codec tries, for `zstd`, `lz4` and, up to 9, `gzip`; by default 3 for `zstd`,
    else the codec's own."""
    row_group_rows: int = Field(default=122_880, ge=1)
    """Rows of one row group; wide rows make smaller groups, to bound memory."""
    encodings: Literal["modern", "classic"] = "modern"
    """`modern` packs numbers and times as differences where they don't repeat: smaller and
    quicker. `classic` is for readers that are older than about 2022."""

    @model_validator(mode="after")
    def _level_goes_with_the_codec(self) -> Self:
        most = _LEVELS.get(self.compression, 0)
        if self.level is not None and self.level > most:
            levels = f"has levels up to {most}" if most else "has no levels"
            raise ValueError(f"`compression: {self.compression}` {levels}")
        return self


class ParquetSink(FileSink[ParquetSettings]):
    """Writes one Parquet file a run, on local disk or any object store.

    Decimals are stored as integers. A column gets a dictionary where the first row group shows
    that its values repeat. All get statistics but texts that neither repeat nor stand in order:
    their least and greatest value would tell a reader nothing.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)
    examples: ClassVar[Examples] = {
        "One file a run in a folder": {"path": "out/orders/"},
        "In a bucket, by day": {"path": "s3://lake/orders/{run_date}/"},
        "Exactly this file, well compressed": {"path": "out/orders.parquet", "level": 9},
    }

    def encoder(self, stream: BinaryIO, schema: pa.Schema, *, name: str) -> Encoder:
        del name
        return _Parquet(stream, schema, self.settings)


class _Parquet:
    def __init__(self, stream: BinaryIO, schema: pa.Schema, settings: ParquetSettings) -> None:
        self._stream = stream
        # As they are: a reader of Parquet need not know views, nor does all of Arrow.
        self._schema = pa.schema([f.with_type(_PLAIN.get(f.type, f.type)) for f in schema])
        self._settings = settings
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch if batch.schema == self._schema else batch.cast(self._schema))
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._bytes >= _MOST_BUFFERED:
            self._flush(self._rows)
        size = self._settings.row_group_rows
        if self._rows >= size:
            self._flush(self._rows - self._rows % size)

    def finish(self) -> None:
        self._flush(self._rows)
        writer = self._writer or self._begin(self._schema.empty_table())
        writer.close()

    def _flush(self, rows: int) -> None:
        if not rows:
            return
        table = pa.Table.from_batches(self._waiting, self._schema)
        rest = table.slice(rows)
        self._waiting = rest.to_batches()
        self._rows = rest.num_rows
        self._bytes = rest.nbytes
        group = table.slice(0, rows)
        writer = self._writer or self._begin(group)
        writer.write_table(group, row_group_size=self._settings.row_group_rows)

    def _begin(self, first: pa.Table) -> pq.ParquetWriter:
        settings = self._settings
        level = settings.level
        if level is None and settings.compression == "zstd":
            level = 3
        names = list(dict.fromkeys(first.schema.names))
        repeating = [name for name in names if _repeats(first, name)]
        packed = {
            name: encoding
            for name in names
            if name not in repeating and (encoding := _packing(first.schema.field(name).type))
        }
        told = [
            name
            for name in names
            if name in repeating or not _is_text(first, name) or _in_order(first, name)
        ]
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._stream, mode="w"),
            self._schema,
            compression=settings.compression,
            compression_level=level,
            use_dictionary=repeating,
            column_encoding=packed if settings.encodings == "modern" else None,
            store_decimal_as_integer=True,
            write_statistics=told,
            data_page_size=_PAGE_BYTES,
            max_rows_per_page=_ANY_NUMBER,
        )
        return self._writer


def _repeats(table: pa.Table, name: str) -> bool:
    column = table.column(table.schema.get_field_index(name))
    kind = column.type
    if pa.types.is_dictionary(kind):
        return True
    # Lists and the like have no values to count, and their leaves have names of their own.
    plain = not (pa.types.is_boolean(kind) or pa.types.is_nested(kind) or pa.types.is_null(kind))
    if not plain or not len(column):
        return False
    return bool(pc.count_distinct(column, mode="all").as_py() < _REPEATS * len(column))


def _is_text(table: pa.Table, name: str) -> bool:
    return bool(pa.types.is_string(table.schema.field(name).type))


def _in_order(table: pa.Table, name: str) -> bool:
    column = table.column(table.schema.get_field_index(name))
    if len(column) < 2:  # noqa: PLR2004 - neighbours
        return True
    return bool(pc.all(pc.less_equal(column[:-1], column[1:])).as_py())


def _packing(kind: pa.DataType) -> str | None:
    integers = pa.types.is_integer(kind) or pa.types.is_temporal(kind)
    if integers or (pa.types.is_decimal(kind) and kind.precision <= _INT64_DIGITS):
        return "DELTA_BINARY_PACKED"
    return "BYTE_STREAM_SPLIT" if pa.types.is_floating(kind) else None


_INT64_DIGITS = 18
