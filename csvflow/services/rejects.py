"""Rows that runs refused, read back from where the rejects were written."""

from __future__ import annotations

import csv
import heapq
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvflow.contract import RunRecord, UnreachableError
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
    prefix: str | None,
    *,
    project: Path | None,
    overrides: Mapping[str, str],
    limit: int | None = None,
) -> tuple[RunRecord | None, list[Reject]]:
    """Return a run and the rows that it refused, by line; without an id the latest with some.

    None is for no such run. Raises ``UnreachableError``.
    """
    if prefix is None:
        latest = list_rejects(project=project, overrides=overrides, pipeline=None, limit=1)
        if not latest:
            return None, []
        record = latest[0]
    else:
        record = show_run(prefix, project=project, overrides=overrides).record
    uri = _told(record).get("uri")
    if not uri:
        return record, []
    try:
        # Records that never became rows stand first in the file; people read by line.
        found = map(_reject, _rows(str(uri)))
        most = sys.maxsize if limit is None else limit
        return record, heapq.nsmallest(most, found, key=_by_line)
    except OSError as error:
        raise UnreachableError(
            "sink.unreachable", f"the rejects can't be read: {error}", place=str(uri)
        ) from error


def _by_line(reject: Reject) -> float:
    return float("inf") if reject.line is None else reject.line


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
