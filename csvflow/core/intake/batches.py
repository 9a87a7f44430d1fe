"""Laid out records become one batch of text: parsed by Arrow, numbered, the damaged ones apart."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from csvflow.contract import LINE, ROW
from csvflow.core.arrays import arrow
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.invalid import invalid_records
from csvflow.core.intake.line_ends import Positions
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.parser import Parser
from csvflow.core.intake.shape import Shape
from csvflow.core.intake.stretch import Stretch
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
        self._parser = Parser(len(header), dialect, options)
        self._schema = pa.schema(
            [(name, pa.string()) for name in header] + [(ROW, pa.int64()), (LINE, pa.int64())]
        )
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
        columns, indices, misfits = self._parser.parse(stretch, indices)
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
        self._shape.judge(self.rows)
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
