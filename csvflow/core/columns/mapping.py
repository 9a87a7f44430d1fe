"""One batch of texts to one of typed values, with what was refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from csvflow.contract import Mapped, Rejection
from csvflow.core.arrays import arrow, bools
from csvflow.core.columns.convert import Converter, converter
from csvflow.core.columns.literals import literal
from csvflow.core.columns.marks import Marks
from csvflow.core.columns.reasons import shown, why_not
from csvflow.core.columns.rules import Rule, rules_of
from csvflow.core.columns.sift import without
from csvflow.core.columns.spec import Column

_TEXT = pa.utf8()


@dataclass(frozen=True, slots=True)
class Output:
    """One column that comes out, and where it comes from."""

    name: str
    type: pa.DataType
    at: int | None
    """Its place in the file; None for a column that isn't there."""
    column: Column | None
    """What was declared; None for a column that is kept as text."""
    rescued: tuple[int, ...] = ()
    """Places whose fields it holds as a JSON object."""
    keys: tuple[str, ...] = ()
    """The keys of that object."""

    def unchanged(self, at: int) -> bool:
        """Tell whether it is the file's column at that place, as it is."""
        column = self.column
        return self.at == at and (
            column is None
            or (
                column.type.name == "text"
                and not column.required
                and not rules_of(column)
                and column.default is None
            )
        )


@dataclass(frozen=True, slots=True)
class _Work:
    output: Output
    convert: Converter | None
    rules: Sequence[Rule]
    default: pa.Scalar | None
    required: bool


class Mapping:
    """Types the batches of one file."""

    def __init__(self, outputs: Sequence[Output], schema: pa.Schema, marks: Marks) -> None:
        self._schema = schema
        self._marks = marks
        self._work = [_work(output, marks) for output in outputs]

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch | Mapped:
        """Return the typed batch; a row's first refusal in declared order is the one told."""
        rejected: list[Rejection] = []
        arrays = [self._column(work, batch, rejected) for work in self._work]
        typed = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        if not rejected:
            return typed
        refused = np.zeros(batch.num_rows, np.bool_)
        for one in rejected:
            refused |= bools(one.mask)
        return Mapped(without(typed, refused), arrow(~refused), rejected)

    def _column(self, work: _Work, batch: pa.RecordBatch, rejected: list[Rejection]) -> pa.Array:
        output = work.output
        if output.rescued:
            return _rescue(output, batch)
        name = output.name
        if output.at is None:
            values, texts = pa.nulls(batch.num_rows, output.type), None
        else:
            texts = batch.column(output.at)
            if output.column is not None and texts.type != _TEXT:
                texts = texts.cast(_TEXT)
            values = texts
        if work.convert is not None and texts is not None:
            done = work.convert(texts)
            values = done.values
            if done.bad is not None:
                reason = self._type_reason(work, texts)
                rejected.append(Rejection(arrow(done.bad), "row.type", name, reason))
        if work.default is not None and values.null_count:
            values = values.fill_null(work.default)
        elif work.required and values.null_count:
            mask = values.is_null()
            rejected.append(Rejection(mask, "row.required", name, "a value is required"))
        for rule in work.rules:
            mask = rule.broken(values)
            if mask.true_count:
                reason = _rule_reason(rule, texts, values)
                rejected.append(Rejection(mask.fill_null(False), "row.rule", name, reason))
        return values

    def _type_reason(self, work: _Work, texts: pa.Array) -> Callable[[int], str]:
        column = work.output.column
        assert column is not None  # noqa: S101 - only declared columns are converted
        kind, marks = column.type, self._marks
        return lambda at: why_not(texts[at].as_py(), kind, marks)


def _work(output: Output, marks: Marks) -> _Work:
    column = output.column
    if column is None:
        return _Work(output, None, (), None, False)
    convert = None if column.type.name == "text" else converter(column.type, marks)
    default = None if column.default is None else literal(column.type, column.default)
    return _Work(output, convert, rules_of(column), default, column.required)


def _rule_reason(rule: Rule, texts: pa.Array | None, values: pa.Array) -> Callable[[int], str]:
    def reason(at: int) -> str:
        text = texts[at].as_py() if texts is not None else None
        return f"{shown(str(values[at].as_py()) if text is None else text)} {rule.says}"

    return reason


def _rescue(output: Output, batch: pa.RecordBatch) -> pa.Array:
    """Return one JSON object a row; null fields stay out of it, and a row of nulls is null."""
    columns = [batch.column(at).to_pylist() for at in output.rescued]
    rows = []
    for fields in zip(*columns, strict=True):
        found = {
            key: value for key, value in zip(output.keys, fields, strict=True) if value is not None
        }
        rows.append(json.dumps(found, ensure_ascii=False) if found else None)
    return pa.array(rows, pa.utf8())
