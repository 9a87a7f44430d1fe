"""Rows of a ledger as what they mean; its times are microseconds since 1970."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import time_ns
from typing import Any

from csvflow.contract import RunRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record_of(row: Mapping[str, Any]) -> RunRecord:
    """Return what is known of a run."""
    fields = dict(row)
    for name in ("lease_until", "started_at", "attempted_at", "ended_at"):
        fields[name] = None if fields[name] is None else moment(fields[name])
    report = fields.get("report")
    fields["report"] = None if report is None else json.loads(report)
    fields["transient"] = bool(fields["transient"])
    return RunRecord(**fields)


def attempt_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of an attempt."""
    return {
        "attempt": row["attempt"],
        "generation": row["generation"],
        "state": row["state"],
        "started_at": moment(row["started_at"]).isoformat(),
        "ended_at": row["ended_at"] and moment(row["ended_at"]).isoformat(),
        "error": row["error"] and json.loads(row["error"]),
        "rows": row["counts"] and json.loads(row["counts"]),
    }


def now() -> int:
    """Return the present."""
    return time_ns() // 1000


def moment(microseconds: int) -> datetime:
    """Return a point in time."""
    return _EPOCH + timedelta(microseconds=microseconds)
