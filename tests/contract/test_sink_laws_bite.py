"""Every law of sinks is broken by a sink made for it: no law can pass by saying nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from csvflow.contract import (
    RESERVED,
    Comparison,
    Receipt,
    Run,
    RunError,
    Settings,
    Sink,
    SinkError,
    UnreachableError,
)
from csvflow.testing.sinks import SinkCase, SinkLaws

Rows = list[dict[str, Any]]


@dataclass
class Store:
    published: dict[Any, tuple[int, Rows, Receipt]] = field(default_factory=dict)
    staged: dict[Any, Rows] = field(default_factory=dict)
    down: bool = False
    refuses: bool = False


class ShelfSettings(Settings):
    password: str = "hunter2-secret"


class Shelf(Sink[ShelfSettings]):
    """A sink in memory that keeps every law."""

    reserved = True

    def __init__(self, store: Store) -> None:
        super().__init__(ShelfSettings())
        self.store = store
        self.name: Any = None
        self.run: Any = None

    @property
    def target(self) -> str:
        return "shelf"

    def open(self, run: Run, schema: pa.Schema) -> None:
        if self.store.down:
            raise UnreachableError("sink.unreachable", "the shelf is out of reach")
        self.run, self.name = run, (run.id, run.token)
        self.clean()
        self.store.staged[self.name] = []

    def clean(self) -> None:
        for id_, token in list(self.store.staged):
            if id_ == self.run.id and token < self.run.token:
                del self.store.staged[id_, token]

    def write(self, batch: pa.RecordBatch) -> None:
        names = [name for name in batch.schema.names if not name.startswith(RESERVED)]
        self.stage(batch.select(names).to_pylist())

    def stage(self, rows: Rows) -> None:
        if self.name not in self.store.staged:
            raise RunError("run.lease-lost", "another worker took over")
        self.store.staged[self.name].extend(rows)

    def commit(self) -> Receipt:
        rows = self.store.staged.pop(self.name, None)
        if rows is None:
            raise RunError("run.lease-lost", "another worker took over")
        if self.store.refuses:
            raise SinkError("sink.refused", "the shelf is full")
        earlier = self.store.published.get(self.run.id)
        if earlier and earlier[0] == self.run.generation:
            return earlier[2]
        return self.publish(self.run.id, rows)

    def publish(self, key: Any, rows: Rows) -> Receipt:
        receipt = Receipt(self.target, len(rows))
        self.store.published[key] = (self.run.generation, rows, receipt)
        return receipt

    def abort(self) -> None:
        self.store.staged.pop(self.name, None)

    def may_hold(self, run: Run) -> bool:
        return run.id in self.store.published

    def compare(self, run, schema, batches):
        rows = sum(batch.num_rows for batch in batches)
        return Comparison("shelf", creates=["a place"], inserted=rows)

    def probe(self) -> tuple[str, ...]:
        if self.store.down:
            raise UnreachableError("sink.unreachable", "the shelf is out of reach")
        return ("felt the shelf",)


class VisibleTooEarly(Shelf):
    def stage(self, rows: Rows) -> None:
        super().stage(rows)
        self.store.published["early"] = (0, rows, Receipt("shelf", 0))


class LosesARow(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        return super().publish(key, rows[:6])


class ClearsTheShelf(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        self.store.published.clear()
        return super().publish(key, rows)


class Miscounts(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        super().publish(key, rows)
        return Receipt(self.target, len(rows), folded=1)


class Rounds(Shelf):
    def stage(self, rows: Rows) -> None:
        super().stage([{**row, "amount": row["amount"] and float(row["amount"])} for row in rows])


class KeepsTheLastBatch(Shelf):
    def stage(self, rows: Rows) -> None:
        self.store.staged[self.name] = rows


class NeedsRows(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        assert rows[0]
        return super().publish(key, rows)


class AbortCommits(Shelf):
    def abort(self) -> None:
        if self.name in self.store.staged:
            self.commit()


class AbortForgets(Shelf):
    def abort(self) -> None:
        pass


class AbortsOnce(Shelf):
    def abort(self) -> None:
        del self.store.staged[self.name]


class CommitForgets(Shelf):
    def commit(self) -> Receipt:
        rows = self.store.staged[self.name]
        receipt = super().commit()
        self.store.staged[self.name] = rows
        return receipt


class CloseCommits(Shelf):
    def close(self) -> None:
        if self.name in self.store.staged:
            self.commit()


class KeepsLeftovers(Shelf):
    def clean(self) -> None:
        pass


class StagesUnderOneName(Shelf):
    def open(self, run: Run, schema: pa.Schema) -> None:
        self.run, self.name = run, (run.id, 0)
        self.store.staged.setdefault(self.name, [])


class WakesUp(Shelf):
    def commit(self) -> Receipt:
        if self.name not in self.store.staged:
            return self.publish(self.name, [])
        return super().commit()

    def publish(self, key: Any, rows: Rows) -> Receipt:
        return super().publish(key, rows or [{**self.row(), "k": 99}])

    def row(self) -> dict[str, Any]:
        return next(rows[0] for _, rows, _ in self.store.published.values() if rows)


class LoadsTwice(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        return super().publish(self.name, rows)


class ForgetsTheReceipt(Shelf):
    def commit(self) -> Receipt:
        return Receipt(super().commit().target, self.run.token)


class KeepsTheFirst(Shelf):
    def publish(self, key: Any, rows: Rows) -> Receipt:
        if key in self.store.published:
            return self.store.published[key][2]
        return super().publish(key, rows)


class SaysItCannotAndDoes(Shelf):
    can_replace = False


class DeniesWhatItHolds(Shelf):
    def may_hold(self, run: Run) -> bool:
        return False


class RefusesWhatItDoesNotHold(Shelf):
    def commit(self) -> Receipt:
        if self.run.generation > 1:
            raise SinkError("sink.cannot-replace", "there was an earlier load")
        return super().commit()


class KeepsReserved(Shelf):
    def write(self, batch: pa.RecordBatch) -> None:
        self.stage(batch.to_pylist())


class RaisesItsOwn(Shelf):
    def open(self, run: Run, schema: pa.Schema) -> None:
        if self.store.down:
            raise OSError("no route to shelf")
        super().open(run, schema)


class TellsCells(Shelf):
    def commit(self) -> Receipt:
        if self.store.refuses:
            raise SinkError("sink.refused", f"refused {self.store.staged[self.name]}")
        return super().commit()


class LeavesItsProbe(Shelf):
    def probe(self) -> tuple[str, ...]:
        self.store.staged["probe", 1] = []
        return super().probe()


class ProbesBlindly(Shelf):
    def probe(self) -> tuple[str, ...]:
        return ("felt the shelf",)


class ComparesByStaging(Shelf):
    def compare(self, run, schema, batches):
        self.store.staged["comparison", 1] = []
        return super().compare(run, schema, batches)


class ComparesTheFirstBatch(Shelf):
    def compare(self, run, schema, batches):
        return super().compare(run, schema, [next(batches)])


class TellsThePassword(Shelf):
    @property
    def target(self) -> str:
        return f"shelf:{self.settings.password}"


BROKEN: list[tuple[str, type[Shelf]]] = [
    ("test_before_commit_a_reader_sees_nothing", VisibleTooEarly),
    ("test_after_commit_every_row_is_there_once", LosesARow),
    ("test_runs_stand_beside_each_other_unless_each_replaces", ClearsTheShelf),
    ("test_the_receipt_accounts_for_every_row", Miscounts),
    ("test_values_come_back_exactly", Rounds),
    ("test_where_batches_are_cut_makes_no_difference", KeepsTheLastBatch),
    ("test_no_rows_are_a_result_too", NeedsRows),
    ("test_abort_leaves_the_target_as_it_was", AbortCommits),
    ("test_abort_leaves_nothing_staged", AbortForgets),
    ("test_abort_may_come_at_any_time_and_again", AbortsOnce),
    ("test_commit_leaves_nothing_staged", CommitForgets),
    ("test_close_publishes_nothing", CloseCommits),
    ("test_open_removes_what_lower_tokens_staged", KeepsLeftovers),
    ("test_what_a_killed_attempt_staged_is_never_loaded", StagesUnderOneName),
    ("test_a_worker_that_wakes_up_past_its_lease_changes_nothing", WakesUp),
    ("test_a_run_committed_twice_is_there_once", LoadsTwice),
    ("test_the_second_receipt_equals_the_first", ForgetsTheReceipt),
    ("test_the_next_generation_replaces_or_is_refused", KeepsTheFirst),
    ("test_the_next_generation_replaces_or_is_refused", SaysItCannotAndDoes),
    ("test_a_sink_knows_what_a_run_left_with_it", DeniesWhatItHolds),
    ("test_what_a_target_does_not_hold_is_in_no_way", RefusesWhatItDoesNotHold),
    ("test_reserved_columns_stay_out_unless_asked_for", KeepsReserved),
    ("test_a_target_out_of_reach_is_unreachable", RaisesItsOwn),
    ("test_a_target_that_refuses_is_a_sink_error", TellsCells),
    ("test_a_probe_leaves_nothing", LeavesItsProbe),
    ("test_a_probe_tells_of_a_target_out_of_reach", ProbesBlindly),
    ("test_a_comparison_changes_nothing", ComparesByStaging),
    ("test_a_comparison_tells_what_a_commit_does", ComparesTheFirstBatch),
    ("test_the_target_is_named_without_secrets", TellsThePassword),
]
LAWS = [name for name in vars(SinkLaws) if name.startswith("test_")]


def case_of(plugin: Callable[[Store], Shelf]) -> SinkCase:
    store = Store()
    return SinkCase(
        make=lambda: plugin(store),
        rows=lambda: [row for _, rows, _ in store.published.values() for row in rows],
        staged=lambda: [str(name) for name in store.staged],
        unreachable=lambda: plugin(Store(down=True)),
        refusing=lambda: plugin(Store(refuses=True)),
        secret="hunter2-secret",
    )


def test_every_law_has_a_sink_that_breaks_it() -> None:
    assert {law for law, _ in BROKEN} == set(LAWS)


@pytest.mark.parametrize("law", LAWS)
def test_a_good_sink_keeps_the_law(law: str) -> None:
    getattr(SinkLaws(), law)(case_of(Shelf))


@pytest.mark.parametrize(("law", "broken"), BROKEN)
def test_a_broken_sink_fails_the_law(law: str, broken: type[Shelf]) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        getattr(SinkLaws(), law)(case_of(broken))
