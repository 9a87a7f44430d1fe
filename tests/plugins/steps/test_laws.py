"""Every step keeps the laws of steps: one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from csvflow.contract import Step
from csvflow.core import registry
from csvflow.testing.steps import SCHEMA, StepCase, StepLaws

FUNCTIONS = """
import pyarrow as pa


def add_margin(orders):
    kept = orders[orders.quantity != 2000].copy()
    kept["margin"] = kept.amount / 4
    return kept


def largest_first(orders: pa.Table) -> pa.Table:
    return orders.sort_by([("amount", "descending"), ("id", "ascending")])


def shout(orders):
    orders["note"] = orders.note.str.upper()
    return orders


def fails(orders):
    return orders.nothing


def loses_the_index(orders):
    return orders[orders.id > 2].reset_index(drop=True).set_index(orders.index[:4] + 100)


def text_for_a_number(orders):
    orders["quantity"] = "many"
    return orders


NOT_A_FUNCTION = 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    step: str
    settings: Mapping[str, Any]
    missing: Mapping[str, Any] | None = None
    reorders: bool = False
    renews: bool = False
    untouched: str | None = "id"


LINES = [
    Line("cast", {"columns": {"note": "int"}}, {"columns": {"noet": "int"}}),
    Line("cast", {"columns": {"id": "int unique", "quantity": "decimal(6,1)"}}),
    Line("clean", {"case": "lower", "empty": "null"}, {"columns": ["emial"]}),
    Line("clean", {"columns": "note", "collapse": True, "replace": {".": "-"}}),
    Line("deduplicate", {"by": "id", "keep": "last"}, {"by": "ids"}),
    Line("deduplicate", {"by": ["id", "country"], "others": "reject"}),
    Line("deduplicate", {}),
    Line(
        "derive",
        {"columns": {"email": "lower(email)", "per": "amount / quantity"}},
        {"columns": {"x": "emial"}},
    ),
    Line("derive", {"columns": {"n": "cast(note as int)"}}),
    Line("drop", {"columns": "note"}, {"columns": "noet"}),
    Line("fill", {"values": {"country": "DE", "amount": "1.50"}}, {"values": {"contry": "DE"}}),
    Line("fill", {"down": ["country", "day"], "values": {"day": "2020-01-01"}}, {"down": "dya"}),
    Line("filter", {"condition": "amount > 0"}, {"condition": "amuont > 0"}),
    Line("filter", {"condition": "cast(note as int) > 7"}),
    Line("limit", {"count": 3}),
    Line(
        "python",
        {"function": "orders:add_margin", "columns": {"margin": "decimal(14,4)"}},
        {"function": "orders:shout", "without": ["noet"]},
    ),
    Line("python", {"function": "orders:shout"}),
    Line(
        "python",
        {"function": "orders:largest_first", "takes": "arrow", "mode": "whole"},
        renews=True,
    ),
    Line("rename", {"columns": {"email": "address", "note": "email"}}, {"columns": {"emial": "x"}}),
    Line("select", {"columns": ["amount", "id"]}, {"columns": ["amuont"]}),
    Line("sort", {"by": ["country desc", "amount"]}, {"by": "contry"}, reorders=True),
    Line(
        "sql",
        {"query": "SELECT country, sum(amount) AS total FROM rows GROUP BY country"},
        {"query": "SELECT contry FROM rows"},
        renews=True,
    ),
    Line("sql", {"query": "SELECT a.id FROM rows a JOIN rows b USING (id)"}, renews=True),
    Line("validate", {"rules": "amount > 0"}, {"rules": "amuont > 0"}),
    Line(
        "validate",
        {"rules": ["id > 1", {"rule": "cast(note as int) > 7", "code": "low", "column": "note"}]},
        {"rules": [{"rule": "id > 1", "column": "di"}]},
    ),
]


def test_every_step_has_a_line() -> None:
    assert sorted({line.step for line in LINES}) == registry.names("step"), "add a line to LINES"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "orders.py").write_text(FUNCTIONS)
    return tmp_path


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.step} {line.settings}"[:60])
class TestEveryStep(StepLaws):
    @pytest.fixture
    def case(self, line: Line, project: Path) -> StepCase:
        def make(settings: Mapping[str, Any]) -> Step[Any]:
            kind: Any = registry.load("step", line.step)
            context = {"project": str(project)}
            return kind(kind.settings_type.model_validate(settings, context=context))

        missing = line.missing
        return StepCase(
            make=lambda: make(line.settings),
            missing=None if missing is None else lambda: make(missing),
            reorders=line.reorders,
            renews=line.renews,
            untouched=line.untouched,
        )


@pytest.mark.parametrize("name", registry.names("step"))
def test_every_example_of_a_step_can_be_planned(name: str, project: Path) -> None:
    from csvflow.core.engine.plan import PlannedRows

    kind: Any = registry.load("step", name)
    assert kind.examples
    assert kind.__doc__
    for settings in kind.examples.values():
        valid = kind.settings_type.model_validate(settings, context={"project": str(project)})
        assert kind(valid).apply(PlannedRows.start(SCHEMA)).schema.names
