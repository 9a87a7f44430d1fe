"""Exit codes, and which one a result deserves. README documents them; scripts rely on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from csvflow.contract import CsvflowError
    from csvflow.core.report import Report

OK: Final = 0
FAULT: Final = 1
USAGE: Final = 2
REJECTED: Final = 3
FAILED: Final = 4
UNREACHABLE: Final = 5
BUSY: Final = 75
INTERRUPTED: Final = 130
TERMINATED: Final = 143

MEANINGS: Final = {
    OK: "every input succeeded or was skipped, rows may be rejected within `rejects: {max}`; "
    "or failed for good in an earlier `batch`, whose exit code said so",
    FAULT: "a fault of csvflow itself",
    USAGE: "usage or configuration is wrong, or a FILE isn't there",
    REJECTED: "rows were rejected, with `--strict`",
    FAILED: "at least one input failed or was dead-lettered",
    UNREACHABLE: "source, sink or ledger out of reach: nothing is lost, try again",
    BUSY: "another worker has the input, or with `--exclusive` another batch or a watch is at the "
    "pipeline",
    INTERRUPTED: "interrupted by Ctrl-C",
    TERMINATED: "ended by SIGTERM",
}

_GRAVEST_FIRST: Final = (FAULT, USAGE, FAILED, UNREACHABLE, BUSY, REJECTED)
_MISNAMED: Final = frozenset({"input.not-found", "run.unknown", "run.ambiguous"})
"""Codes of words on the command line that name nothing, or several things."""


def of_error(error: CsvflowError) -> int:
    """Return the exit code for an error that ended the command."""
    return _of_code(error.code)


def of_report(report: Report, *, strict: bool, errors: Sequence[CsvflowError] = ()) -> int:
    """Return the exit code for what became of the inputs, and of FILEs that weren't there.

    The gravest one counts, in the order 1, 2, 4, 5, 75, 3.
    """
    found = {of_error(error) for error in errors} | {_of_code(one.code) for one in report.errors}
    for run in report.runs:
        if run.outcome in {"failed", "dead_lettered"}:
            found.add(_of_code(run.error.code) if run.error else FAILED)
        elif run.reason == "claimed":
            found.add(BUSY)
        if strict and run.rows.rejected:
            found.add(REJECTED)
    return gravest(found)


def gravest(codes: Iterable[int]) -> int:
    """Return the exit code that counts where several ends have one each."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), OK)


def _of_code(code: str) -> int:
    prefix, _, rest = code.partition(".")
    if prefix == "internal":
        return FAULT
    if prefix == "config" or code in _MISNAMED:
        return USAGE
    if rest == "unreachable" or code == "run.io":
        return UNREACHABLE
    return BUSY if rest in {"busy", "claimed"} else FAILED
