"""A pipeline and the header of an input make a plan over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from csvflow.contract import ConfigError, Mapped, Rows, Step
from csvflow.core.columns.typing import BoundTyping, Typing
from csvflow.core.engine.plan import PlannedRows

if TYPE_CHECKING:
    from csvflow.core.columns.renames import Sample
    from csvflow.core.pipeline.model import Part, Pipeline


def bind(
    pipeline: Pipeline,
    header: Sequence[str],
    captures: Mapping[str, str],
    sample: Sample | None = None,
) -> BoundTyping:
    """Return how the text of these columns becomes typed rows.

    Captures of the source's path are columns too: those that the pipeline declares are typed
    like the file's own. Of a header that differs from the pipeline, some rows are looked at.
    """
    for name in captures:
        if name in header:
            raise ConfigError(
                "config.capture",
                f"`{{{name}}}` in the source's path has the name of a column of the file",
                hint=f"call the capture otherwise, e.g. `{{{name}_in_path}}`",
                place=pipeline.source.place,
            )
    typing = Typing(
        pipeline.columns,
        unknown=pipeline.unknown_columns,
        missing=pipeline.missing_columns,
        headers=pipeline.headers,
        options=pipeline.csv,
        rescued=pipeline.rescue_column,
        by_order=pipeline.csv.header == "none",
    )
    declared = {column.name for column in pipeline.columns}
    return typing.bind([*header, *(name for name in captures if name in declared)], sample)


def text_schema(
    header: Sequence[str], captures: Mapping[str, str], typed: Sequence[str]
) -> pa.Schema:
    """Return the columns of the text that enters the plan: the file's, and typed captures."""
    names = [*header, *(name for name in captures if name in typed)]
    return pa.schema([(name, pa.string()) for name in names])


def compose(
    pipeline: Pipeline, text: pa.Schema, bound: BoundTyping, captures: Mapping[str, str]
) -> PlannedRows:
    """Return the plan from text to what the sinks take; reads no row."""
    rows: Rows = (
        PlannedRows.start(text).labelled("columns").map_batches(bound.mapping, bound.schema)
    )
    for name in bound.uniques:
        rows = rows.distinct([name], keep="first", reject="row.unique")
    missing = {name: value for name, value in captures.items() if name not in bound.schema.names}
    if missing:
        rows = _with_constants(rows, missing)
    for number, part in enumerate(pipeline.steps, 1):
        assert isinstance(rows, PlannedRows)  # noqa: S101 - the engine's own plans are closed
        rows = _apply(part, rows.labelled(f"step {number} `{part.type}`"))
    assert isinstance(rows, PlannedRows)  # noqa: S101 - likewise
    return rows


def segments(
    pipeline: Pipeline, text: pa.Schema, bound: BoundTyping, captures: Mapping[str, str]
) -> list[PlannedRows]:
    """Return a plan for the columns and one for each step, each over what the one before lets out.

    One after another they do what ``compose`` does, and rows can be looked at in between.
    """
    parts = [compose(replace(pipeline, steps=()), text, bound, captures)]
    for number, part in enumerate(pipeline.steps, 1):
        begun = PlannedRows.start(parts[-1].schema).labelled(f"step {number} `{part.type}`")
        rows = _apply(part, begun)
        assert isinstance(rows, PlannedRows)  # noqa: S101 - the engine's own plans are closed
        parts.append(rows)
    return parts


def _apply(part: Part, rows: Rows) -> Rows:
    step = part.make()
    assert isinstance(step, Step)  # noqa: S101 - the registry loads a kind's own plugins
    try:
        return step.apply(rows)
    except ConfigError as error:
        raise part.locate(error, error.subject) from error


def _with_constants(rows: Rows, values: Mapping[str, str]) -> Rows:
    schema = rows.schema
    for name in values:
        schema = schema.append(pa.field(name, pa.string()))

    def add(batch: pa.RecordBatch) -> Mapped:
        columns = [
            pa.repeat(pa.scalar(text, pa.string()), batch.num_rows) for text in values.values()
        ]
        return Mapped(pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema))

    return rows.map_batches(add, schema)
