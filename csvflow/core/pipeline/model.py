"""A pipeline, read and checked: what the machine works from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from csvflow.contract import CsvflowError, Occasion, Plugin, Settings
from csvflow.core.columns.spec import Column
from csvflow.core.intake.options import CsvOptions
from csvflow.core.pipeline.cases import Case
from csvflow.core.pipeline.nodes import Document, Node, find_text

PluginType = type[Plugin[Any]]
UnknownColumns = Literal["keep", "ignore", "rescue", "fail"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part stands in its file."""

    document: Document
    node: Node


@dataclass(frozen=True)
class Part:
    """One plugin of a pipeline with its settings."""

    kind: str
    type: str
    key: str
    """``sinks[0]``: names the part in the ledger and in reports."""
    place: str
    """``pipelines/orders.yaml:14:5``."""
    settings: Settings
    plugin_type: PluginType
    origin: Origin = field(repr=False, compare=False)

    def make(self) -> Plugin[Any]:
        """Return a new instance, for one run and one thread."""
        return self.plugin_type(self.settings)

    def locate(self, error: CsvflowError, text: str | None = None) -> CsvflowError:
        """Return the plugin's error with its place in the file.

        ``text`` is the setting it is about, where known (an expression); ``error.offset``
        then counts from its beginning. An error that has a place keeps it.
        """
        if error.place is not None:
            return error
        at = find_text(self.origin.node, text)
        offset = error.offset if at else None
        found = self.origin.document.error(
            error.code, error.message, at or self.origin.node, hint=error.hint, offset=offset
        )
        error.place, error.excerpt = found.place, found.excerpt
        return error


@dataclass(frozen=True, slots=True)
class Limit:
    """How many rows may be rejected: a number, or a share of those that were read."""

    count: int | None = None
    share: Fraction | None = None

    def allows(self, rejected: int, read: int) -> bool:
        """Tell whether so many are within the limit, once all were read."""
        if self.count is not None:
            return rejected <= self.count
        return self.share is None or rejected <= self.share * read

    def surely_broken(self, rejected: int) -> bool:
        """Tell whether no further row can mend it: a count is judged at any time, a share isn't."""
        return self.count is not None and rejected > self.count

    def __str__(self) -> str:
        return str(self.count) if self.share is None else f"{float(self.share * 100):g}%"


@dataclass(frozen=True, slots=True)
class Rejects:
    """Where refused rows go, and how many there may be."""

    sink: Part
    max: Limit


@dataclass(frozen=True, slots=True)
class Retry:
    """How often an input is tried while its error is transient."""

    attempts: int = 5
    backoff_min_secs: float = 1.0
    backoff_max_secs: float = 60.0
    jitter: Literal["full", "none"] = "full"


@dataclass(frozen=True, slots=True)
class Notify:
    """A notifier, and what it is told of."""

    part: Part
    on: tuple[Occasion, ...]


@dataclass(frozen=True)
class Pipeline:
    """The YAML file and what it describes."""

    name: str
    path: Path | None
    """None: made from the command line."""
    project: Path
    """Relative places and ``.csvflow/`` belong to it."""
    source: Part
    csv: CsvOptions
    columns: tuple[Column, ...]
    """Empty: none declared, every column is text."""
    unknown_columns: UnknownColumns
    rescue_column: str
    """The column that takes unknown ones as JSON, where they are rescued."""
    missing_columns: Literal["fail", "null"]
    headers: Literal["keep", "snake"]
    steps: tuple[Part, ...]
    sinks: tuple[Part, ...]
    rejects: Rejects
    retry: Retry | None
    """None: not written; ``watch`` and ``batch`` then use ``Retry()``, ``run`` doesn't retry."""
    notify: tuple[Notify, ...]
    empty: Literal["ok", "warn", "fail"]
    duplicate: Literal["load", "skip"]
    poll_secs: float
    ledger: Part
    memory_bytes: int
    digest: str
    """Changes with what the pipeline says; not with comments, layout, or a variable's value."""
    warnings: tuple[str, ...] = ()
    column_places: Mapping[str, str] | None = None
    """Column → its place in the file."""
    tests: tuple[Case, ...] = ()
