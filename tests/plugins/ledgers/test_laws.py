"""Every ledger keeps every law."""

from pathlib import Path

import pytest
from plugins.ledgers.cases import CASES

from csvflow.core import registry
from csvflow.testing.ledgers import LedgerCase, LedgerLaws


@pytest.mark.parametrize("kind", CASES, scope="class")
class TestLaws(LedgerLaws):
    @pytest.fixture
    def case(self, kind: str, tmp_path: Path) -> LedgerCase:
        return CASES[kind](tmp_path)


def test_every_ledger_stands_for_the_laws():
    missing = set(registry.names("ledger")) - set(CASES)
    assert not missing, f"add to CASES in tests/plugins/ledgers/cases.py: {sorted(missing)}"
