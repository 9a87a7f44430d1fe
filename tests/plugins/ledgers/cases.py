"""One line a ledger: where each stands for the laws. A new ledger adds its line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from csvflow.core import registry
from csvflow.testing.ledgers import LedgerCase


def _sqlite(tmp: Path) -> LedgerCase:
    plugin = registry.load("ledger", "sqlite")
    settings = plugin.settings_type(path=str(tmp / "deep" / "ledger.db"))
    return LedgerCase(make=lambda: plugin(settings), exists=(tmp / "deep").exists)


CASES: dict[str, Callable[[Path], LedgerCase]] = {"sqlite": _sqlite}
"""Type → the case. Every ledger in the registry must have one."""
