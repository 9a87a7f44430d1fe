"""What carries out a node: batches in, batches and refused rows out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import LINE, ROW, MapBatch, Mapped, Rejection, RunError
from csvflow.core.engine import nodes as n

RESERVED_FIELDS = (pa.field(ROW, pa.int64()), pa.field(LINE, pa.int64()))


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that may not go on, and why."""

    row: int
    line: int | None
    code: str
    column: str | None
    reason: str


@dataclass(slots=True)
class Tally:
    """What one node did to rows, in numbers."""

    rows_in: int = 0
    out: int = 0
    rejected: int = 0
    dropped: int = 0
    folded: int = 0
    added: int = 0


Out: TypeAlias = "pa.RecordBatch | list[Refused]"


class Operator(ABC):
    """Carries out one or more nodes. Batches end in the reserved columns."""

    @abstractmethod
    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        """Take one batch, never an empty one; yield what goes on and what is refused."""

    def finish(self) -> Iterator[Out]:
        """Yield what was held back until the last row."""
        return iter(())

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of files and memory. May be called at any time, more than once."""


def with_reserved(schema: pa.Schema) -> pa.Schema:
    """Return the schema that batches really have."""
    return pa.schema([*schema, *RESERVED_FIELDS])


def refuse(
    batch: pa.RecordBatch, rejections: Sequence[Rejection], tally: Tally
) -> tuple[list[Refused], pa.BooleanArray | None]:
    """Return the refused rows in their order, and the mask of them; of two reasons the first."""
    if not rejections:
        return [], None
    found: dict[int, Refused] = {}
    numbers, lines = batch.column(ROW), batch.column(LINE)
    union: pa.BooleanArray | None = None
    for rejection in rejections:
        mask = rejection.mask
        if not mask.true_count:
            continue
        if mask.null_count:
            mask = pc.and_kleene(mask, mask.is_valid())
        union = mask if union is None else pc.or_(union, mask)
        for position in pc.indices_nonzero(mask).to_pylist():
            if position in found:
                continue
            reason = rejection.reason
            found[position] = Refused(
                numbers[position].as_py(),
                lines[position].as_py(),
                rejection.code,
                rejection.column,
                reason if isinstance(reason, str) else reason(position),
            )
    tally.rejected += len(found)
    return [found[position] for position in sorted(found)], union


@dataclass(slots=True)
class Alive:
    """Which rows of a batch are still on their way."""

    count: int
    mask: pa.BooleanArray | None = field(default=None)
    """None: all of them."""

    def keep(self, passes: pa.BooleanArray) -> int:
        """Take out the rows that don't pass; return how many that were."""
        if self.mask is not None:
            passes = pc.and_(self.mask, passes)
        left: int = passes.true_count
        gone, self.count = self.count - left, left
        if gone:
            self.mask = passes
        return gone

    def among(self, mask: pa.BooleanArray) -> pa.BooleanArray:
        """Return the mask without the rows that have ended before."""
        return mask if self.mask is None else pc.and_(mask, self.mask)

    def of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows of the batch that are still on their way."""
        return batch if self.mask is None else batch.filter(self.mask)


class MapOperator(Operator):
    """Passes each batch through a function that knows nothing of reserved columns."""

    def __init__(self, node: n.MapBatches, before: pa.Schema, tally: Tally) -> None:
        self._schema = node.schema
        self._before = before
        self._tally = tally
        # A function that remembers something between batches begins anew in each pass.
        fresh = getattr(node.function, "fresh", None)
        self._function: MapBatch = node.function if fresh is None else fresh()

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        visible = batch.select(self._before.names)
        made = self._function(visible)
        mapped = made if isinstance(made, Mapped) else Mapped(made)
        refused, mask = refuse(batch, mapped.rejected, self._tally)
        reserved = [batch.column(ROW), batch.column(LINE)]
        kept = batch.num_rows
        if mapped.kept is not None:
            kept = mapped.kept.true_count
            reserved = [column.filter(mapped.kept) for column in reserved]
        both = mask is not None and (
            mapped.kept is None or pc.any(pc.and_(mask, mapped.kept)).as_py()
        )
        if mapped.batch.num_rows != kept or both:
            raise RunError(
                "run.step",
                f"a function gave {mapped.batch.num_rows} rows for {kept} that it kept",
                hint="a function over batches keeps the number of rows, or says in `Mapped` "
                "which it kept",
            )
        self._tally.rows_in += batch.num_rows
        self._tally.out += kept
        self._tally.dropped += batch.num_rows - kept - len(refused)
        if refused:
            yield refused
        if kept:
            yield pa.RecordBatch.from_arrays(
                [*conform(mapped.batch, self._schema).columns, *reserved],
                schema=with_reserved(self._schema),
            )


@dataclass(slots=True)
class LimitOperator(Operator):
    """Lets the first rows through."""

    node: n.Limit
    tally: Tally = field(default_factory=Tally)

    def push(self, batch: pa.RecordBatch) -> Iterator[Out]:
        passed = min(batch.num_rows, self.node.count - self.tally.out)
        self.tally.rows_in += batch.num_rows
        self.tally.out += passed
        self.tally.dropped += batch.num_rows - passed
        if passed:
            yield batch.slice(0, passed)


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch if it has the schema that was announced.

    Raises ``RunError`` (``run.step``) where a function broke its word.
    """
    if batch.schema.equals(schema):
        return batch
    have, want = batch.schema, schema
    if have.names != want.names:
        raise RunError(
            "run.step",
            f"a step announced the columns {', '.join(want.names)} and gave "
            f"{', '.join(have.names)}",
        )
    for mine, theirs in zip(have, want, strict=True):
        if mine.type != theirs.type:
            raise RunError(
                "run.step",
                f"a step announced {theirs.type} for the column `{theirs.name}` and gave "
                f"{mine.type}",
            )
    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)
