"""The fields of laid out records, quickly where that is possible, else field by field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.arrays import arrow, bools
from csvflow.core.intake import quick
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.line_ends import Positions
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.plain import Plainer
from csvflow.core.intake.stretch import Stretch

Parsed = tuple[Sequence[pa.Array], Positions, dict[int, int]]
"""Columns, the records that they are of, and the widths of those that don't fit."""


class Parser:
    """Parses the records of one dialect and width."""

    def __init__(self, columns: int, dialect: Dialect, options: CsvOptions) -> None:
        self._dialect = dialect
        self._options = options
        self._grammar = Grammar(dialect)
        nulls = options.nulls
        if dialect.escape == "\\" and "nulls" not in options.model_fields_set:
            nulls = (*nulls, "\\N")
        self._plainer = Plainer(dialect, nulls)
        self._nulls = {word.encode() for word in nulls}
        self._columns = columns
        self._width = columns + dialect.trailing

    def parse(self, stretch: Stretch, indices: Positions) -> Parsed:
        """Return what became of these records."""
        if not len(indices):
            return [pa.array([], pa.string()) for _ in range(self._columns)], indices, {}
        text: bytes | memoryview = stretch.text
        if len(indices) != len(stretch.starts):
            text = stretch.joined(indices)
        plain = self._plainer.rewrite(text)
        if plain is None:
            return self._without_trailing(*self._parse_slowly(stretch, indices))
        columns, bad = quick.parse(
            plain,
            self._dialect,
            self._width,
            quoted_nulls=self._options.quoted_nulls == "null",
        )
        if len(columns[0]) + len(bad) != len(indices):
            return self._without_trailing(*self._parse_slowly(stretch, indices))
        columns = plain.restore(columns)
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
    ) -> Parsed:
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

    def _parse_slowly(self, stretch: Stretch, indices: Positions) -> Parsed:
        """Read field by field: what the fast parser can't, and records that are padded or cut."""
        width = self._width
        least = width if self._options.ragged == "reject" else 1
        least -= self._dialect.trailing and self._options.ragged == "reject"
        misfits: dict[int, int] = {}
        bare_nulls = self._nulls
        quoted_nulls = bare_nulls if self._options.quoted_nulls == "null" else set[bytes]()
        columns: list[list[str | None]] = [[] for _ in range(width)]
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
