"""The errors that end an attempt."""

from __future__ import annotations

import shlex

from csvflow.contract import (
    CsvflowError,
    Event,
    InputError,
    RowError,
    Run,
    RunError,
    UnreachableError,
)
from csvflow.core.engine.rejects import Rejects
from csvflow.core.pipeline.model import Pipeline


def too_many_rejects(
    pipeline: Pipeline, run: Run, read: int, rejects: Rejects, *, final: bool, dry_run: bool
) -> RowError:
    """Return the error of an input of which more rows are refused than ``rejects: {max}``."""
    first = rejects.first
    detail = ""
    if first is not None:
        column = f", column `{first.column}`" if first.column else ""
        line = f"line {first.line}" if first.line is not None else "a row"
        detail = f"; first: {line}{column}, `{first.code}`: {first.reason}"
    named = f" -p {pipeline.name}" if pipeline.path else ""
    so_far = "" if final else " so far"
    return RowError(
        "run.too-many-rejects",
        f"{rejects.rows:,} of {read:,} rows{so_far} rejected, and"
        f" `rejects: {{max: {pipeline.rejects.max}}}` allows fewer{detail}",
        hint=f"csvflow preview {shlex.quote(run.event.uri)}{named}"
        if dry_run
        else f"csvflow rejects show {run.id[:8]}",
    )


def changed() -> InputError:
    """Return the error of an input that isn't what it was when it was taken."""
    return InputError(
        "input.changed",
        "the file changed while it was read; nothing was loaded",
        hint="it is taken up again as its new version; a writer should write beside it and rename",
    )


def empty() -> InputError:
    """Return the error of an input without rows where ``empty: fail`` wants some."""
    return InputError(
        "input.empty",
        "the file has no data rows, and `empty: fail` wants some",
        hint="`empty: ok` takes such a file as done",
    )


def broken(error: Exception, event: Event) -> RunError:
    """Return the error of an attempt that csvflow or a plugin broke."""
    return RunError(
        "internal.error",
        f"csvflow or a plugin broke: {type(error).__name__}: {error}",
        hint="nothing more was committed; run it again with --debug and report it",
        place=event.uri,
    )


def lease_lost() -> RunError:
    """Return the error of a worker that was stopped for longer than its lease."""
    return RunError(
        "run.lease-lost",
        "the lease ran out and another worker took over; nothing more was committed here",
        hint="the process was stopped for longer than its lease; the other worker goes on",
    )


def io_error(error: OSError, event: Event) -> CsvflowError:
    """Return the error of a disk that fails or is full while an input is in work."""
    path = f" at {error.filename}" if error.filename else ""
    return UnreachableError(
        "run.io",
        f"{error.strerror or error}{path}",
        hint="nothing more was committed; when the cause is gone, the next run does it again",
        place=event.uri,
    )
