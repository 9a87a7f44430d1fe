"""The laws of a sink as a test suite: subclass ``SinkLaws`` and give it a ``case`` fixture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from csvflow.contract import (
    LINE,
    RESERVED,
    ROW,
    Comparison,
    CsvflowError,
    Event,
    Receipt,
    Run,
    Sink,
    SinkError,
    UnreachableError,
)

Row = Mapping[str, Any]

SCHEMA = pa.schema(
    [
        ("k", pa.int64()),
        ("note", pa.string()),
        ("amount", pa.decimal128(12, 2)),
        ("share", pa.float64()),
        ("ok", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("utc", pa.timestamp("us", "UTC")),
        ("tod", pa.time64("us")),
    ]
)
"""What the laws send: ``k`` is the key of sinks that have one."""


@dataclass(frozen=True, slots=True)
class SinkCase:
    """One sink with one set of settings over one target that is its own and empty."""

    make: Callable[[], Sink[Any]]
    """Returns a new instance with the same settings: the process after a crash."""
    rows: Callable[[], Iterable[Row]]
    """What a reader of the target sees now, typed or as text; nothing if it isn't there."""
    staged: Callable[[], Collection[str]]
    """Names of all that is staged or left over, wherever the sink keeps it."""
    unreachable: Callable[[], Sink[Any]]
    """Returns one whose target is out of reach."""
    refusing: Callable[[], Sink[Any]]
    """Returns one whose target refuses what the laws send."""
    accumulates: bool = True
    """False: each run replaces what other runs left in the target."""
    keyed: bool = False
    """True: of rows with the same ``k`` the last of the input is kept."""
    lineage: bool = False
    """True: the settings ask for reserved columns in the target."""
    secret: str | None = None
    """A password in the settings."""


