"""CSV files."""

from __future__ import annotations

from typing import BinaryIO, ClassVar, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from csvflow.contract import Examples
from csvflow.contract.arrays import text, texts
from csvflow.kit.compressed import Compression, compressed
from csvflow.kit.files import Encoder, FileSettings, FileSink
from csvflow.kit.text import halves, has_any, is_text, joined, to_text

_FORMULA = "^[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]"


class CsvSettings(FileSettings):
    """Settings of the csv sink."""

    delimiter: str = Field(default=",", min_length=1, max_length=1, pattern=r'[^"\r\n]')
    """What stands between two fields."""
    header: bool = True
    """Whether the first line has the column names."""
    nulls: str = Field(default="", pattern=r'^[^"\r\n]*$')
    """How a null is written. A text of the same letters is quoted, so the two stay apart."""
    escape_formulas: bool = False
    """Put `'` before text, a column's name too, that a spreadsheet would take for a formula.
    Changes the data."""
    compression: Literal["auto", "gzip", "zstd", "none"] = "auto"
    """`auto` goes by the suffix: `.csv.gz`, `.csv.zst`, else none."""

    @model_validator(mode="after")
    def _null_is_one_field(self) -> Self:
        if self.delimiter in self.nulls:
            raise ValueError("`nulls` can't have the delimiter in it: it would be two fields")
        return self


class CsvSink(FileSink[CsvSettings]):
    r"""Writes one CSV file a run (RFC 4180, UTF-8, `\n`), on local disk or any object store.

    Fields are quoted where they must be. A null is empty and unquoted, an empty text is
    `""`; only in a file of one column, where readers skip an empty line, a null is `""` too.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".csv.gz", ".csv.zst")
    examples: ClassVar[Examples] = {
        "One file a run in a folder": {"path": "out/"},
        "Named after the input, compressed": {"path": "out/{stem}.csv.gz"},
        "For a spreadsheet": {"path": "out/{stem}.csv", "delimiter": ";", "escape_formulas": True},
    }

    @property
    def file_suffix(self) -> str:
        return {"gzip": ".csv.gz", "zstd": ".csv.zst"}.get(self.settings.compression, ".csv")

    def encoder(self, stream: BinaryIO, schema: pa.Schema, *, name: str) -> Encoder:
        return _Csv(compressed(stream, name, self.settings.compression), schema, self.settings)


_QUOTE, _NEWLINE, _NOTHING = texts(['"', "\n", ""])


class _Csv:
    def __init__(self, out: Compression, schema: pa.Schema, settings: CsvSettings) -> None:
        self._out = out
        self._settings = settings
        mark = settings.delimiter
        self._delimiter = text(mark)
        self._marks = f'"\r\n{mark}'
        self._quotes = f'["\r\n{_escaped(mark)}]'
        self._null = settings.nulls
        if not self._null and len(schema) == 1:
            self._null = '""'
        if settings.header and len(schema):
            names = texts(schema.names)
            if settings.escape_formulas:
                names = _defused(names)
            self._out.write(f"{mark.join(self._quoted(names).to_pylist())}\n".encode())

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_columns:
            return
        for part in halves(batch):
            columns = [self._field(column) for column in part.columns]
            columns[-1] = pc.binary_join_element_wise(columns[-1], _NEWLINE, _NOTHING)
            self._out.write(joined(columns, self._delimiter))

    def finish(self) -> None:
        self._out.finish()

    def _field(self, column: pa.Array) -> pa.Array:
        cells = to_text(column)
        if is_text(column.type) and self._settings.escape_formulas:
            cells = _defused(cells)
        return self._quoted(cells).fill_null(text(self._null))

    def _quoted(self, cells: pa.Array) -> pa.Array:
        must = pc.equal(cells, _NOTHING)
        # Looking at the column's bytes as a whole is many times faster than at each value.
        if has_any(cells, self._marks):
            must = pc.or_(must, pc.match_substring_regex(cells, self._quotes))
        if self._settings.nulls:
            must = pc.or_(must, pc.equal(cells, text(self._settings.nulls)))
        if not pc.any(must).as_py():
            return cells
        doubled = pc.replace_substring(cells, '"', '""')
        quoted = pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING)
        return pc.if_else(must, quoted, cells)


def _defused(text: pa.Array) -> pa.Array:
    formula = pc.match_substring_regex(text, _FORMULA)
    return pc.if_else(formula, pc.binary_join_element_wise("'", text, ""), text)


def _escaped(mark: str) -> str:
    return f"\\x{{{ord(mark):x}}}"
