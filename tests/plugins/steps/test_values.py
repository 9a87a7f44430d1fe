"""What each step makes of seven orders, written out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from csvflow.contract import ConfigError, RunError
from csvflow.core import registry
from csvflow.core.engine.plan import PlannedRows
from csvflow.testing.steps import SCHEMA, send


def step(name: str, settings: dict[str, Any], project: Any = None) -> Any:
    kind: Any = registry.load("step", name)
    context = {"project": str(project)} if project else {}
    return kind(kind.settings_type.model_validate(settings, context=context))


def column(name: str, settings: dict[str, Any], wanted: str, project: Any = None) -> list[Any]:
    return [row[wanted] for row in send(step(name, settings, project)).rows]


def test_clean_trims_collapses_replaces_and_makes_null_of_nothing():
    assert column("clean", {}, "email") == [
        "Ada@x.org",
        "bob@x.org",
        None,
        "bob@x.org",
        "",
        "eve@x.org",
        "Ada@X.org",
    ]
    assert column("clean", {"case": "lower", "empty": "null"}, "email") == [
        "ada@x.org",
        "bob@x.org",
        None,
        "bob@x.org",
        None,
        "eve@x.org",
        "ada@x.org",
    ]
    assert column(
        "clean", {"columns": "note", "collapse": True, "replace": {"two": "2", ".": ""}}, "note"
    ) == ["7", "2 words", None, "08", "", "9", "xy"]
    assert column("clean", {"columns": "note", "case": "title", "trim": False}, "note")[1] == (
        "Two  Words"
    )


def test_fill_puts_values_in_place_of_null_and_looks_upward():
    assert column("fill", {"values": {"country": "XX"}}, "country") == [
        "DE",
        "FR",
        "XX",
        "FR",
        "DE",
        "XX",
        "IT",
    ]
    assert column("fill", {"down": "country"}, "country") == [
        "DE",
        "FR",
        "FR",
        "FR",
        "DE",
        "DE",
        "IT",
    ]
    assert column("fill", {"values": {"amount": "1.5", "quantity": 0}}, "amount")[2] == Decimal(
        "1.50"
    )


@pytest.mark.parametrize(
    "values", [{"amount": "1.555"}, {"amount": "x"}, {"day": "2026-02-30"}, {"quantity": "1.5"}]
)
def test_fill_refuses_a_value_that_is_none_of_the_column(values):
    with pytest.raises(ConfigError) as caught:
        step("fill", {"values": values}).apply(PlannedRows.start(SCHEMA))
    assert caught.value.code == "config.value"


def test_cast_converts_exactly_or_rejects():
    result = send(step("cast", {"columns": {"note": "int"}}))
    assert [(one.row, one.code, one.column, one.reason) for one in result.refused] == [
        (2, "row.type", "note", "`two  words` is not int"),
        (4, "row.type", "note", "`08` is not int: its leading zeros would be lost"),
        (5, "row.type", "note", "an empty text in quotes is not int"),
        (7, "row.type", "note", "`x.y` is not int"),
    ]
    assert [row["note"] for row in result.rows] == [7, None, 9]
    result = send(step("cast", {"columns": {"amount": "int"}}))
    assert [(one.row, one.reason) for one in result.refused] == [
        (2, "`-2.5` is not int"),
        (7, "`99.99` is not int"),
    ]
    assert [row["amount"] for row in result.rows] == [10, None, 4, 4, 0]
    assert column("cast", {"columns": {"amount": "text"}}, "amount")[:3] == ["10.00", "-2.50", None]
    assert column("cast", {"columns": {"quantity": "decimal(6,1)"}}, "quantity")[:3] == [
        Decimal("1.0"),
        Decimal("2.0"),
        None,
    ]


def test_filter_drops_what_is_not_true():
    result = send(step("filter", {"condition": "amount > 0"}))
    assert [row["id"] for row in result.rows] == [1, 2, 5, 7]
    assert (result.count.dropped, result.count.rejected) == (3, 0)


def test_validate_tells_the_first_broken_rule():
    rules = [
        {"rule": "amount > 0", "code": "unpaid"},
        {"rule": "quantity < 1000", "message": "bulk"},
    ]
    result = send(step("validate", {"rules": rules}))
    assert [(one.row, one.code, one.reason) for one in result.refused] == [
        (2, "unpaid", "`amount > 0` does not hold"),
        (6, "unpaid", "`amount > 0` does not hold"),
        (4, "row.rule", "bulk"),
    ]
    assert [row["id"] for row in result.rows] == [1, 3, 5, 7]


def test_deduplicate_keeps_first_or_last_and_drops_or_rejects():
    assert column("deduplicate", {"by": "id"}, "_csvflow_row") == [1, 2, 3, 5, 7]
    assert column("deduplicate", {"by": "id", "keep": "last"}, "_csvflow_row") == [1, 4, 5, 6, 7]
    result = send(step("deduplicate", {"by": "id", "others": "reject"}))
    assert [(one.row, one.code, one.reason) for one in result.refused] == [
        (4, "row.unique", "`2` stands earlier in the input, and must be unique"),
        (6, "row.unique", "`3` stands earlier in the input, and must be unique"),
    ]


def test_sort_orders_with_nulls_last():
    assert column("sort", {"by": ["country desc", "amount"]}, "_csvflow_row") == [
        7,
        2,
        4,
        5,
        1,
        6,
        3,
    ]


def test_columns_are_chosen_dropped_and_renamed():
    assert send(step("select", {"columns": ["day", "id"]})).schemas[0].names[:-2] == ["day", "id"]
    assert send(step("drop", {"columns": ["day", "id"]})).schemas[0].names[:-2] == [
        "email",
        "country",
        "amount",
        "quantity",
        "note",
        "score",
    ]
    swapped = send(step("rename", {"columns": {"email": "note", "note": "email"}}))
    assert swapped.rows[0]["note"] == " Ada@x.org"
    assert swapped.rows[0]["email"] == "7"
    with pytest.raises(ConfigError, match="there would be two columns `note`"):
        step("rename", {"columns": {"email": "note"}}).apply(PlannedRows.start(SCHEMA))
    with pytest.raises(ConfigError, match="`drop` would leave no column"):
        step("drop", {"columns": SCHEMA.names}).apply(PlannedRows.start(SCHEMA))


FUNCTIONS = """
def margin(orders):
    kept = orders[orders.quantity < 2000].copy()
    kept["margin"] = kept.amount / 4
    return kept.drop(columns="note")