class SinkLaws:
    """Every law in ``csvflow.contract.Sink``; each test is one of them."""

    @pytest.fixture
    def case(self) -> SinkCase:
        """Return the case under test."""
        raise NotImplementedError("override the fixture `case`")

    def test_before_commit_a_reader_sees_nothing(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1))
        with attempt(case, run("b"), table(2, 3, 4), cut=1):
            assert seen(case) == expected(table(1))

    def test_after_commit_every_row_is_there_once(self, case: SinkCase) -> None:
        publish(case, run("a"), table(*range(1, 8)), cut=3)
        assert seen(case) == expected(table(*range(1, 8)))

    def test_runs_stand_beside_each_other_unless_each_replaces(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1, 2))
        publish(case, run("b"), table(3))
        assert seen(case) == expected(table(1, 2, 3) if case.accumulates else table(3))

    def test_the_receipt_accounts_for_every_row(self, case: SinkCase) -> None:
        rows = [*table(1, 2, 3), *table(2, note="later")]
        receipt = publish(case, run("a"), rows, cut=2)
        assert receipt.rows + receipt.folded + receipt.unmatched == 4
        assert receipt.rows == len(seen(case)) == (3 if case.keyed else 4)
        last = sorted(row["note"] for row in case.rows() if int(row["k"]) == 2)
        assert last == (["later"] if case.keyed else ["later", "note 2"])

    def test_values_come_back_exactly(self, case: SinkCase) -> None:
        publish(case, run("a"), AWKWARD)
        assert seen(case) == expected(AWKWARD)

    def test_where_batches_are_cut_makes_no_difference(self, case: SinkCase) -> None:
        rows = table(*range(1, 12))
        with closing(case.make()) as sink:
            sink.open(run("a"), schema_for(sink))
            for part in (rows[:1], [], rows[1:8], rows[8:]):
                sink.write(batch_for(sink, part, first=rows.index(part[0]) if part else 0))
            assert sink.commit().rows == 11
        assert seen(case) == expected(rows)

    def test_no_rows_are_a_result_too(self, case: SinkCase) -> None:
        assert publish(case, run("a"), []).rows == 0
        assert seen(case) == []
        with closing(case.make()) as sink:
            sink.open(run("b"), schema_for(sink))
            assert sink.commit().rows == 0

    def test_abort_leaves_the_target_as_it_was(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1, 2))
        with attempt(case, run("b"), table(2, 3)) as sink:
            sink.abort()
            assert seen(case) == expected(table(1, 2))
        assert seen(case) == expected(table(1, 2))

    def test_abort_leaves_nothing_staged(self, case: SinkCase) -> None:
        with attempt(case, run("a"), table(1, 2)) as sink:
            sink.abort()
        assert sorted(case.staged()) == []

    def test_abort_may_come_at_any_time_and_again(self, case: SinkCase) -> None:
        with closing(case.make()) as sink:
            sink.abort()
            sink.abort()
        with closing(case.make()) as sink:
            sink.open(run("a"), schema_for(sink))
            sink.abort()
            sink.abort()
        with attempt(case, run("a"), table(1)) as sink:
            sink.abort()
            sink.abort()

    def test_commit_leaves_nothing_staged(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1, 2))
        assert sorted(case.staged()) == []

    def test_close_publishes_nothing(self, case: SinkCase) -> None:
        with attempt(case, run("a"), table(1, 2)):
            pass
        assert seen(case) == []

    def test_open_removes_what_lower_tokens_staged(self, case: SinkCase) -> None:
        killed = leave_behind(case, run("a", token=1), table(1, 2))
        with closing(case.make()) as sink:
            sink.open(run("a", token=2), schema_for(sink))
            sink.abort()
            assert sorted(case.staged()) == []
        killed.close()

    def test_what_a_killed_attempt_staged_is_never_loaded(self, case: SinkCase) -> None:
        killed = leave_behind(case, run("a", token=1), table(1, 2, 9))
        publish(case, run("a", token=2), table(1, 2))
        assert seen(case) == expected(table(1, 2))
        killed.close()

    def test_a_worker_that_wakes_up_past_its_lease_changes_nothing(self, case: SinkCase) -> None:
        late = leave_behind(case, run("a", token=1), table(1, 2))
        with attempt(case, run("a", token=2), table(1, 2)) as sink:
            with suppress(CsvflowError):
                late.write(batch_for(late, table(3)))
            sink.commit()
            with suppress(CsvflowError):
                late.commit()
        late.close()
        assert seen(case) == expected(table(1, 2))

    def test_a_run_committed_twice_is_there_once(self, case: SinkCase) -> None:
        publish(case, run("a", token=1), table(1, 2, 3))
        publish(case, run("a", token=2), table(1, 2, 3), cut=1)
        assert seen(case) == expected(table(1, 2, 3))
        assert sorted(case.staged()) == []

    def test_the_second_receipt_equals_the_first(self, case: SinkCase) -> None:
        rows = [*table(1, 2), *table(2)]
        first = publish(case, run("a", token=1), rows)
        assert publish(case, run("a", token=2), rows) == first

    def test_the_next_generation_replaces_or_is_refused(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1, 2, 3))
        again = run("a", token=2, generation=2)
        if case.make().can_replace:
            receipt = publish(case, again, table(1, 2, 3, note="new"))
            assert receipt.rows == 3
            assert seen(case) == expected(table(1, 2, 3, note="new"))
            return
        with pytest.raises(SinkError) as caught:
            publish(case, again, table(1, 2, 3, note="new"))
        assert caught.value.code == "sink.cannot-replace"
        assert seen(case) == expected(table(1, 2, 3))

    def test_a_sink_knows_what_a_run_left_with_it(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1, 2))
        with closing(case.make()) as sink:
            assert sink.may_hold(run("a", token=2, generation=2))
        assert seen(case) == expected(table(1, 2))
        assert sorted(case.staged()) == []

    def test_what_a_target_does_not_hold_is_in_no_way(self, case: SinkCase) -> None:
        again = run("a", token=2, generation=2)
        with closing(case.make()) as sink:
            if sink.may_hold(again):
                return
        assert list(case.rows()) == []
        publish(case, run("b"), table(1))
        with closing(case.make()) as sink:
            assert not sink.may_hold(again)
        assert publish(case, again, table(2)).rows == 1
        assert seen(case) == expected(table(1, 2) if case.accumulates else table(2))

    def test_reserved_columns_stay_out_unless_asked_for(self, case: SinkCase) -> None:
        publish(case, run("a"), table(1))
        (row,) = case.rows()
        assert any(name.startswith(RESERVED) for name in row) is case.lineage

    def test_a_target_out_of_reach_is_unreachable(self, case: SinkCase) -> None:
        with pytest.raises(UnreachableError) as caught:
            publish(replace(case, make=case.unreachable), run("a"), table(1))
        assert case.secret is None or case.secret not in str(caught.value)

    def test_a_target_that_refuses_is_a_sink_error(self, case: SinkCase) -> None:
        with pytest.raises(SinkError) as caught:
            publish(replace(case, make=case.refusing), run("a"), table(1))
        assert "note 1" not in str(caught.value), "no cell values in what may leave the machine"
        assert case.secret is None or case.secret not in str(caught.value)

    def test_a_probe_leaves_nothing(self, case: SinkCase) -> None:
        with closing(case.make()) as sink:
            sink.probe()
        assert list(case.rows()) == []
        assert sorted(case.staged()) == []
        publish(case, run("a"), table(1, 2))
        with closing(case.make()) as sink:
            sink.probe()
        assert seen(case) == expected(table(1, 2))
        assert sorted(case.staged()) == []

    def test_a_probe_tells_of_a_target_out_of_reach(self, case: SinkCase) -> None:
        with closing(case.make()) as sink:
            if not sink.probe():
                return
        with closing(case.unreachable()) as sink, pytest.raises(UnreachableError) as caught:
            sink.probe()
        assert case.secret is None or case.secret not in str(caught.value)

    def test_a_comparison_changes_nothing(self, case: SinkCase) -> None:
        compared(case, run("a"), table(1))
        assert list(case.rows()) == []
        assert sorted(case.staged()) == []
        publish(case, run("a"), table(1, 2))
        compared(case, run("b"), [*table(2, note="new"), *table(3)])
        assert seen(case) == expected(table(1, 2))
        assert sorted(case.staged()) == []

    def test_a_comparison_tells_what_a_commit_does(self, case: SinkCase) -> None:
        first = compared(case, run("a"), [*AWKWARD, *table(2, note="later")])
        if first is None:
            return
        assert first.creates
        publish(case, run("a"), AWKWARD)
        before = len(seen(case))
        rows = [*AWKWARD[2:], *table(1, note="new"), *table(500, 500)]
        told = compared(case, run("b"), rows)
        assert told is not None
        receipt = publish(case, run("b"), rows)
        assert told.target == receipt.target
        assert told.folded == receipt.folded == (1 if case.keyed else 0)
        assert told.inserted + told.updated + told.unchanged == receipt.rows
        if case.keyed:
            assert not told.creates
            assert (told.inserted, told.updated, told.unchanged) == (1, 1, len(AWKWARD) - 2)
            changed = {change.column: change for change in told.changes}
            assert set(changed) == set(SCHEMA.names) - {"k"}
            assert {change.rows for change in told.changes} == {1}
            assert list(changed["note"].examples) == [((1,), None, "new")]
        else:
            assert (told.inserted, told.updated, told.unchanged) == (len(rows), 0, 0)
        if case.accumulates:
            assert len(seen(case)) == before + told.inserted - told.removed

    def test_the_target_is_named_without_secrets(self, case: SinkCase) -> None:
        sink = case.make()
        receipt = publish(case, run("a"), table(1))
        assert sink.target
        assert receipt.target
        assert case.secret is None or case.secret not in sink.target + receipt.target


