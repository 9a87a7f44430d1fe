"""The laws of a step as a test suite: subclass ``StepLaws`` and give it a ``case`` fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest

from csvflow.contract import LINE, RESERVED, ROW, ConfigError, Step
from csvflow.core.engine.flow import Flow, Refused, StepCount
from csvflow.core.engine.plan import PlannedRows

Row = Mapping[str, Any]

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("email", pa.string()),
        ("country", pa.string()),
        ("amount", pa.decimal128(12, 2)),
        ("quantity", pa.int64()),
        ("day", pa.date32()),
        ("note", pa.string()),
        ("score", pa.float64()),
    ]
)
"""The columns of the orders that the laws send through a step."""

ORDERS: Sequence[Row] = [
    dict(zip(SCHEMA.names, row, strict=True))
    for row in [
        (1, " Ada@x.org", "DE", Decimal("10.00"), 1, date(2026, 1, 3), "7", 0.5),
        (2, "bob@x.org ", "FR", Decimal("-2.50"), 2, date(2026, 1, 1), "two  words", None),
        (3, None, None, None, None, None, None, None),
        (2, "bob@x.org", "FR", Decimal("4.00"), 2000, date(2026, 1, 2), "08", -1.0),
        (5, "", "DE", Decimal("4.00"), 3, date(2026, 1, 2), "", 2.0),
        (3, "eve@x.org", None, Decimal("0.00"), 0, date(2025, 12, 31), "9", 0.0),
        (7, "Ada@X.org", "IT", Decimal("99.99"), 1, date(2026, 2, 28), "x.y", 1e300),
    ]
]
"""Seven orders, with nulls, empty texts, spaces and repeated ids."""
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""When the laws' runs were first claimed."""
CUTS: Sequence[Sequence[int]] = ((7,), (1, 1, 1, 1, 1, 1, 1), (3, 4), (2, 0, 5), (6, 1))
"""Sizes of the batches in which the same orders come."""


@dataclass(frozen=True, slots=True)
class StepCase:
    """One step with one set of settings, over ``SCHEMA``."""

    make: Callable[[], Step[Any]]
    """Returns a new instance with the same settings."""
    missing: Callable[[], Step[Any]] | None = None
    """Returns one whose settings name a column that isn't there, if it can name any."""
    reorders: bool = False
    """True: the step is there to change the order of rows."""
    renews: bool = False
    """True: the rows that come out are new ones, with numbers of their own."""
    untouched: str | None = "id"
    """A column that comes out as it went in."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the orders."""

    rows: Sequence[Row]
    """With reserved columns, in the order in which they came out."""
    refused: Sequence[Refused]
    count: StepCount
    """What the engine says that the step did."""
    schemas: Sequence[pa.Schema]
    """Of every batch that came out."""


