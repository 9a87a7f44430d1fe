"""Values in place of nulls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from csvflow.contract import ConfigError, Examples, Rows, Settings, Step
from csvflow.kit.names import Names, Sql


class FillSettings(Settings):
    """Settings of the fill step."""

    values: dict[str, Sql] = Field(default_factory=dict)
    """Column: the value that takes the place of null, written as in the file."""
    down: Names | None = None
    """Columns in which a null takes the value of the row above."""

    @model_validator(mode="after")
    def _something(self) -> FillSettings:
        if not self.values and not self.down:
            raise ValueError("`fill` needs `values`, `down` or both")
        return self


class FillStep(Step[FillSettings]):
    """Puts values in place of nulls: given ones, or the last one above.

    Where both are said of a column, the value is for the rows that have none above.
    """

    examples: ClassVar[Examples] = {
        "A value for null": {"values": {"country": "DE", "quantity": 1}},
        "From the row above": {"down": ["country"]},
    }

    def apply(self, rows: Rows) -> Rows:
        schema = rows.schema
        down = self.settings.down or ()
        rows.project({name: name for name in dict.fromkeys([*self.settings.values, *down])})
        values = {
            name: _value(name, text, schema.field(name).type)
            for name, text in self.settings.values.items()
        }
        return rows.map_batches(_Filling(schema, values, down), schema)


class _Filling:
    """Fills batch after batch; remembers the last values between them."""

    def __init__(
        self, schema: pa.Schema, values: Mapping[str, pa.Scalar], down: tuple[str, ...]
    ) -> None:
        self._schema = schema
        self._values = values
        self._down = down
        self._last: dict[str, pa.Scalar] = {}

    def fresh(self) -> _Filling:
        """Return one that remembers nothing: each pass of rows gets its own."""
        return _Filling(self._schema, self._values, self._down)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = []
        for name, column in zip(self._schema.names, batch.columns, strict=True):
            filled = self._downward(name, column) if name in self._down else column
            value = self._values.get(name)
            columns.append(filled if value is None else pc.fill_null(filled, value))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def _downward(self, name: str, column: pa.Array) -> pa.Array:
        filled = pc.fill_null_forward(column)
        last = self._last.get(name)
        if last is not None:
            filled = pc.fill_null(filled, last)
        if len(filled) and filled[-1].is_valid:
            self._last[name] = filled[-1]
        return filled


def _value(name: str, text: str, kind: pa.DataType) -> pa.Scalar:
    try:
        value = pa.scalar(text, pa.string()).cast(kind)
    except pa.ArrowException:
        wrong = ConfigError("config.value", f"`{text}` can't stand in `{name}`, which is {kind}")
        wrong.subject = text
        raise wrong from None
    return value
