"""What a plan is made of: one record for each thing that can be done to rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from csvflow.contract import MapBatch

if TYPE_CHECKING:
    # A pipeline without expressions doesn't pay for importing SQLGlot.
    from csvflow.core.engine.expressions import Expression
    from csvflow.core.engine.queries import Query


@dataclass(frozen=True, slots=True)
class Label:
    """Here a step begins; nothing happens to the rows."""

    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """New name and present name of each column that stays."""

    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Rows for which the condition isn't true are dropped."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Computed:
    """One column that an expression makes."""

    name: str
    expression: Expression
    cast: str | None
    """The DuckDB type that it is converted to, where its own is none that sinks know."""
    type: pa.DataType

    def sql(self, plain: str) -> str:
        """Return the SQL of the expression, converted."""
        return f"CAST(({plain}) AS {self.cast})" if self.cast else f"({plain})"


@dataclass(frozen=True, slots=True)
class WithColumns:
    """Columns added or replaced, each from the columns before this node."""

    columns: tuple[Computed, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Rows for which the condition is false are rejected."""

    condition: Expression
    code: str
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class MapBatches:
    """Each batch, without reserved columns, through a function."""

    function: MapBatch
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class Limit:
    """The first rows stay."""

    count: int


@dataclass(frozen=True, slots=True)
class Distinct:
    """One row for each key stays."""

    by: tuple[str, ...]
    keep: Literal["first", "last"]
    reject: str | None


@dataclass(frozen=True, slots=True)
class Sort:
    """All rows in another order."""

    by: tuple[tuple[str, Literal["asc", "desc"]], ...]


@dataclass(frozen=True, slots=True)
class Select:
    """All rows replaced by the result of a query over them."""

    query: Query
    columns: tuple[tuple[str, str | None], ...]
    """Name in the result, and the DuckDB type that it is converted to where its own is odd."""
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class MapAll:
    """All rows, in memory, replaced by what a function makes of them."""

    function: Callable[[pa.Table], pa.Table]
    schema: pa.Schema


RowWise = Project | Where | WithColumns | Check
"""What runs together: any number of neighbours become one query over a batch."""

Node = Label | RowWise | MapBatches | Limit | Distinct | Sort | Select | MapAll
