"""What a ledger that speaks SQL answers; nothing here changes it."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from csvflow.contract import Ledger, RunRecord, Settings
from csvflow.contract.ledger import State
from csvflow.kit.ledger.records import attempt_of, now, record_of
from csvflow.kit.ledger.schema import COLUMNS, LOADED

L = TypeVar("L", bound=Settings)


class AskedBySql(Ledger[L]):
    """The half of a ledger that answers."""

    @abstractmethod
    def rows(self, query: str, *values: Any) -> Sequence[Mapping[str, Any]]:
        """Return what a query finds; nothing where the ledger isn't there yet."""

    def unnoticed(self, pipeline: str) -> Sequence[RunRecord]:
        return self._records(
            f"SELECT {COLUMNS}, report FROM runs WHERE notice_due AND pipeline = ?"
            " AND state NOT IN ('claimed', 'released') ORDER BY ended_at, claim_order",
            pipeline,
        )

    def owners(self) -> Sequence[str]:
        rows = self.rows(
            "SELECT DISTINCT owner FROM runs WHERE state = 'claimed' AND lease_until > ?"
            " ORDER BY owner",
            now(),
        )
        return [row["owner"] for row in rows]

    def known(self, pipeline: str, run_ids: Sequence[str]) -> Mapping[str, RunRecord]:
        records = self._records(
            f"SELECT {COLUMNS} FROM runs WHERE run_id IN (SELECT value FROM json_each(?))"
            " AND pipeline = ?",
            json.dumps(list(run_ids)),
            pipeline,
        )
        return {record.run_id: record for record in records}

    def newest_load(self, pipeline: str, uri: str) -> RunRecord | None:
        return self._last_load("uri = ?", pipeline, uri)

    def load_of(self, pipeline: str, content_hash: str) -> RunRecord | None:
        return self._last_load("loaded_hash = ?", pipeline, content_hash)

    def runs(
        self, *, pipeline: str | None = None, state: State | None = None, limit: int = 50
    ) -> Sequence[RunRecord]:
        wanted = {"pipeline": pipeline, "state": state}
        asked = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(["1", *(f"{name} = ?" for name in asked)])
        return self._records(
            f"SELECT {COLUMNS}, report FROM runs WHERE {where} ORDER BY claim_order DESC LIMIT ?",
            *asked.values(),
            limit,
        )

    def find(self, prefix: str) -> Sequence[RunRecord]:
        return self._records(
            f"SELECT {COLUMNS}, report FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY run_id",
            prefix,
            prefix + "\U0010ffff",
        )

    def attempts(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        rows = self.rows("SELECT * FROM attempts WHERE run_id = ? ORDER BY attempt", run_id)
        return [attempt_of(row) for row in rows]

    def _last_load(self, which: str, *values: Any) -> RunRecord | None:
        found = self._records(
            f"SELECT {LOADED} FROM runs WHERE pipeline = ? AND {which}"
            " AND loaded_order IS NOT NULL ORDER BY loaded_order DESC LIMIT 1",
            *values,
        )
        return found[0] if found else None

    def _records(self, query: str, *values: Any) -> list[RunRecord]:
        return [record_of(row) for row in self.rows(query, *values)]