def run(name: str, *, token: int = 1, generation: int = 1) -> Run:
    """Return a run of the input of that name."""
    event = Event(uri=f"/landing/{name}.csv", version="v1", size=10, captures={})
    return Run(
        id=(name.encode().hex() * 20)[:20],
        pipeline="laws",
        event=event,
        attempt=token,
        token=token,
        generation=generation,
        started_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    )


def table(*keys: int, note: str | None = None) -> list[dict[str, Any]]:
    """Return one row a key."""
    return [
        {
            "k": key,
            "note": note or f"note {key}",
            "amount": Decimal(key) + Decimal("0.10"),
            "share": key / 8,
            "ok": key % 2 == 0,
            "day": date(2026, 2, key % 28 + 1),
            "at": datetime(2026, 3, 1, 12, 30, key % 60),  # noqa: DTZ001  a naive column
            "utc": datetime(2026, 3, 1, 12, 30, key % 60, tzinfo=UTC),
            "tod": time(23, 59, key % 60),
        }
        for key in keys
    ]


_BLANK: dict[str, Any] = dict.fromkeys(SCHEMA.names)
AWKWARD: Sequence[dict[str, Any]] = [
    {**_BLANK, "k": 1},
    {**_BLANK, "k": 2, "note": ""},
    {**_BLANK, "k": 3, "note": 'a "quoted", comma; and\ttab'},
    {**_BLANK, "k": 4, "note": "two\nlines\r\nand \\n a \\ backslash"},
    {**_BLANK, "k": 5, "note": "first\n\\.\nlast"},
    {**_BLANK, "k": 6, "note": "\\."},
    {**_BLANK, "k": 7, "note": "Zoë 漢字 🚚 \u202e \u00a0"},
    {**_BLANK, "k": 8, "note": "007"},
    {**_BLANK, "k": 9, "note": "NULL"},
    {**_BLANK, "k": 10, "note": "  spaces  "},
    {**_BLANK, "k": 11, "note": "1e3", "amount": Decimal("9999999999.99")},
    {**_BLANK, "k": 12, "amount": Decimal("-0.01"), "share": 0.1, "ok": False},
    {**_BLANK, "k": -(2**63), "share": -1.7976931348623157e308, "ok": True},
    {**_BLANK, "k": 2**63 - 1, "share": 5e-324, "day": date(1, 1, 1)},
    {**_BLANK, "k": 15, "day": date(9999, 12, 31), "tod": time(0, 0, 0, 1)},
    {**_BLANK, "k": 16, "at": datetime(1969, 12, 31, 23, 59, 59, 999999)},  # noqa: DTZ001
    {**_BLANK, "k": 17, "utc": datetime(2038, 1, 19, 3, 14, 8, 500000, tzinfo=UTC)},
]
"""Values that a sink might bend."""


