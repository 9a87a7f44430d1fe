"""Rows that runs refused, read back from where the rejects were written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

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
    return [record for record in found if _told(record).get("rows")][:limit]


def show_rejects(
    prefix: str, *, project: Path | None, overrides: Mapping[str, str], limit: int | None = None
) -> tuple[RunRecord, list[Reject]]:
    """Return a run and the rows that it refused, in the order of the file.

    Raises ``ConfigError`` (``run.no-rejects``) and ``UnreachableError``.
    """
    record = show_run(prefix, project=project, overrides=overrides).record
    uri = _told(record).get("uri")
    if not uri:
        raise ConfigError("run.no-rejects", f"run `{record.run_id}` rejected no row")
    try:
        return record, [_reject(row) for row in islice(_rows(str(uri)), limit)]
    except OSError as error:
        raise UnreachableError(
            "sink.unreachable", f"the rejects can't be read: {error}", place=str(uri)
        ) from error


def _told(record: RunRecord) -> dict[str, Any]:
    return dict((record.report or {}).get("rejects") or {})


def _rows(uri: str) -> Iterator[Mapping[str, Any]]:
    import fsspec  # noqa: PLC0415 - start-up

    if uri.endswith(".parquet"):
        import pyarrow.parquet as pq  # noqa: PLC0415 - likewise

        with fsspec.open(uri, "rb") as file:
            for batch in pq.ParquetFile(file).iter_batches():
                yield from batch.to_pylist()
        return
    with fsspec.open(uri, "rt", encoding="utf-8", newline="", compression="infer") as file:
        if ".jsonl" in Path(uri).name:
            yield from map(json.loads, file)
            return
        # A record may be as long as the longest field of the input.
        csv.field_size_limit(2**31 - 1)
        yield from csv.DictReader(file)


def _reject(row: Mapping[str, Any]) -> Reject:
    line, code, column, reason, raw = (row.get(name) for name in MARKS)
    return Reject(
        int(line) if line not in {None, ""} else None,
        str(code or ""),
        str(column) if column else None,
        str(reason or ""),
        str(raw or ""),
    )
