from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.passes import carried, values

from csvflow.contract import ROW, ConfigError, Mapped, Rejection, RunError
from csvflow.core.engine.flow import StepCount
from csvflow.core.engine.plan import PlannedRows

TABLE = pa.table(
    {
        "id": [1, 2, 3, 4, 5, 6],
        "text": ["7", "x", None, "0", "12", "-3"],
        "share": [0.5, 0.0, 2.0, None, 1.0, 4.0],
    }
)
PLAN = PlannedRows.start(TABLE.schema)


def test_each_condition_sees_the_columns_that_were_computed_before_it():
    plan = (
        PLAN.labelled("derive")
        .with_columns({"double": "id * 2"})
        .labelled("derive again")
        .with_columns({"double": "double + 1", "id": "double"})
        .labelled("filter")
        .where("double > 5 AND id < 12")
    )
    rows, refused, counts = carried(plan, TABLE)
    assert values(rows, "id", "double", ROW) == [(6, 7, 3), (8, 9, 4), (10, 11, 5)]
    assert refused == []
    assert counts == [
        StepCount("derive", 6, 6, 0, 0, 0, 0),
        StepCount("derive again", 6, 6, 0, 0, 0, 0),
        StepCount("filter", 6, 3, 0, 3, 0, 0),
    ]


def test_a_row_for_which_an_expression_fails_is_refused_and_the_others_go_on():
    rows, refused, counts = carried(
        PLAN.labelled("derive").with_columns({"n": "cast(text as int)", "r": "10 / share"}), TABLE
    )
    assert values(rows, "id", "n", "r") == [
        (1, 7, 20.0),
        (3, None, 5.0),
        (4, 0, None),
        (5, 12, 10.0),
        (6, -3, 2.5),
    ]
    assert [(one.row, one.line, one.code, one.column) for one in refused] == [
        (2, 3, "row.expression", "n")
    ]
    assert refused[0].reason == (
        "`cast(text as int)` can't be computed for this row: Could not convert string 'x' to INT32"
    )
    assert counts == [StepCount("derive", 6, 5, 1, 0, 0, 0)]


def test_nan_and_infinity_are_refused():
    rows, refused, _ = carried(
        PLAN.with_columns({"r": "id / share", "log": "sqrt(share - 1)"}), TABLE
    )
    assert values(rows, "id") == [(3,), (4,), (5,), (6,)]
    assert [(one.row, one.column) for one in refused] == [(1, "log"), (2, "r")]
    assert refused[1].reason == "`id / share` gives no finite value"


def test_an_endless_date_is_refused():
    _, refused, _ = carried(PLAN.with_columns({"d": "'infinity'::date"}), TABLE)
    assert len(refused) == 6


def test_a_row_that_was_dropped_before_is_never_refused():
    plan = PLAN.where("text <> 'x'").with_columns({"n": "cast(text as int)"}).where("n // n = 1")
    rows, refused, _ = carried(plan, TABLE)
    assert values(rows, "id", "n") == [(1, 7), (5, 12), (6, -3)]
    assert [(one.row, one.code) for one in refused] == [(4, "row.expression")]


def test_an_expression_that_always_fails_refuses_every_row():
    rows, refused, _ = carried(PLAN.with_columns({"n": "cast('x' as int)"}), TABLE)
    assert rows == []
    assert len(refused) == 6


def test_a_check_refuses_what_is_false_and_lets_null_pass():
    plan = PLAN.check("share > 0.6", code="share", column="share", reason="too little")
    rows, refused, _ = carried(plan.labelled("project").project({"n": "id"}), TABLE)
    assert values(rows, "n") == [(3,), (4,), (5,), (6,)]
    assert [(one.row, one.code, one.column, one.reason) for one in refused] == [
        (1, "share", "share", "too little"),
        (2, "share", "share", "too little"),
    ]


def test_constants_have_a_value_for_each_row():
    rows, _, _ = carried(
        PLAN.project({"id": "id"}).with_columns({"one": "1", "at": "now()"}), TABLE
    )
    assert [row["one"] for row in rows] == [1] * 6
    assert {str(row["at"]) for row in rows} == {"2026-06-01 00:00:00+00:00"}


def test_columns_that_differ_only_in_case_stay_apart():
    table = pa.table({"a": ["lower"], "A": ["UPPER"], 'x"; --': ["odd"]})
    plan = PlannedRows.start(table.schema).with_columns({"both": '"a" || "A" || "x""; --"'})
    assert values(carried(plan, table)[0], "both") == [("lowerUPPERodd",)]


def test_texts_beyond_ascii_are_computed_as_duckdb_does():
    table = pa.table({"t": [" ÄÖ\u00a0", "\ua7dc İ", "ab ", None, ""]})
    plan = PlannedRows.start(table.schema).with_columns({"l": "lower(trim(t))", "u": "upper(t)"})
    assert values(carried(plan, table)[0], "l", "u") == [
        ("äö", " ÄÖ\u00a0"),
        ("\ua7dc i", "\ua7dc İ"),
        ("ab", "AB "),
        (None, None),
        ("", ""),
    ]


