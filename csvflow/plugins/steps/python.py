"""Functions of the author's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from csvflow.contract import Examples, Mapped, Rows, RunError, Settings, Step
from csvflow.kit.functions import Function, load_function


class PythonSettings(Settings):
    """Settings of the python step."""

    function: str = Field(pattern=r"^[A-Za-z_][\w.]*(:[A-Za-z_]\w*)?$")
    """`module:function`, the module being a file of the project's `pipelines/` folder."""
    takes: Literal["pandas", "arrow"] = "pandas"
    """Whether the function takes and returns a pandas DataFrame or a pyarrow Table."""
    mode: Literal["batch", "whole"] = "batch"
    """`batch` calls it for some rows at a time; `whole` once for all of them, in memory."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Column: type, of the columns that the function adds or whose type it changes."""
    without: tuple[str, ...] = ()
    """Columns that the function takes away."""
    _project: str | None = PrivateAttr(default=None)
    _allowed: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _remember(self, info: ValidationInfo) -> PythonSettings:
        # What may run comes from outside, never from the YAML alone.
        context = info.context or {}
        self._project = context.get("project")
        self._allowed = tuple(context.get("allow_python", ()))
        return self

    def load(self) -> Function:
        """Return the function, if it may run.

        Raises ``ConfigError``.
        """
        folder = Path(self._project) / "pipelines" if self._project is not None else None
        return load_function(self.function, folder, self._allowed)


class PythonStep(Step[PythonSettings]):
    """Passes the rows through a Python function, as a pandas DataFrame or a pyarrow Table.

    The function may change, add (`columns`) and take away (`without`) columns. In mode
    `batch` it keeps the rows' number and order; with pandas it may also leave rows out, which
    are dropped: the index tells which stayed. In mode `whole` it may do anything, and the
    rows that it returns are new ones. pandas columns have Arrow types, so that ints with
    nulls, decimals and dates come and go exactly.

    Only code that the machine's owner put there runs: modules of the project's `pipelines/`
    folder, entry points of the group `csvflow.functions`, and names given with
    `--allow-python`.
    """

    examples: ClassVar[Examples] = {
        "Some rows at a time, with pandas": {
            "function": "orders:add_margin",
            "columns": {"margin": "decimal(12,2)"},
        },
        "All rows at once, with Arrow": {
            "function": "orders:largest_first",
            "takes": "arrow",
            "mode": "whole",
        },
    }

    def apply(self, rows: Rows) -> Rows:
        settings = self.settings
        function = settings.load()
        schema = _after(rows, settings)
        if settings.mode == "whole":
            return rows.map_all(
                lambda table: _table(self._call(function, self._frame(table)), schema, settings),
                schema,
            )

        def some(batch: pa.RecordBatch) -> Mapped:
            frame = self._frame(pa.Table.from_batches([batch]))
            made = self._call(function, frame)
            table = _table(made, schema, settings)
            kept = None
            if settings.takes == "pandas" and table.num_rows < batch.num_rows:
                kept = _stayed(made, batch.num_rows, settings.function)
            return Mapped(_batch(table, schema), kept)

        return rows.map_batches(some, schema)

    def _frame(self, table: pa.Table) -> Any:
        if self.settings.takes == "arrow":
            return table
        import pandas as pd  # noqa: PLC0415 - 400 ms, and only this step needs it

        return table.to_pandas(types_mapper=pd.ArrowDtype)

    def _call(self, function: Function, frame: Any) -> Any:
        return function(frame)


def _after(rows: Rows, settings: PythonSettings) -> pa.Schema:
    """Return the schema with the declared changes; the plan that types them is thrown away."""
    if settings.without:
        rows.project({name: name for name in dict.fromkeys(settings.without)})
    texts = pa.schema([(name, pa.string()) for name in settings.columns])
    new = rows.map_batches(lambda batch: batch, texts).cast(settings.columns).schema
    fields = [
        new.field(field.name) if field.name in new.names else field
        for field in rows.schema
        if field.name not in settings.without
    ]
    present = {field.name for field in fields}
    return pa.schema([*fields, *(field for field in new if field.name not in present)])


def _table(made: Any, schema: pa.Schema, settings: PythonSettings) -> pa.Table:
    """Return what a function gave as a table of the announced schema."""
    names = list(getattr(made, "column_names", getattr(made, "columns", ())))
    if sorted(map(str, names)) != sorted(schema.names):
        raise RunError(
            "run.step",
            f"`{settings.function}` returned the columns {_listed(names)}, not "
            f"{_listed(schema.names)}",
            hint="say in `columns` which it adds, with their types, and in `without` which it "
            "takes away",
        )
    try:
        if isinstance(made, pa.Table):
            return made.select(schema.names).cast(schema)
        return pa.Table.from_pandas(made, schema=schema, preserve_index=False)
    except (pa.ArrowException, TypeError, AttributeError) as error:
        raise RunError(
            "run.step",
            f"`{settings.function}` returned what isn't of the announced types: {error}",
            hint="say in `columns` which types it changes",
        ) from error


def _batch(table: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=schema)


def _stayed(made: Any, rows: int, function: str) -> pa.BooleanArray:
    import numpy as np  # noqa: PLC0415 - comes with pandas

    index = [int(at) for at in made.index]
    if sorted(set(index)) != index or any(not 0 <= at < rows for at in index):
        raise RunError(
            "run.step",
            f"`{function}` returned rows whose index doesn't say which rows they are",
            hint="keep the index when leaving rows out; to reorder or add rows use `mode: whole`",
        )
    mask = np.zeros(rows, dtype=bool)
    mask[index] = True
    return pa.array(mask)


def _listed(names: Sequence[object]) -> str:
    return ", ".join(f"`{name}`" for name in names)
