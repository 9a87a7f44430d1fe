"""Lines that ``footer:`` leaves out, in files that have none: records must never vanish."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from csvflow.contract import InputError, Mapped
from csvflow.core.columns.typing import BoundTyping
from csvflow.core.intake import Intake


def refuse_records(
    intake: Intake, bound: BoundTyping, text: pa.Schema, captures: Mapping[str, str], lines: int
) -> None:
    """Raise ``InputError`` where one of the last lines, told to be no record, reads as one.

    Only columns that aren't text can tell: there must be some, each with a value that fits.
    """
    width = len(intake.header)
    typed = [
        output.name
        for output in bound.outputs
        if output.at is not None
        and output.at < width
        and output.column is not None
        and output.column.type.name != "text"
    ]
    if not typed:
        return
    more = [captures[name] for name in text.names[width:]]
    for back, line in enumerate(reversed(intake.last_lines(lines)), 1):
        fields = intake.fields(line)
        if len(fields) != width:
            continue
        arrays = [pa.array([field], pa.utf8()) for field in [*fields, *more]]
        done = bound.mapping(pa.RecordBatch.from_arrays(arrays, schema=text))
        batch = done.batch if isinstance(done, Mapped) else done
        if batch.num_rows and not any(batch.column(name).null_count for name in typed):
            raise InputError(
                "input.footer",
                f"line {back} from the end reads as a record, and `csv: {{footer: {lines}}}`"
                " leaves it out",
                hint="`footer: auto` looks whether there is a footer; one that reads as rows is"
                " left out by a `filter` step",
            )
