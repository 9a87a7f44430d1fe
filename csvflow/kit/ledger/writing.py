"""What a ledger that speaks SQL writes, each change in one transaction."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from csvflow.contract import Claim, Event, Receipt, Run, Won
from csvflow.contract.ledger import State
from csvflow.kit.ledger.claims import hindrance, next_attempt
from csvflow.kit.ledger.reading import AskedBySql, L
from csvflow.kit.ledger.records import now
from csvflow.kit.ledger.schema import COLUMNS


class SqlLedger(AskedBySql[L]):
    """A ledger that needs a connection, and nothing else."""

    @abstractmethod
    def change(self) -> AbstractContextManager[Any]:
        """Give a connection inside a transaction that no other process can interleave."""

    def claim(
        self,
        run_id: str,
        pipeline: str,
        event: Event,
        *,
        digest: str,
        owner: str,
        lease_secs: float,
        force: bool = False,
        dead: Iterable[str] = (),
    ) -> Claim:
        with self.change() as db:
            at = now()
            found = db.execute(f"SELECT {COLUMNS} FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            old = dict(found) if found else None
            renewed = False
            if old is not None:
                if hindered := hindrance(old, at, dead=dead, force=force):
                    return hindered
                _abandon(db, old)
                renewed = force or (old["digest"] != digest and _left_receipts(db, old))
            run = next_attempt(old, run_id, pipeline, event, at, renewed=renewed)
            _take(db, run, digest, owner, at, lease_secs, force=force)
            return Won(run, _receipts(db, run), _replaced(db, run))

    def renew(self, run: Run, lease_secs: float) -> bool:
        with self.change() as db:
            until = now() + round(lease_secs * 1_000_000)
            return _update_held(db, run, "lease_until = ?", until)

    def record(self, run: Run, sink: str, receipt: Receipt) -> bool:
        with self.change() as db:
            if not _update_held(db, run, "token = token"):
                return False
            told = (receipt.target, receipt.rows, receipt.folded, receipt.unmatched)
            db.execute(
                "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (run.id, run.generation, sink, *told, now()),
            )
            return True

    def finish(
        self,
        run: Run,
        state: State,
        report: Mapping[str, Any],
        *,
        content_hash: str | None,
        transient: bool = False,
        notice_due: bool = False,
    ) -> bool:
        at = now()
        with self.change() as db:
            values = (
                state,
                json.dumps(report, ensure_ascii=False),
                content_hash,
                int(transient),
                int(notice_due),
                at,
            )
            ended = _update_held(
                db,
                run,
                "state = ?, report = ?, content_hash = ?, transient = ?, notice_due = ?,"
                " ended_at = ?, lease_until = NULL",
                *values,
            )
            if not ended:
                return False
            changes = [f"failures = {'failures + 1' if state == 'failed' else '0'}"]
            if state == "succeeded":
                # What is loaded stays known while a later attempt is under way or fails.
                changes += [
                    "loaded_hash = content_hash",
                    "loaded_order = (SELECT coalesce(max(loaded_order), 0) + 1 FROM runs)",
                ]
            elif state == "undone":
                changes += ["loaded_hash = NULL", "loaded_order = NULL"]
            db.execute(f"UPDATE runs SET {', '.join(changes)} WHERE run_id = ?", (run.id,))
            _end_attempt(db, run, state, at, report)
            return True

    def release(self, run: Run) -> bool:
        with self.change() as db:
            if not _update_held(db, run, "state = 'released', lease_until = NULL, owner = NULL"):
                return False
            _end_attempt(db, run, "released", now(), {})
            return True

    def noticed(self, run_id: str) -> None:
        with self.change() as db:
            db.execute("UPDATE runs SET notice_due = 0 WHERE run_id = ?", (run_id,))


def _take(
    db: Any, run: Run, digest: str, owner: str, now: int, lease_secs: float, *, force: bool
) -> None:
    """Enter the attempt as the run's present one."""
    values = {
        "id": run.id,
        "pipeline": run.pipeline,
        "uri": run.event.uri,
        "version": run.event.version,
        "attempt": run.attempt,
        "generation": run.generation,
        "token": run.token,
        "owner": owner,
        "until": now + round(lease_secs * 1_000_000),
        "digest": digest,
        "now": now,
        "force": int(force),
    }
    db.execute(
        """INSERT INTO runs (run_id, pipeline, uri, version, state, attempt, generation, token,
            owner, lease_until, digest, started_at, attempted_at, claim_order)
        VALUES (:id, :pipeline, :uri, :version, 'claimed', :attempt, :generation, :token,
            :owner, :until, :digest, :now, :now,
            (SELECT coalesce(max(claim_order), 0) + 1 FROM runs))
        ON CONFLICT (run_id) DO UPDATE SET
            state = 'claimed', attempt = :attempt, generation = :generation, token = :token,
            owner = :owner, lease_until = :until, attempted_at = :now, ended_at = NULL,
            claim_order = excluded.claim_order, transient = 0,
            failures = CASE WHEN :force OR digest <> :digest THEN 0 ELSE failures END,
            digest = :digest""",
        values,
    )
    db.execute(
        """INSERT INTO attempts (run_id, attempt, generation, token, owner, state, started_at)
        VALUES (:id, :attempt, :generation, :token, :owner, 'claimed', :now)""",
        values,
    )


def _abandon(db: Any, old: Mapping[str, Any]) -> None:
    """End the attempt that the run's last holder left as it was, if one did."""
    db.execute(
        "UPDATE attempts SET state = 'abandoned'"
        " WHERE run_id = ? AND attempt = ? AND state = 'claimed'",
        (old["run_id"], old["attempt"]),
    )


def _left_receipts(db: Any, old: Mapping[str, Any]) -> bool:
    """Tell whether some sink committed in the run's present generation."""
    query = "SELECT 1 FROM receipts WHERE run_id = ? AND generation = ?"
    return db.execute(query, (old["run_id"], old["generation"])).fetchone() is not None


def _receipts(db: Any, run: Run) -> dict[str, Receipt]:
    """Return what sinks committed in earlier attempts of this generation."""
    rows = db.execute(
        "SELECT sink, target, rows, folded, unmatched FROM receipts"
        " WHERE run_id = ? AND generation = ?",
        (run.id, run.generation),
    )
    return {row["sink"]: Receipt(*row[1:]) for row in rows}


def _replaced(db: Any, run: Run) -> frozenset[str]:
    """Return the sinks that committed in earlier generations."""
    rows = db.execute(
        "SELECT DISTINCT sink FROM receipts WHERE run_id = ? AND generation < ?",
        (run.id, run.generation),
    )
    return frozenset(row["sink"] for row in rows)


def _update_held(db: Any, run: Run, change: str, *values: Any) -> bool:
    """Change the run if the claim still is this one's; tell whether it was."""
    done = db.execute(
        f"UPDATE runs SET {change} WHERE run_id = ? AND token = ? AND state = 'claimed'",
        (*values, run.id, run.token),
    )
    return bool(done.rowcount)


def _end_attempt(db: Any, run: Run, state: str, now: int, report: Mapping[str, Any]) -> None:
    told = (json.dumps(item) if item else None for item in map(report.get, ("error", "rows")))
    db.execute(
        "UPDATE attempts SET state = ?, ended_at = ?, error = ?, counts = ?"
        " WHERE run_id = ? AND attempt = ?",
        (state, now, *told, run.id, run.attempt),
    )
