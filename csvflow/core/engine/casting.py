"""Types declared in the middle of a pipeline: the same lossless rules as for the file's columns."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import ConfigError, MapBatch, Mapped
from csvflow.core.columns.mapping import Mapping as Typed
from csvflow.core.columns.mapping import Output
from csvflow.core.columns.marks import PLAIN
from csvflow.core.columns.spec import Column, parse_column
from csvflow.core.columns.types import WORDED, ColumnType, arrow_type


def casting(schema: pa.Schema, types: Mapping[str, str]) -> tuple[MapBatch, pa.Schema, list[str]]:
    """Return what converts a batch, the schema of what it gives, and the unique columns.

    Raises ``ConfigError`` for a type that can't be read.
    """
    declared = {name: _column(name, text) for name, text in types.items()}
    outputs = [
        Output(
            name,
            arrow_type(declared[name].type) if name in declared else schema.field(name).type,
            at,
            declared.get(name),
        )
        for at, name in enumerate(schema.names)
    ]
    after = pa.schema([(output.name, output.type) for output in outputs])
    typed = Typed(outputs, after, PLAIN)

    def convert(batch: pa.RecordBatch) -> pa.RecordBatch | Mapped:
        columns = [
            _as_text(column, declared[name].type) if name in declared else column
            for name, column in zip(schema.names, batch.columns, strict=True)
        ]
        return typed(pa.RecordBatch.from_arrays(columns, names=schema.names))

    return convert, after, [name for name, column in declared.items() if column.unique]


def _column(name: str, text: str) -> Column:
    try:
        column = parse_column(name, text)
    except ConfigError as error:
        error.subject = error.subject or text
        raise
    if column.sources:
        wrong = ConfigError(
            "config.column",
            f"`{text}` can't stand in `cast`: the column has its name by now",
            hint="rename it with the step `rename`",
        )
        wrong.subject = text
        raise wrong
    return column


def _as_text(column: pa.Array, target: ColumnType) -> pa.Array:
    if pa.types.is_string(column.type):
        return column
    text = pc.cast(column, pa.string())
    if pa.types.is_decimal(column.type) and target.name not in WORDED:
        # 12.00 is the int 12: final zeros are how a decimal is written, not what it is.
        text = pc.replace_substring_regex(text, r"\.0+$|(\.[0-9]*[1-9])0+$", r"\1")
    return text
