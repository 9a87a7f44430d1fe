"""Many records at once, by Arrow's parser."""

from __future__ import annotations

import codecs

import pyarrow as pa
import pyarrow.csv as pcsv

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.plain import Plain


def parse(
    plain: Plain, dialect: Dialect, width: int, *, quoted_nulls: bool
) -> tuple[list[pa.Array], list[tuple[int, int]]]:
    """Return the columns, and the number and width of each record that doesn't fit."""
    keys = [f"c{index}" for index in range(width)]
    bad: list[tuple[int, int]] = []

    def skip(row: pcsv.InvalidRow) -> str:
        bad.append((row.number, row.actual_columns))
        return "skip"

    if plain.text[:3] == codecs.BOM_UTF8:
        # Arrow drops one at the beginning of any text; here it is the text's own.
        plain.text = codecs.BOM_UTF8 + bytes(plain.text)
    if plain.text[-1:] not in (b"\n", b"\r"):
        # Arrow takes an empty last field for a quoted one where no newline ends it.
        plain.text = bytes(plain.text) + b"\n"
    table = pcsv.read_csv(
        pa.BufferReader(plain.text),
        read_options=pcsv.ReadOptions(
            use_threads=False, block_size=len(plain.text) + 1, column_names=keys
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
            column_types=dict.fromkeys(keys, pa.string()),
            null_values=plain.nulls,
            strings_can_be_null=True,
            quoted_strings_can_be_null=quoted_nulls,
        ),
    )
    return _columns(table), bad


def _columns(table: pa.Table) -> list[pa.Array]:
    return [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]
