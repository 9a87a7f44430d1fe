"""CSV files land; checked rows arrive: once, accounted for, fast.

The public surface is the command line, ``run``, ``load_pipeline`` and the contract classes of
``csvflow.contract``, which are here too. Importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csvflow.contract import (
        Event,
        Ledger,
        Notifier,
        Plugin,
        Rows,
        Settings,
        Sink,
        Source,
        Step,
    )
    from csvflow.contract.errors import CsvflowError
    from csvflow.core.report import RunReport
    from csvflow.services.python import load_pipeline, run

__all__ = [
    "CsvflowError",
    "Event",
    "Ledger",
    "Notifier",
    "Plugin",
    "Rows",
    "RunReport",
    "Settings",
    "Sink",
    "Source",
    "Step",
    "__version__",
    "load_pipeline",
    "run",
]

__version__: str


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("csvflow")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = {
        "run": "csvflow.services.python",
        "load_pipeline": "csvflow.services.python",
        "RunReport": "csvflow.core.report",
    }.get(name, "csvflow.contract")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