def fails(orders):
    return orders.nothing

def shuffles(orders):
    return orders.iloc[::-1].iloc[:3]

def text_for_a_number(orders):
    orders["quantity"] = "many"
    return orders

def more_columns(orders):
    orders["extra"] = 1
    return orders

def longer(table):
    return table.slice(0, 2)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "own.py").write_text(FUNCTIONS)
    return tmp_path


def test_python_may_add_and_take_away_columns_and_leave_rows_out(project):
    settings = {
        "function": "own:margin",
        "columns": {"margin": "decimal(14,4)"},
        "without": ["note"],
    }
    result = send(step("python", settings, project))
    assert [(row["_csvflow_row"], row["margin"]) for row in result.rows] == [
        (1, Decimal("2.5000")),
        (2, Decimal("-0.6250")),
        (5, Decimal("1.0000")),
        (6, Decimal("0.0000")),
        (7, Decimal("24.9975")),
    ]
    assert result.count.dropped == 2
    assert "note" not in result.rows[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"function": "own:fails"}, "`own:fails` failed: "),
        ({"function": "own:shuffles"}, "`own:shuffles` returned rows whose index doesn't say"),
        ({"function": "own:text_for_a_number"}, "`own:text_for_a_number` returned what isn't of"),
        ({"function": "own:more_columns"}, "`own:more_columns` returned the columns `id`, "),
        ({"function": "own:longer", "takes": "arrow"}, "a function gave 2 rows for 7"),
    ],
)
def test_what_a_function_does_wrong_ends_the_run_with_its_name(project, settings, message):
    with pytest.raises(RunError) as caught:
        send(step("python", settings, project))
    assert caught.value.code == "run.step"
    assert caught.value.message.startswith(message)


def test_python_refuses_names_that_are_no_function():
    for name in ["os.system('x')", "../x:y", "x:y:z", "", "a b:c"]:
        with pytest.raises(ValidationError):
            step("python", {"function": name})


def test_a_bare_number_in_yaml_is_an_expression():
    assert column("derive", {"columns": {"one": 1, "yes": True}}, "one") == [1] * 7
