"""Every sink keeps every law, in every mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from plugins.sinks.cases import CASES, World

from csvflow.core import registry
from csvflow.testing.sinks import SinkCase, SinkLaws


def test_every_sink_has_a_case() -> None:
    covered = {name.split("-")[0] for name in CASES}
    assert sorted(covered) == registry.names("sink"), "add a line to tests/plugins/sinks/cases.py"


@pytest.mark.parametrize("name", CASES)
class TestSinks(SinkLaws):
    @pytest.fixture
    def case(self, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> SinkCase:
        make: Callable[[World], SinkCase] = CASES[name]
        return make(World(tmp_path, request.getfixturevalue))
