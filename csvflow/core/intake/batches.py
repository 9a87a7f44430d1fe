"""Laid out records become one batch of text: parsed by Arrow, numbered, the damaged ones apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from csvflow.contract import LINE, ROW
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.layout import Positions
from csvflow.core.intake.options import CsvOptions

RAW_LIMIT = 20_000
"""So many characters of a damaged record are kept in its reject."""
MAX_VALUE = 2**31 - 1
"""Bytes of one Arrow string; a longer text is decoded instead."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that never became a row."""

    row: int
    line: int
    code: str
    column: str | None
    reason: str
    raw: str


@dataclass(slots=True)
class TextBatch:
    """Rows as text, ending in the columns ROW and LINE, and the damaged records among them."""

    batch: pa.RecordBatch
    damaged: list[Damaged] = field(default_factory=list)


@dataclass(slots=True)
class Stretch:
    """Records that were laid out, in the text that they stand in."""

    text: bytes
    starts: Positions
    ends: Positions
    lines: Positions
    """Physical lines in the original file."""
    damage: dict[int, tuple[str, str]]


class Assembler:
    """Makes batches; keeps count of the records."""

    def __init__(self, header: Sequence[str], dialect: Dialect, options: CsvOptions) -> None:
        self._names = list(header)
        self._dialect = dialect
        self._options = options
        self._grammar = Grammar(dialect)
        self._nulls = {word.encode() for word in options.nulls}
        self._schema = pa.schema(
            [(name, pa.string()) for name in header] + [(ROW, pa.int64()), (LINE, pa.int64())]
        )
        self._keys = [f"c{index}" for index in range(len(header))]
        self.rows = 0

    def assemble(self, stretch: Stretch) -> TextBatch:
        """Return the rows of the stretch and its damaged records, in order."""
        kept = self._records(stretch)
        damage = dict(stretch.damage)
        self._check_lengths(stretch, damage)
        self._check_encoding(stretch, damage)
        numbers = np.full(len(stretch.starts), -1, np.int64)
        records = np.flatnonzero(kept)
        numbers[records] = np.arange(self.rows + 1, self.rows + 1 + len(records))
        self.rows += len(records)
        good = kept
        if damage:
            good = kept.copy()
            good[list(damage)] = False
        indices = np.flatnonzero(good)
        columns, ragged = self._parse(stretch, indices)
        if ragged:
            damage.update(ragged)
            lost = np.zeros(len(stretch.starts), bool)
            lost[list(ragged)] = True
            indices = indices[~lost[indices]]
        arrays = [*columns, pa.array(numbers[indices]), pa.array(stretch.lines[indices])]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        damaged = [
            Damaged(
                int(numbers[index]),
                int(stretch.lines[index]),
                code,
                None,
                reason,
                self._raw(stretch, index),
            )
            for index, (code, reason) in sorted(damage.items())
            if kept[index]
        ]
        return TextBatch(batch, damaged)

    def _records(self, stretch: Stretch) -> np.ndarray:
        """Return which entries are records: blank lines and comments are none."""
        kept = stretch.starts < stretch.ends
        if self._dialect.comment is not None:
            mark = self._dialect.comment.encode()
            for index in np.flatnonzero(kept):
                kept[index] = not stretch.text.startswith(mark, int(stretch.starts[index]))
        return kept

    def _check_lengths(self, stretch: Stretch, damage: dict[int, tuple[str, str]]) -> None:
        longest = self._options.max_field
        if len(stretch.text) <= longest:
            return
        for index in np.flatnonzero(stretch.ends - stretch.starts > longest):
            damage[int(index)] = ("row.too-long", f"the record is longer than {longest:,} bytes")

    def _check_encoding(self, stretch: Stretch, damage: dict[int, tuple[str, str]]) -> None:
        text = stretch.text
        if text.isascii() or _is_utf8(text):
            return
        at = 0
        while at < len(text):
            try:
                str(memoryview(text)[at:], "utf-8")
            except UnicodeDecodeError as error:
                where = at + error.start
                index = int(np.searchsorted(stretch.starts, where, side="right")) - 1
                damage[index] = (
                    "row.encoding",
                    f"byte 0x{text[where]:02x} is not valid UTF-8 there",
                )
                after = index + 1
                at = int(stretch.starts[after]) if after < len(stretch.starts) else len(text)
            else:
                return

    def _parse(
        self, stretch: Stretch, indices: Positions
    ) -> tuple[Sequence[pa.Array], dict[int, tuple[str, str]]]:
        if not len(indices):
            return [pa.array([], pa.string()) for _ in self._names], {}
        if not self._dialect.simple:
            return self._parse_slowly(stretch, indices)
        text: bytes | memoryview = stretch.text
        if len(indices) != len(stretch.starts):
            text = _joined(stretch, indices)
        table, bad = self._arrow(text)
        if not bad and table.num_rows == len(indices):
            return _columns(table), {}
        if table.num_rows + len(bad) != len(indices):
            return self._parse_slowly(stretch, indices)
        if self._options.ragged != "reject":
            return self._parse_slowly(stretch, indices)
        width = len(self._names)
        return _columns(table), {
            int(indices[number - 1]): ("row.field-count", f"expected {width} fields, found {found}")
            for number, found in bad
        }

    def _arrow(self, text: bytes | memoryview) -> tuple[pa.Table, list[tuple[int, int]]]:
        bad: list[tuple[int, int]] = []

        def skip(row: pcsv.InvalidRow) -> str:
            bad.append((row.number, row.actual_columns))
            return "skip"

        dialect = self._dialect
        table = pcsv.read_csv(
            pa.BufferReader(text),
            read_options=pcsv.ReadOptions(
                use_threads=False, block_size=len(text) + 1, column_names=self._keys
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.doubled,
                escape_char=dialect.escape or False,
                newlines_in_values=dialect.quote is not None or dialect.escape is not None,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=pcsv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self._keys, pa.string()),
                null_values=list(self._options.nulls),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        return table, bad

    def _parse_slowly(
        self, stretch: Stretch, indices: Positions
    ) -> tuple[Sequence[pa.Array], dict[int, tuple[str, str]]]:
        """Read field by field: every dialect, and records that are padded or cut."""
        width = len(self._names)
        ragged: dict[int, tuple[str, str]] = {}
        columns: list[list[str | None]] = [[] for _ in self._names]
        for index in indices:
            text = stretch.text[int(stretch.starts[index]) : int(stretch.ends[index])]
            record = self._grammar.record(text)
            cells: list[str | None] = [
                None if not quoted and value in self._nulls else value.decode()
                for value, quoted in zip(record.fields, record.quoted, strict=True)
            ]
            found = len(cells)
            if found < width and self._options.ragged != "reject":
                cells += [None] * (width - found)
            elif found > width and self._options.ragged == "truncate":
                cells = cells[:width]
            elif found != width:
                reason = f"expected {width} fields, found {found}"
                ragged[int(index)] = ("row.field-count", reason)
                continue
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        return [pa.array(cells, pa.string()) for cells in columns], ragged

    def _raw(self, stretch: Stretch, index: int) -> str:
        raw = stretch.text[int(stretch.starts[index]) : int(stretch.ends[index])]
        return raw[:RAW_LIMIT].decode(errors="backslashreplace")


def _is_utf8(text: bytes) -> bool:
    """Tell what decoding would, without making a str of it: six times as fast."""
    if len(text) > MAX_VALUE:
        return False
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _columns(table: pa.Table) -> list[pa.Array]:
    return [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]


def _joined(stretch: Stretch, indices: Positions) -> bytes:
    """Return the text of these records alone, neighbours copied together."""
    parts = []
    text = memoryview(stretch.text)
    breaks = np.flatnonzero(np.diff(indices) != 1) + 1
    for run in np.split(indices, breaks):
        first, last = int(run[0]), int(run[-1])
        parts.append(text[int(stretch.starts[first]) : int(stretch.ends[last])])
        parts.append(memoryview(b"\n"))
    return b"".join(parts)


Advance = Callable[[int, int], None]