class StepLaws:
    """Every law in ``csvflow.contract.Step``; each test is one of them."""

    @pytest.fixture
    def case(self) -> StepCase:
        """Return the case under test."""
        raise NotImplementedError("override the fixture `case`")

    def test_apply_reads_no_row(self, case: StepCase) -> None:
        def read(batch: pa.RecordBatch) -> pa.RecordBatch:
            raise AssertionError(f"`apply` read {batch.num_rows} rows")

        case.make().apply(PlannedRows.start(SCHEMA).map_batches(read, SCHEMA))

    def test_a_column_that_is_not_there_is_a_config_error(self, case: StepCase) -> None:
        if case.missing is None:
            return
        with pytest.raises(ConfigError):
            case.missing().apply(PlannedRows.start(SCHEMA))

    def test_rows_come_out_with_the_announced_schema(self, case: StepCase) -> None:
        announced = case.make().apply(PlannedRows.start(SCHEMA)).schema
        assert not [name for name in announced.names if name.startswith(RESERVED)]
        full = [*announced, pa.field(ROW, pa.int64()), pa.field(LINE, pa.int64())]
        for schema in send(case.make()).schemas:
            assert list(schema) == full

    def test_where_batches_are_cut_makes_no_difference(self, case: StepCase) -> None:
        whole = send(case.make())
        for cut in CUTS:
            parts = send(case.make(), cut)
            assert parts.rows == whole.rows
            assert by_row(parts.refused) == by_row(whole.refused)
            assert parts.count == whole.count

    def test_every_row_is_accounted_for(self, case: StepCase) -> None:
        result = send(case.make())
        assert result.count.rows_in == len(ORDERS)
        assert result.count.out == len(result.rows)
        assert result.count.rejected == len(result.refused)
        assert result.count.balance()
        if not case.renews:
            out = [row[ROW] for row in result.rows]
            told = [refused.row for refused in result.refused]
            assert len({*out, *told}) == len(out) + len(told)
            assert {*out, *told} <= set(range(1, len(ORDERS) + 1))
            assert len(out) + len(told) + result.count.dropped == len(ORDERS)

    def test_rows_keep_their_input_order(self, case: StepCase) -> None:
        if not case.reorders and not case.renews:
            out = [row[ROW] for row in send(case.make()).rows]
            assert out == sorted(out)

    def test_rows_stay_with_their_numbers(self, case: StepCase) -> None:
        for row in send(case.make()).rows:
            if case.renews:
                assert row[LINE] is None
            else:
                assert row[LINE] == row[ROW] + 1
                if case.untouched is not None:
                    assert row[case.untouched] == ORDERS[row[ROW] - 1][case.untouched]

    def test_no_rows_are_a_result_too(self, case: StepCase) -> None:
        result = send(case.make(), ())
        assert result.count.rows_in == 0
        assert result.count.out == len(result.rows) == result.count.added

    def test_one_plan_can_be_carried_out_twice(self, case: StepCase) -> None:
        plan = PlannedRows.start(SCHEMA).labelled("step")
        applied = case.make().apply(plan)
        assert isinstance(applied, PlannedRows)
        assert carry_out(applied).rows == carry_out(applied).rows

    def test_two_instances_plan_the_same(self, case: StepCase) -> None:
        step = case.make()
        first = step.apply(PlannedRows.start(SCHEMA)).schema
        assert step.apply(PlannedRows.start(SCHEMA)).schema == first
        assert case.make().apply(PlannedRows.start(SCHEMA)).schema == first


def send(step: Step[Any], cut: Sequence[int] = CUTS[0]) -> Result:
    """Return what comes of the orders, sent in batches of these sizes."""
    applied = step.apply(PlannedRows.start(SCHEMA).labelled("step"))
    assert isinstance(applied, PlannedRows)
    return carry_out(applied, cut)


def carry_out(plan: PlannedRows, cut: Sequence[int] = CUTS[0]) -> Result:
    """Return what comes of the orders in one pass through a plan."""
    rows: list[Row] = []
    refused: list[Refused] = []
    schemas: list[pa.Schema] = []
    with TemporaryDirectory() as scratch:
        with closing(Flow(plan, scratch=Path(scratch), now=NOW, memory_bytes=2**28)) as flow:
            for batch in orders(cut):
                for passed in flow.push(batch):
                    _take(passed.batch, rows, schemas)
                    refused.extend(passed.rejected)
            for passed in flow.finish():
                _take(passed.batch, rows, schemas)
                refused.extend(passed.rejected)
            (count,) = flow.counts
        assert not list(Path(scratch).iterdir()), "a pass leaves nothing in its scratch folder"
    return Result(rows, refused, count, schemas)


def orders(cut: Sequence[int] = CUTS[0]) -> Iterator[pa.RecordBatch]:
    """Yield the orders in batches of these sizes, with row numbers and lines."""
    schema = pa.schema([*SCHEMA, (ROW, pa.int64()), (LINE, pa.int64())])
    start = 0
    for size in cut:
        part = [
            {**row, ROW: number, LINE: number + 1}
            for number, row in enumerate(ORDERS[start : start + size], start + 1)
        ]
        start += size
        yield pa.RecordBatch.from_pylist(part, schema=schema)


def by_row(refused: Sequence[Refused]) -> Sequence[Refused]:
    """Return the refused rows in the order of their numbers."""
    return sorted(refused, key=lambda one: one.row)


def _take(batch: pa.RecordBatch | None, rows: list[Row], schemas: list[pa.Schema]) -> None:
    if batch is not None:
        rows.extend(batch.to_pylist())
        schemas.append(batch.schema)
