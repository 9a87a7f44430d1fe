"""Rows that runs refused, read back from where the rejects were written."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from csvflow.contract import ConfigError, RunRecord, UnreachableError
from csvflow.services.runs import list_runs, show_run

MARKS = ("_line", "_code", "_column", "_reason", "_raw")
"""What stands behind the original columns in a file of rejects."""


@dataclass(frozen=True)
class Reject:
    """One row that was refused."""

    line: int | None
    code: str
    column: str | None
    reason: str
    raw: str


def list_rejects(
    *, project: Path | None, overrides: Mapping[str, str], pipeline: str | None, limit: int
) -> list[RunRecord]:
    """Return the runs that rejected rows, the latest first."""
    found = list_runs(project=project, overrides=overrides, pipeline=pipeline, limit=1_000)
    return [record for record in found if _rejected(record)][:limit]


def show_rejects(
    prefix: str, *, project: Path | None, overrides: Mapping[str, str], limit: int | None = None
) -> tuple[RunRecord, list[Reject]]:
    """Return a run and the rows that it refused, in the order of the file.

    Raises ``ConfigError`` (``run.no-rejects``) and ``UnreachableError``.
    """
    record = show_run(prefix, project=project, overrides=overrides).record
    uri = ((record.report or {}).get("rejects") or {}).get("uri")
    if not uri:
        raise ConfigError("run.no-rejects", f"run `{record.run_id}` rejected no row")
    found = []
    # Records may be as long as a field of the input was.
    csv.field_size_limit(2**31 - 1)
    with io.StringIO(_text(str(uri)), newline="") as text:
        for number, row in enumerate(csv.DictReader(text)):
            if limit is not None and number >= limit:
                break
            found.append(_reject(row))
    return record, found


def _rejected(record: RunRecord) -> int:
    return int(((record.report or {}).get("rejects") or {}).get("rows") or 0)


def _text(uri: str) -> str:
    import fsspec  # noqa: PLC0415 - start-up

    try:
        with fsspec.open(uri, "rt", encoding="utf-8", newline="") as file:
            return str(file.read())
    except OSError as error:
        raise UnreachableError(
            "sink.unreachable", f"the rejects can't be read: {error}", place=uri
        ) from error


def _reject(row: Mapping[str, str]) -> Reject:
    line, code, column, reason, raw = (row.get(name) or "" for name in MARKS)
    return Reject(int(line) if line else None, code, column or None, reason, raw)
