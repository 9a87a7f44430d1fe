"""What the columns of a table would take off values without a word: fractions and blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import SinkError
from csvflow.kit.sql.dialect import Dialect, Kind, kind_of
from csvflow.kit.text import to_text

ALL_DIGITS = 6
"""Of a second's fraction, in the types that csvflow gives to times."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The columns of one table that keep less than what may come."""

    table: str = ""
    digits: Mapping[str, int] = field(default_factory=dict)
    """Columns that round times → how many digits of a second's fraction they keep."""
    lengths: Mapping[str, int] = field(default_factory=dict)
    """Columns that cut blanks off the end of text → from which length on."""

    @classmethod
    def of(
        cls, dialect: Dialect, table: str, schema: pa.Schema, declared: Mapping[str, str]
    ) -> Losses:
        """Return those of a table with these declared types, by the names of the schema."""
        digits, lengths = {}, {}
        for column in schema:
            kind, type_ = kind_of(column.type), declared.get(column.name, "")
            if kind and kind.word in {"time", "timestamp", "timestamptz"}:
                kept = dialect.fraction(type_)
                if kept is not None and kept < ALL_DIGITS:
                    digits[column.name] = kept
            elif kind == Kind("text") and (length := dialect.length(type_)) is not None:
                lengths[column.name] = length
        return cls(table, digits, lengths)

    def whole(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch, none of whose values would lose anything.

        Raises ``SinkError`` (``sink.column-type``).
        """
        for name, digits in self.digits.items():
            if _finer(batch.column(name), digits):
                raise SinkError(
                    "sink.column-type",
                    f"column `{name}` has a time with more than {digits} digits of a second's"
                    f" fraction, which `{self.table}` would round",
                    hint=f"let the table keep more, or cut them off: `derive: {{{name}:"
                    f" date_trunc('second', {name})}}`",
                )
        for name, length in self.lengths.items():
            text = to_text(batch.column(name))
            longer = pc.greater(pc.utf8_length(text), length)
            if pc.any(pc.and_(pc.ends_with(text, " "), longer)).as_py():
                raise SinkError(
                    "sink.column-type",
                    f"column `{name}` has text with blanks at its end, which `{self.table}` would"
                    " cut off",
                    hint=f"take them off with a step, `clean: {name}`, or make the table's column"
                    " text",
                )
        return batch


def _finer(column: pa.Array, digits: int) -> bool:
    clock = pa.types.is_time(column.type)
    fine = pa.time64("us") if clock else pa.timestamp("us", column.type.tz)
    micros = column.cast(fine).cast(pa.int64())
    unit = 10 ** (ALL_DIGITS - digits)
    return bool(pc.any(pc.not_equal(micros, pc.multiply(pc.divide(micros, unit), unit))).as_py())