def publish(case: SinkCase, of: Run, rows: Sequence[Row], *, cut: int | None = None) -> Receipt:
    """Take rows through a fresh instance to their commit; a failure is followed by an abort."""
    with closing(case.make()) as sink:
        try:
            _stage(sink, of, rows, cut)
            return sink.commit()
        except BaseException:
            sink.abort()
            raise


def compared(case: SinkCase, of: Run, rows: Sequence[Row]) -> Comparison | None:
    """Return what a fresh instance makes of rows, in two batches."""
    with closing(case.make()) as sink:
        parts = [rows[:1], rows[1:]]
        batches = [batch_for(sink, part, first=at) for at, part in enumerate(parts)]
        return sink.compare(of, schema_for(sink), iter(batches))


def leave_behind(case: SinkCase, of: Run, rows: Sequence[Row]) -> Sink[Any]:
    """Stage rows and stop there, as a worker that was killed or suspended."""
    sink = case.make()
    _stage(sink, of, rows, None)
    return sink


@contextmanager
def attempt(
    case: SinkCase, of: Run, rows: Sequence[Row], *, cut: int | None = None
) -> Iterator[Sink[Any]]:
    """Stage rows; after the block the sink is closed, without a commit."""
    with closing(case.make()) as sink:
        _stage(sink, of, rows, cut)
        yield sink


def _stage(sink: Sink[Any], of: Run, rows: Sequence[Row], cut: int | None) -> None:
    sink.open(of, schema_for(sink))
    size = cut or max(1, len(rows))
    for start in range(0, len(rows), size):
        sink.write(batch_for(sink, rows[start : start + size], first=start))


def schema_for(sink: Sink[Any]) -> pa.Schema:
    """Return the schema that the engine gives to this sink."""
    if not sink.reserved:
        return SCHEMA
    return SCHEMA.append(pa.field(ROW, pa.int64())).append(pa.field(LINE, pa.int64()))


def batch_for(sink: Sink[Any], rows: Sequence[Row], *, first: int = 0) -> pa.RecordBatch:
    """Return rows as a batch for this sink; ``first`` is the number of rows before it."""
    numbered = [
        {**row, ROW: first + index, LINE: first + index + 1} for index, row in enumerate(rows, 1)
    ]
    return pa.RecordBatch.from_pylist(numbered, schema=schema_for(sink))


def seen(case: SinkCase) -> list[tuple[Any, ...]]:
    """Return what a reader sees, without reserved columns, comparable with ``expected``."""
    return expected(
        [
            {name: value for name, value in row.items() if not name.startswith(RESERVED)}
            for row in case.rows()
        ]
    )


def expected(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    """Return rows in a form that can be compared: decoded, in the order of key and note."""
    return sorted((exactly(row) for row in rows), key=lambda row: (row[0], row[1] or ""))


def exactly(row: Row) -> tuple[Any, ...]:
    """Return a row's values in the types of ``SCHEMA``, from values or from their text.

    A decimal that comes as a binary float isn't exact, whatever it prints.
    """
    assert list(row) == SCHEMA.names
    return tuple(_decode(SCHEMA.field(name).type, value) for name, value in row.items())


def _decode(kind: pa.DataType, value: Any) -> Any:
    if value is None or pa.types.is_string(kind):
        return value
    if pa.types.is_decimal(kind):
        assert not isinstance(value, float), "a decimal came back as a float"
        return str(Decimal(value))
    if pa.types.is_boolean(kind):
        return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
    if pa.types.is_integer(kind):
        assert not isinstance(value, float), "an int came back as a float"
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    text = value if isinstance(value, str) else value.isoformat()
    if pa.types.is_date(kind):
        return date.fromisoformat(text)
    if pa.types.is_time(kind):
        return time.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if kind.tz else moment
