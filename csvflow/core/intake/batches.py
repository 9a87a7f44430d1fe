"""Laid out records become one batch of text: parsed by Arrow, numbered, the damaged ones apart."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from csvflow.contract import LINE, ROW
from csvflow.core.arrays import arrow, bools
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.invalid import invalid_records
from csvflow.core.intake.layout import Positions
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.plain import Plain, Plainer
from csvflow.core.intake.shape import Shape
from csvflow.core.intake.tables import Tables

RAW_LIMIT = 20_000
"""So many characters of a damaged record are kept in its reject."""


_REPEATED = ("row.repeated-header", "the header stands here once more")
_FIGURE = re.compile(r"[\W_]*\d[\W\d_]*")
"""What names no column: where the first record holds one, it may be a row like others."""


class Damaged(NamedTuple):
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

    def __init__(
        self, header: Sequence[str], dialect: Dialect, options: CsvOptions, *, header_text: bytes
    ) -> None:
        self._names = list(header)
        named = len(header) > 1 and not any(map(_FIGURE.fullmatch, header))
        self._header = header_text if named else b""
        self._dialect = dialect
        self._options = options
        self._grammar = Grammar(dialect)
        self._plainer = Plainer(dialect, options.nulls)
        self._nulls = {word.encode() for word in options.nulls}
        self._schema = pa.schema(
            [(name, pa.string()) for name in header] + [(ROW, pa.int64()), (LINE, pa.int64())]
        )
        self._width = len(header) + dialect.trailing
        self._keys = [f"c{index}" for index in range(self._width)]
        self._shape = Shape(len(header))
        self._tables = Tables(header)
        self._blank_above = False
        self.rows = 0

    def assemble(self, stretch: Stretch) -> TextBatch:
        """Return the rows of the stretch and its damaged records, in order."""
        kept = self._records(stretch)
        damage = dict(stretch.damage)
        self._check_lengths(stretch, damage)
        for index, reason in invalid_records(stretch.text, stretch.starts).items():
            damage[index] = ("row.encoding", reason)
        headers = self._headers_in(stretch)
        damage |= dict.fromkeys(headers, _REPEATED)
        numbers = np.full(len(stretch.starts), -1, np.int64)
        records = np.flatnonzero(kept)
        numbers[records] = np.arange(self.rows + 1, self.rows + 1 + len(records))
        self.rows += len(records)
        good = kept
        if damage:
            good = kept.copy()
            good[list(damage)] = False
        indices = np.flatnonzero(good)
        columns, indices, misfits = self._parse(stretch, indices)
        self._watch(stretch, kept, columns, indices, misfits, headers)
        damage |= {
            index: ("row.field-count", f"expected {len(self._names)} fields, found {found}")
            for index, found in misfits.items()
        }
        arrays = [*columns, arrow(numbers[indices]), arrow(stretch.lines[indices])]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        return TextBatch(batch, self._damaged(stretch, damage, kept, numbers))

    def _damaged(
        self,
        stretch: Stretch,
        damage: dict[int, tuple[str, str]],
        kept: np.ndarray,
        numbers: Positions,
    ) -> list[Damaged]:
        if not damage:
            return []
        indices = [index for index in sorted(damage) if kept[index]]
        text = stretch.text
        starts, ends = stretch.starts[indices], stretch.ends[indices]
        return [
            Damaged(
                row,
                line,
                damage[index][0],
                None,
                damage[index][1],
                text[start:end].decode(errors="backslashreplace"),
            )
            for index, row, line, start, end in zip(
                indices,
                numbers[indices].tolist(),
                stretch.lines[indices].tolist(),
                starts.tolist(),
                np.minimum(ends, starts + RAW_LIMIT).tolist(),
                strict=True,
            )
        ]

    def _records(self, stretch: Stretch) -> np.ndarray:
        """Return which entries are records: blank lines and comments are none."""
        kept = stretch.starts < stretch.ends
        if self._dialect.comment is not None:
            mark = self._dialect.comment.encode()
            block = np.frombuffer(stretch.text, np.uint8)
            alike = np.flatnonzero(kept)
            for at, byte in enumerate(mark):
                places = stretch.starts[alike] + at
                alike = alike[block[np.minimum(places, len(block) - 1)] == byte]
            for index in alike:
                start, end = int(stretch.starts[index]), int(stretch.ends[index])
                kept[index] = not self._grammar.is_comment(stretch.text[start:end], 0)
        return kept

    def ended(self) -> None:
        """Raise ``InputError`` if the text ended in another shape than it began with."""
        self._shape.judge()
        self._tables.judge()

    def _watch(
        self,
        stretch: Stretch,
        kept: np.ndarray,
        columns: Sequence[pa.Array],
        indices: Positions,
        misfits: dict[int, int],
        headers: Sequence[int],
    ) -> None:
        blank = stretch.starts == stretch.ends
        below_blank = np.append(self._blank_above, blank[:-1])[indices]
        self._tables.see(columns, stretch.lines[indices], below_blank)
        last = max([*indices[-1:].tolist(), *headers[-1:]], default=-1)
        if last >= 0:
            self._shape.fits()
        for index in sorted(misfits):
            if index > last:
                above = kept[index - 1] if index else not self._blank_above
                self._shape.misfits(
                    int(stretch.lines[index]), misfits[index], below_blank=not above
                )
        if len(kept):
            self._blank_above = bool(blank[-1])

    def _check_lengths(self, stretch: Stretch, damage: dict[int, tuple[str, str]]) -> None:
        longest = self._options.max_field
        if len(stretch.text) <= longest:
            return
        for index in np.flatnonzero(stretch.ends - stretch.starts > longest):
            damage[int(index)] = ("row.too-long", f"the record is longer than {longest:,} bytes")

    def _headers_in(self, stretch: Stretch) -> list[int]:
        """Return which records are the header once more, letter by letter."""
        text, header = stretch.text, self._header
        found: list[int] = []
        at = text.find(header) if header else -1
        while at >= 0:
            index = int(np.searchsorted(stretch.starts, at, side="right")) - 1
            before = text[int(stretch.starts[index]) : at]
            if before in (b"", codecs.BOM_UTF8) and stretch.ends[index] == at + len(header):
                found.append(index)
            at = text.find(header, at + len(header))
        return found

    def _parse(
        self, stretch: Stretch, indices: Positions
    ) -> tuple[Sequence[pa.Array], Positions, dict[int, int]]:
        """Return columns, the records that they are of, and the widths of those that don't fit."""
        if not len(indices):
            return [pa.array([], pa.string()) for _ in self._names], indices, {}
        text: bytes | memoryview = stretch.text
        if len(indices) != len(stretch.starts):
            text = _joined(stretch, indices)
        plain = self._plainer.rewrite(text)
        if plain is None:
            return self._without_trailing(*self._parse_slowly(stretch, indices))
        table, bad = self._arrow(plain)
        if table.num_rows + len(bad) != len(indices):
            return self._without_trailing(*self._parse_slowly(stretch, indices))
        columns = plain.restore(_columns(table))
        if not bad:
            return self._without_trailing(columns, indices, {})
        places = np.array([number - 1 for number, _ in bad])
        fitting = np.delete(indices, places)
        if self._options.ragged == "reject" and not self._dialect.trailing:
            found = [found for _, found in bad]
            return columns, fitting, dict(zip(indices[places].tolist(), found, strict=True))
        others, mended, misfits = self._parse_slowly(stretch, indices[places])
        both = np.concatenate((fitting, mended))
        order = np.argsort(both)
        columns = [
            pa.concat_arrays([one, other]).take(arrow(order))
            for one, other in zip(columns, others, strict=True)
        ]
        return self._without_trailing(columns, both[order], misfits)

    def _without_trailing(
        self, columns: Sequence[pa.Array], indices: Positions, misfits: dict[int, int]
    ) -> tuple[Sequence[pa.Array], Positions, dict[int, int]]:
        """Leave out what stands behind the last delimiter, and records that have text there."""
        if not self._dialect.trailing:
            return columns, indices, misfits
        *columns, last = columns
        filled = pc.fill_null(pc.greater(pc.binary_length(last), 0), fill_value=False)
        if pc.any(filled).as_py():
            filled = bools(filled)
            misfits = misfits | dict.fromkeys(indices[filled].tolist(), self._width)
            indices = indices[~filled]
            columns = [column.filter(arrow(~filled)) for column in columns]
        return columns, indices, misfits

    def _arrow(self, plain: Plain) -> tuple[pa.Table, list[tuple[int, int]]]:
        bad: list[tuple[int, int]] = []

        def skip(row: pcsv.InvalidRow) -> str:
            bad.append((row.number, row.actual_columns))
            return "skip"

        dialect = self._dialect
        if plain.text[:3] == codecs.BOM_UTF8:
            # Arrow drops one at the beginning of any text; here it is the text's own.
            plain.text = codecs.BOM_UTF8 + bytes(plain.text)
        if plain.text[-1:] not in (b"\n", b"\r"):
            # Arrow takes an empty last field for a quoted one where no newline ends it.
            plain.text = bytes(plain.text) + b"\n"
        table = pcsv.read_csv(
            pa.BufferReader(plain.text),
            read_options=pcsv.ReadOptions(
                use_threads=False, block_size=len(plain.text) + 1, column_names=self._keys
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=plain.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.doubled,
                newlines_in_values=dialect.quote is not None,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=pcsv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self._keys, pa.string()),
                null_values=plain.nulls,
                strings_can_be_null=True,
                quoted_strings_can_be_null=self._options.quoted_nulls == "null",
            ),
        )
        return table, bad

    def _parse_slowly(
        self, stretch: Stretch, indices: Positions
    ) -> tuple[Sequence[pa.Array], Positions, dict[int, int]]:
        """Read field by field: what the fast parser can't, and records that are padded or cut."""
        width = self._width
        least = width if self._options.ragged == "reject" else 1
        least -= self._dialect.trailing and self._options.ragged == "reject"
        misfits: dict[int, int] = {}
        bare_nulls = self._nulls
        quoted_nulls = bare_nulls if self._options.quoted_nulls == "null" else set[bytes]()
        columns: list[list[str | None]] = [[] for _ in self._keys]
        for index in indices:
            text = stretch.text[int(stretch.starts[index]) : int(stretch.ends[index])]
            record = self._grammar.record(text)
            cells: list[str | None] = [
                None if bare in bare_nulls or inside in quoted_nulls else value.decode()
                for value, bare, inside in zip(*record[:3], strict=True)
            ]
            found = len(cells)
            if least <= found < width:
                cells += [None] * (width - found)
            elif found > width and self._options.ragged == "truncate":
                cells = cells[:width]
            elif found != width:
                misfits[int(index)] = found
                continue
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        fitting = indices[~np.isin(indices, list(misfits))] if misfits else indices
        return [pa.array(cells, pa.string()) for cells in columns], fitting, misfits


def _columns(table: pa.Table) -> list[pa.Array]:
    return [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]


def _joined(stretch: Stretch, indices: Positions) -> bytes:
    """Return the text of these records alone, neighbours copied together."""
    text = memoryview(stretch.text)
    afters = np.append(stretch.starts[1:], len(text))
    breaks = np.flatnonzero(np.diff(indices) != 1)
    begins = stretch.starts[indices[np.append(0, breaks + 1)]].tolist()
    nexts = afters[indices[np.append(breaks, len(indices) - 1)]].tolist()
    return b"".join([text[begin:end] for begin, end in zip(begins, nexts, strict=True)])