def test_a_kernel_gives_what_duckdb_gives():
    characters = [chr(code) for code in range(1, 128)]
    table = pa.table({"t": [f"{c}aB{c}" for c in characters]})
    plain = PlannedRows.start(table.schema)
    kernel = plain.with_columns({"x": "upper(ltrim(t))", "y": "rtrim(lower(t))", "z": "trim(t)"})
    duckdb = plain.with_columns(
        {"x": "upper(ltrim(t)) || ''", "y": "rtrim(lower(t)) || ''", "z": "trim(t) || ''"}
    )
    assert carried(kernel, table)[0] == carried(duckdb, table)[0]


def test_a_functions_refusals_keep_their_order_and_the_first_counts():
    def judge(batch):
        odd = pa.array([number % 2 == 1 for number in batch.column("id").to_pylist()])
        three = pa.array([number == 3 or None for number in batch.column("id").to_pylist()])
        kept = pa.array([number in {2, 4} for number in batch.column("id").to_pylist()])
        return Mapped(
            batch.filter(kept),
            kept,
            [
                Rejection(three, "three", "id", lambda at: f"{batch.column('id')[at]} is three"),
                Rejection(odd, "odd", None, "odd"),
            ],
        )

    rows, refused, counts = carried(PLAN.labelled("judge").map_batches(judge, TABLE.schema), TABLE)
    assert values(rows, "id") == [(2,), (4,)]
    assert [(one.row, one.code, one.reason) for one in refused] == [
        (1, "odd", "odd"),
        (3, "three", "3 is three"),
        (5, "odd", "odd"),
    ]
    assert counts == [StepCount("judge", 6, 2, 3, 1, 0, 0)]


def test_a_function_that_breaks_its_word_ends_the_run():
    other = pa.schema([("id", pa.string()), ("text", pa.string()), ("share", pa.float64())])
    with pytest.raises(RunError, match="announced string for the column `id` and gave int64"):
        carried(PLAN.map_batches(lambda batch: batch, other), TABLE)
    with pytest.raises(RunError, match="gave 3 rows for 6"):
        carried(PLAN.map_batches(lambda batch: batch.slice(3), TABLE.schema), TABLE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: PLAN.project({"x": "di"}), "config.unknown-column"),
        (lambda: PLAN.project({"_csvflow_row": "id"}), "config.reserved-column"),
        (lambda: PLAN.with_columns({"_csvflow_x": "1"}), "config.reserved-column"),
        (lambda: PLAN.sort([("di", "asc")]), "config.unknown-column"),
        (lambda: PLAN.distinct(["di"], keep="first"), "config.unknown-column"),
        (lambda: PLAN.cast({"di": "int"}), "config.unknown-column"),
        (lambda: PLAN.cast({"id": "itn"}), "config.column"),
        (lambda: PLAN.check("id > 1", code="x", column="di", reason=""), "config.unknown-column"),
        (lambda: PLAN.query("SELECT di FROM rows"), "config.expression"),
        (lambda: PLAN.query("SELECT id, id FROM rows"), "config.duplicate-column"),
    ],
)
def test_a_wrong_plan_is_refused_before_any_row(change, code):
    with pytest.raises(ConfigError) as caught:
        change()
    assert caught.value.code == code


def test_a_plan_is_never_changed():
    before = PLAN.with_columns({"x": "1"})
    before.where("id > 3").project({"y": "x"})
    assert before.schema.names == ["id", "text", "share", "x"]
    assert len(carried(before, TABLE)[0]) == 6


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.integers(-3, 3),
            st.sampled_from(["1", "x", "", "Ä", None, " 2 "]),
            st.sampled_from([None, 0.0, 1.5, -2.0]),
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 12), max_size=3),
)
def test_where_batches_are_cut_makes_no_difference(rows, cuts):
    columns = list(zip(*rows, strict=True)) or [[], [], []]
    table = pa.table(
        {
            "a": pa.array(columns[0], pa.int64()),
            "t": pa.array(columns[1], pa.string()),
            "f": pa.array(columns[2], pa.float64()),
        }
    )
    plan = (
        PlannedRows.start(table.schema)
        .labelled("1")
        .with_columns({"n": "cast(t as int)", "l": "lower(trim(t))"})
        .labelled("2")
        .where("a <> 2")
        .labelled("3")
        .with_columns({"q": "n // a", "r": "f / a"})
        .labelled("4")
        .check("q < 2", code="big", column=None, reason="big")
        .labelled("5")
        .distinct(["a", "l"], keep="last")
        .labelled("6")
        .sort([("r", "desc"), ("a", "asc")])
        .labelled("7")
        .limit(5)
    )
    assert carried(plan, table, cuts) == carried(plan, table)


def test_decimals_stay_exact():
    table = pa.table(
        {"amount": pa.array([Decimal("0.10"), Decimal("99.99")], pa.decimal128(12, 2))}
    )
    plan = PlannedRows.start(table.schema).with_columns({"total": "amount * 1.2"})
    assert values(carried(plan, table)[0], "total") == [(Decimal("0.120"),), (Decimal("119.988"),)]
