"""What became of inputs, in the stable shape that ``--json`` prints (design §7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from csvflow.contract import CsvflowError

if TYPE_CHECKING:
    from csvflow.core.columns.typing import BindingReport

Outcome = Literal["succeeded", "skipped", "failed", "dead_lettered"]
Reason = Literal["unchanged", "duplicate", "claimed", "filtered", "undone", "empty", "not-ready"]
WORST_FIRST: tuple[Outcome, ...] = ("dead_lettered", "failed", "succeeded", "skipped")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RowCounts(_Part):
    """``read + added = loaded + rejected + dropped + folded``."""

    read: int = 0
    added: int = 0
    loaded: int = 0
    rejected: int = 0
    dropped: int = 0
    folded: int = 0

    def balance(self) -> bool:
        """Tell whether every row is accounted for."""
        return self.read + self.added == self.loaded + self.rejected + self.dropped + self.folded


class ColumnsReport(_Part):
    """How the file's header differs from what the pipeline declares; all empty: not at all."""

    notes: list[str] = []
    """What was made of blank names, names that come twice and delimiters behind the last one."""
    renamed: dict[str, str] = {}
    """Declared column → header that it was found under by case or spacing, not by ``from``."""
    reordered: bool = False
    missing: list[str] = []
    """Declared columns that are null since the file lacks them."""
    unknown: list[str] = []
    """Headers that no declared column claims; ``unknown_columns`` says what became of them."""
    likely: dict[str, str] = {}
    """Missing column → unknown header that may be its new name."""

    @classmethod
    def of(cls, notes: Sequence[str], found: BindingReport) -> ColumnsReport:
        """Return what the intake made of the header, and how it was bound."""
        return cls(
            notes=list(notes),
            renamed=found.renamed,
            reordered=found.reordered,
            missing=list(found.missing),
            unknown=list(found.unknown),
            likely={one.column.name: one.header for one in found.likely},
        )


class SinkReport(_Part):
    """What one sink committed."""

    type: str
    target: str
    rows: int
    folded: int = 0
    unmatched: int = 0
    guarantee: Literal["exactly-once", "at-least-once"]


class RejectsReport(_Part):
    """Where the rejects are, and how many of which code."""

    uri: str | None = None
    rows: int = 0
    by_code: dict[str, int] = {}


class ErrorReport(_Part):
    """An error as data."""

    code: str
    message: str
    hint: str | None = None
    place: str | None = None

    @classmethod
    def of(cls, error: CsvflowError) -> ErrorReport:
        """Return the error as data."""
        return cls(code=error.code, message=error.message, hint=error.hint, place=error.place)


class RunReport(_Part):
    """What became of one input in one pipeline."""

    run_id: str
    pipeline: str
    uri: str
    version: str
    content_hash: str | None = None
    attempt: int = 0
    outcome: Outcome
    reason: Reason | None = None
    rows: RowCounts = RowCounts()
    dialect: dict[str, object] | None = None
    columns: ColumnsReport | None = None
    sinks: list[SinkReport] = []
    rejects: RejectsReport = RejectsReport()
    bytes: int = 0
    duration_secs: float = 0.0
    error: ErrorReport | None = None


class Inputs(_Part):
    """How ``batch`` saw the source."""

    seen: int = 0
    """``new + known + not_ready``."""
    new: int = 0
    known: int = 0
    """Loaded before, failed before, or under way elsewhere."""
    failed: int = 0
    """How many of ``known`` failed before and aren't tried again by themselves."""
    not_ready: int = 0


class Report(_Part):
    """What became of all inputs of one command."""

    outcome: Outcome
    runs: list[RunReport]
    inputs: Inputs | None = None
    errors: list[ErrorReport] = []
    """What no run has: a source or ledger out of reach, so that inputs weren't seen."""

    @classmethod
    def of(
        cls,
        runs: list[RunReport],
        inputs: Inputs | None = None,
        errors: Sequence[CsvflowError] = (),
    ) -> Report:
        """Return the report whose outcome is the worst of all; of nothing, ``skipped``."""
        found: set[Outcome] = {run.outcome for run in runs}
        if errors:
            found.add("failed")
        worst = next((outcome for outcome in WORST_FIRST if outcome in found), "skipped")
        told = [ErrorReport.of(error) for error in errors]
        return cls(outcome=worst, runs=runs, inputs=inputs, errors=told)
