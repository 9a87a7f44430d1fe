"""What a plugin author imports. Imports nothing else of csvflow; readable in ten minutes.

A plugin is a settings model, a class and its ``examples`` in one file,
``csvflow/plugins/<kind>s/<type>.py``, or in another distribution under the
entry point group ``csvflow.<kind>s``. The file name is the word in the YAML.
"""

from csvflow.contract.errors import (
    ConfigError,
    CsvflowError,
    InputError,
    RowError,
    RunError,
    SinkError,
    UnreachableError,
)
from csvflow.contract.event import Event, Run
from csvflow.contract.ledger import Busy, Claim, Finished, Ledger, RunRecord, Won
from csvflow.contract.notifier import Notice, Notifier, Occasion
from csvflow.contract.plugin import Examples, Place, Plugin, Settings
from csvflow.contract.rows import LINE, RESERVED, ROW, MapBatch, Mapped, Rejection, Rows
from csvflow.contract.sink import Change, Comparison, Receipt, Sink
from csvflow.contract.source import Sight, Source
from csvflow.contract.step import Step
from csvflow.contract.values import Duration, Size

__all__ = [
    "LINE",
    "RESERVED",
    "ROW",
    "Busy",
    "Change",
    "Claim",
    "Comparison",
    "ConfigError",
    "CsvflowError",
    "Duration",
    "Event",
    "Examples",
    "Finished",
    "InputError",
    "Ledger",
    "MapBatch",
    "Mapped",
    "Notice",
    "Notifier",
    "Occasion",
    "Place",
    "Plugin",
    "Receipt",
    "Rejection",
    "RowError",
    "Rows",
    "Run",
    "RunError",
    "RunRecord",
    "Settings",
    "Sight",
    "Sink",
    "SinkError",
    "Size",
    "Source",
    "Step",
    "UnreachableError",
    "Won",
]
