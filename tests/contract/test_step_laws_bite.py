"""Every law of steps is broken by a step made for it: no law can pass by saying nothing."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from csvflow.contract import Mapped, Rows, Settings, Step
from csvflow.testing.steps import StepCase, StepLaws


class NoSettings(Settings):
    """A step that has nothing to be set."""


class Good(Step[NoSettings]):
    """A step that keeps every law: it drops the orders without an amount."""

    def __init__(self) -> None:
        super().__init__(NoSettings())

    def apply(self, rows: Rows) -> Rows:
        return rows.where("amount IS NOT NULL")


class NamesAMissingColumn(Good):
    def apply(self, rows: Rows) -> Rows:
        return rows.where("amuont IS NOT NULL")


class ReadsRows(Good):
    def apply(self, rows: Rows) -> Rows:
        for node, _ in rows.nodes:
            if hasattr(node, "function"):
                node.function(pa.RecordBatch.from_pylist([], schema=rows.schema))
        return super().apply(rows)


class SkipsWhatIsNotThere(Good):
    def apply(self, rows: Rows) -> Rows:
        return rows.where("amuont IS NOT NULL") if "amuont" in rows.schema.names else rows


class AnnouncesAnother(Good):
    def apply(self, rows: Rows) -> Rows:
        schema = rows.schema.set(0, pa.field("id", pa.string()))
        return rows.map_batches(lambda batch: batch, schema)


class KeepsOneABatch(Good):
    def apply(self, rows: Rows) -> Rows:
        def first(batch: pa.RecordBatch) -> Mapped:
            kept = pa.array([position == 0 for position in range(batch.num_rows)])
            return Mapped(batch.slice(0, 1), kept)

        return rows.map_batches(first, rows.schema)


class LosesRows(Good):
    def apply(self, rows: Rows) -> Rows:
        return rows.map_batches(lambda batch: batch.slice(1), rows.schema)


class Sorts(Good):
    def apply(self, rows: Rows) -> Rows:
        return rows.sort([("amount", "desc")])


class Shuffles(Good):
    def apply(self, rows: Rows) -> Rows:
        return rows.map_batches(
            lambda batch: batch.take(list(range(batch.num_rows))[::-1]), rows.schema
        )


class NeedsRows(Good):
    def apply(self, rows: Rows) -> Rows:
        def first(table: pa.Table) -> pa.Table:
            table.column("id")[0]
            return table

        return rows.map_all(first, rows.schema)


class Remembers(Good):
    def apply(self, rows: Rows) -> Rows:
        seen = []

        def count(batch: pa.RecordBatch) -> pa.RecordBatch:
            seen.append(batch.num_rows)
            numbers = pa.repeat(pa.scalar(sum(seen), pa.int64()), batch.num_rows)
            return batch.set_column(4, "quantity", numbers)

        return rows.map_batches(count, rows.schema)


class PlansOnce(Good):
    applied = 0

    def apply(self, rows: Rows) -> Rows:
        self.applied += 1
        return rows.with_columns({f"pass_{self.applied}": "id"})


BROKEN: list[tuple[str, type[Good]]] = [
    ("test_apply_reads_no_row", ReadsRows),
    ("test_a_column_that_is_not_there_is_a_config_error", SkipsWhatIsNotThere),
    ("test_rows_come_out_with_the_announced_schema", AnnouncesAnother),
    ("test_where_batches_are_cut_makes_no_difference", KeepsOneABatch),
    ("test_every_row_is_accounted_for", LosesRows),
    ("test_rows_keep_their_input_order", Sorts),
    ("test_rows_stay_with_their_numbers", Shuffles),
    ("test_no_rows_are_a_result_too", NeedsRows),
    ("test_one_plan_can_be_carried_out_twice", Remembers),
    ("test_two_instances_plan_the_same", PlansOnce),
]
LAWS = [name for name in vars(StepLaws) if name.startswith("test_")]


def case_of(step: type[Good], missing: type[Good] = NamesAMissingColumn) -> StepCase:
    return StepCase(make=step, missing=missing, renews=step is NeedsRows)


def check(law: str, case: StepCase) -> Any:
    return getattr(StepLaws(), law)(case)


def test_every_law_has_a_step_that_breaks_it() -> None:
    assert [law for law, _ in BROKEN] == LAWS


@pytest.mark.parametrize("law", LAWS)
def test_a_good_step_keeps_the_law(law: str) -> None:
    check(law, case_of(Good))


@pytest.mark.parametrize(("law", "broken"), BROKEN)
def test_a_broken_step_fails_the_law(law: str, broken: type[Good]) -> None:
    missing = broken if broken is SkipsWhatIsNotThere else NamesAMissingColumn
    with pytest.raises((Exception, pytest.fail.Exception)):
        check(law, case_of(broken, missing))


@pytest.mark.parametrize("broken", [SkipsWhatIsNotThere, KeepsOneABatch, Sorts, PlansOnce])
def test_what_breaks_one_law_can_keep_the_others(broken: type[Good]) -> None:
    missing = broken if broken is SkipsWhatIsNotThere else NamesAMissingColumn
    (own,) = (law for law, step in BROKEN if step is broken)
    for law in LAWS:
        if law != own:
            check(law, case_of(broken, missing))
