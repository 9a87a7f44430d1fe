"""Rows on their way through a pipeline: a small immutable plan that steps add to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "_csvflow_row"
"""Reserved column, int64: the number of the record in its input, from 1."""
LINE = "_csvflow_line"
"""Reserved column, int64: the physical line on which the record begins, from 1; null if none."""
RESERVED = "_csvflow_"
"""Columns that begin with this are csvflow's."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows of one batch that are refused for one reason."""

    mask: pa.BooleanArray
    """One per input row; null counts as False. The first rejection of a row is the one told."""
    code: str
    """``row.type``, ``row.rule`` or a code of the step's own."""
    column: str | None
    reason: str | Callable[[int], str]
    """One sentence, or a function from the position in the batch to it."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of one batch: rows that go on, rows refused, the rest dropped on purpose."""

    batch: pa.RecordBatch
    """The rows that go on, in input order."""
    kept: pa.BooleanArray | None = None
    """One per input row, no nulls: which of them ``batch`` has. None: all of them."""
    rejected: Sequence[Rejection] = ()


MapBatch = Callable[["pa.RecordBatch"], "pa.RecordBatch | Mapped"]


class Rows(ABC):
    """A plan over rows. Every method returns a new plan; none reads a row.

    Expressions are SQL scalar expressions in DuckDB's dialect over the columns of
    ``schema``, checked here: ``ConfigError`` names an unknown column or function. A row for
    which one fails, or gives NaN or infinity, is rejected (``row.expression``).
    Reserved columns are carried along unseen.
    """

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """The columns at this point, without reserved ones."""

    @abstractmethod
    def project(self, columns: Mapping[str, str]) -> Rows:
        """Keep, order and rename columns: new name → present name."""

    @abstractmethod
    def map_batches(self, function: MapBatch, schema: pa.Schema) -> Rows:
        """Pass each batch (without reserved columns) through a function; one thread calls it.

        A function that remembers something between batches has a method ``fresh``, which
        returns one that remembers nothing: each pass of rows asks for its own.
        """

    @abstractmethod
    def cast(self, types: Mapping[str, str]) -> Rows:
        """Convert columns by declared types (``int``, ``decimal(12,2)``, ``date %d/%m/%Y``).

        Text by the lossless rules that ``columns`` follows, other values by way of their text;
        a value that doesn't convert exactly rejects its row (``row.type``).
        """

    @abstractmethod
    def where(self, condition: str) -> Rows:
        """Drop the rows for which the condition isn't true."""

    @abstractmethod
    def with_columns(self, expressions: Mapping[str, str]) -> Rows:
        """Add or replace columns, each computed from the columns as they were before."""

    @abstractmethod
    def check(self, condition: str, *, code: str, column: str | None, reason: str) -> Rows:
        """Reject the rows for which the condition is false; like SQL's CHECK, null passes."""

    @abstractmethod
    def distinct(
        self, by: Sequence[str], *, keep: Literal["first", "last"], reject: str | None = None
    ) -> Rows:
        """Keep one row for each value of the key: others are dropped, or rejected with a code.

        With ``reject`` (a code such as ``row.unique``) a key that holds a null is never a
        duplicate, as in SQL's UNIQUE; without it nulls are equal to each other.
        """

    @abstractmethod
    def sort(self, by: Sequence[tuple[str, Literal["asc", "desc"]]]) -> Rows:
        """Order the rows; equal ones stay in input order; nulls come last."""

    @abstractmethod
    def limit(self, count: int) -> Rows:
        """Keep the first rows and drop the others."""

    @abstractmethod
    def query(self, sql: str) -> Rows:
        """Replace the rows by the result of one SELECT over the table ``rows``."""

    @abstractmethod
    def map_all(self, function: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> Rows:
        """Replace the rows by what a function makes of all of them, in memory."""
