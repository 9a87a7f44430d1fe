"""What was tried and how it ended, in one SQLite file. The only module that writes ledger SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time_ns
from typing import Any, ClassVar

from csvflow.contract import (
    Busy,
    Claim,
    Event,
    Examples,
    Finished,
    Ledger,
    Place,
    Receipt,
    Run,
    RunRecord,
    Settings,
    UnreachableError,
    Won,
)
from csvflow.contract.ledger import State
from csvflow.kit.sqlite_file import SqliteFile
from csvflow.kit.staging import try_folder

APPLICATION = 0x63737666
"""Marks a database as a ledger of csvflow's, so that no other is taken for one."""
MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """CREATE TABLE runs (
            run_id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, uri TEXT NOT NULL,
            version TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
            generation INTEGER NOT NULL, token INTEGER NOT NULL, owner TEXT,
            lease_until INTEGER, digest TEXT NOT NULL, transient INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL,
            attempted_at INTEGER NOT NULL, ended_at INTEGER, content_hash TEXT,
            loaded_hash TEXT, loaded_order INTEGER, claim_order INTEGER NOT NULL,
            notice_due INTEGER NOT NULL DEFAULT 0, report TEXT) STRICT""",
        "CREATE INDEX runs_by_claim ON runs (claim_order)",
        "CREATE INDEX runs_by_pipeline ON runs (pipeline, claim_order)",
        "CREATE INDEX runs_by_load ON runs (loaded_order)",
        "CREATE INDEX runs_by_name ON runs (pipeline, uri, loaded_order)",
        """CREATE INDEX runs_by_content ON runs (pipeline, loaded_hash, loaded_order)
            WHERE loaded_order IS NOT NULL""",
        "CREATE INDEX runs_held ON runs (owner) WHERE state = 'claimed'",
        "CREATE INDEX runs_unnoticed ON runs (pipeline, ended_at) WHERE notice_due",
        """CREATE TABLE attempts (
            run_id TEXT NOT NULL, attempt INTEGER NOT NULL, generation INTEGER NOT NULL,
            token INTEGER NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
            started_at INTEGER NOT NULL, ended_at INTEGER, error TEXT,
            PRIMARY KEY (run_id, attempt)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE receipts (
            run_id TEXT NOT NULL, generation INTEGER NOT NULL, sink TEXT NOT NULL,
            target TEXT NOT NULL, rows INTEGER NOT NULL, folded INTEGER NOT NULL,
            unmatched INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
            PRIMARY KEY (run_id, generation, sink)) STRICT, WITHOUT ROWID""",
    ),
    ("ALTER TABLE attempts ADD COLUMN counts TEXT",),
)
"""One entry a schema version; ``PRAGMA user_version`` is how many of them a ledger has."""

_COLUMNS = (
    "run_id, pipeline, uri, version, content_hash, state, attempt, generation, token, owner, "
    "lease_until, digest, transient, failures, started_at, attempted_at, ended_at"
)
_LOADED = _COLUMNS.replace("content_hash", "loaded_hash AS content_hash")
_DONE = frozenset({"succeeded", "skipped", "dead_lettered", "undone"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteSettings(Settings):
    """Where the ledger is."""

    path: Place = ".csvflow/ledger.db"
    """The database file, on a disk of this machine: SQLite's locks don't hold over a network."""


class SqliteLedger(Ledger[SqliteSettings]):
    """The book of runs in one SQLite file. Made by the first claim, readable by its owner only.

    Any number of processes of one machine may share it. Every change is on disk before it is
    reported (write-ahead log, `synchronous=FULL`). Leases are points in UTC wall time, the only
    clock that processes share: a clock that leaps forward ends leases early, which costs an
    attempt (its token is refused), never a row.
    """

    shorthand = "path"
    examples: ClassVar[Examples] = {
        "The default": {"path": ".csvflow/ledger.db"},
        "One ledger for several projects": {"path": "/var/lib/csvflow/ledger.db"},
    }

    def __init__(self, settings: SqliteSettings) -> None:
        super().__init__(settings)
        self._file = SqliteFile(Path(settings.path), APPLICATION, MIGRATIONS)

    def probe(self) -> Sequence[str]:
        path = Path(self.settings.path)
        if path.exists():
            self._file.rows("SELECT 1 FROM runs LIMIT 0")
            return (f"opened {path}",)
        try:
            folder = try_folder(path.parent)
        except OSError as error:
            raise UnreachableError(
                "ledger.unreachable",
                f"the ledger can't be made: {error.strerror}",
                hint="let the project's folder be writable, or set `ledger` to another path",
                place=str(path),
            ) from error
        return (f"wrote to {folder} and removed it", "the ledger isn't there yet")

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
        with self._file.change() as db:
            now = _now()
            old = db.execute(f"SELECT {_COLUMNS} FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if old is not None:
                held = old["state"] == "claimed" and old["owner"] not in set(dead)
                if held and old["lease_until"] > now:
                    return Busy(old["owner"], _moment(old["lease_until"]))
                if old["state"] in _DONE and not force:
                    return Finished(old["state"], run_id)
                db.execute(
                    "UPDATE attempts SET state = 'abandoned'"
                    " WHERE run_id = ? AND attempt = ? AND state = 'claimed'",
                    (run_id, old["attempt"]),
                )
            run = Run(
                id=run_id,
                pipeline=pipeline,
                event=event,
                attempt=old["attempt"] + 1 if old else 1,
                token=old["token"] + 1 if old else 1,
                generation=_generation(db, old, digest, force=force) if old else 1,
                started_at=_moment(old["started_at"] if old else now),
            )
            _take(db, run, digest, owner, now, lease_secs, force=force)
            return Won(run, _receipts(db, run), _replaced(db, run))

    def renew(self, run: Run, lease_secs: float) -> bool:
        with self._file.change() as db:
            until = _now() + round(lease_secs * 1_000_000)
            return _update_held(db, run, "lease_until = ?", until)

    def record(self, run: Run, sink: str, receipt: Receipt) -> bool:
        with self._file.change() as db:
            if not _update_held(db, run, "token = token"):
                return False
            db.execute(
                "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.generation,
                    sink,
                    receipt.target,
                    receipt.rows,
                    receipt.folded,
                    receipt.unmatched,
                    _now(),
                ),
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
        now = _now()
        with self._file.change() as db:
            ended = _update_held(
                db,
                run,
                "state = ?, report = ?, content_hash = ?, transient = ?, notice_due = ?,"
                " ended_at = ?, lease_until = NULL",
                state,
                json.dumps(report, ensure_ascii=False),
                content_hash,
                int(transient),
                int(notice_due),
                now,
            )
            if not ended:
                return False
            failures = "failures + 1" if state == "failed" else "0"
            db.execute(f"UPDATE runs SET failures = {failures} WHERE run_id = ?", (run.id,))
            if state == "succeeded":
                # What is loaded stays known while a later attempt is under way or fails.
                db.execute(
                    "UPDATE runs SET loaded_hash = content_hash, loaded_order ="
                    " (SELECT coalesce(max(loaded_order), 0) + 1 FROM runs) WHERE run_id = ?",
                    (run.id,),
                )
            elif state == "undone":
                db.execute(
                    "UPDATE runs SET loaded_hash = NULL, loaded_order = NULL WHERE run_id = ?",
                    (run.id,),
                )
            _end_attempt(db, run, state, now, report)
            return True

    def release(self, run: Run) -> bool:
        with self._file.change() as db:
            if not _update_held(db, run, "state = 'released', lease_until = NULL, owner = NULL"):
                return False
            _end_attempt(db, run, "released", _now(), {})
            return True

    def noticed(self, run_id: str) -> None:
        with self._file.change() as db:
            db.execute("UPDATE runs SET notice_due = 0 WHERE run_id = ?", (run_id,))

    def unnoticed(self, pipeline: str) -> Sequence[RunRecord]:
        return self._records(
            f"SELECT {_COLUMNS}, report FROM runs WHERE notice_due AND pipeline = ?"
            " AND state NOT IN ('claimed', 'released') ORDER BY ended_at, claim_order",
            pipeline,
        )

    def owners(self) -> Sequence[str]:
        return [
            row["owner"]
            for row in self._file.rows(
                "SELECT DISTINCT owner FROM runs WHERE state = 'claimed' AND lease_until > ?"
                " ORDER BY owner",
                _now(),
            )
        ]

    def known(self, pipeline: str, run_ids: Sequence[str]) -> Mapping[str, RunRecord]:
        records = self._records(
            f"SELECT {_COLUMNS} FROM runs WHERE run_id IN (SELECT value FROM json_each(?))"
            " AND pipeline = ?",
            json.dumps(list(run_ids)),
            pipeline,
        )
        return {record.run_id: record for record in records}

    def newest_load(self, pipeline: str, uri: str) -> RunRecord | None:
        found = self._records(
            f"SELECT {_LOADED} FROM runs WHERE pipeline = ? AND uri = ?"
            " AND loaded_order IS NOT NULL ORDER BY loaded_order DESC LIMIT 1",
            pipeline,
            uri,
        )
        return found[0] if found else None

    def load_of(self, pipeline: str, content_hash: str) -> RunRecord | None:
        found = self._records(
            f"SELECT {_LOADED} FROM runs WHERE pipeline = ? AND loaded_hash = ?"
            " AND loaded_order IS NOT NULL ORDER BY loaded_order DESC LIMIT 1",
            pipeline,
            content_hash,
        )
        return found[0] if found else None

    def runs(
        self, *, pipeline: str | None = None, state: State | None = None, limit: int = 50
    ) -> Sequence[RunRecord]:
        wanted = {"pipeline": pipeline, "state": state}
        asked = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(["1", *(f"{name} = ?" for name in asked)])
        return self._records(
            f"SELECT {_COLUMNS}, report FROM runs WHERE {where} ORDER BY claim_order DESC LIMIT ?",
            *asked.values(),
            limit,
        )

    def find(self, prefix: str) -> Sequence[RunRecord]:
        return self._records(
            f"SELECT {_COLUMNS}, report FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY run_id",
            prefix,
            prefix + "\U0010ffff",
        )

    def attempts(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "attempt": row["attempt"],
                "generation": row["generation"],
                "state": row["state"],
                "started_at": _moment(row["started_at"]).isoformat(),
                "ended_at": row["ended_at"] and _moment(row["ended_at"]).isoformat(),
                "error": row["error"] and json.loads(row["error"]),
                "rows": row["counts"] and json.loads(row["counts"]),
            }
            for row in self._file.rows(
                "SELECT * FROM attempts WHERE run_id = ? ORDER BY attempt", run_id
            )
        ]

    def close(self) -> None:
        self._file.close()

    def _records(self, query: str, *values: Any) -> list[RunRecord]:
        return [_record(row) for row in self._file.rows(query, *values)]


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


def _generation(db: Any, old: Any, digest: str, *, force: bool) -> int:
    generation: int = old["generation"]
    if force:
        return generation + 1
    if old["digest"] == digest:
        return generation
    left = db.execute(
        "SELECT 1 FROM receipts WHERE run_id = ? AND generation = ?", (old["run_id"], generation)
    ).fetchone()
    return generation + 1 if left else generation


def _receipts(db: Any, run: Run) -> dict[str, Receipt]:
    rows = db.execute(
        "SELECT sink, target, rows, folded, unmatched FROM receipts"
        " WHERE run_id = ? AND generation = ?",
        (run.id, run.generation),
    )
    return {row["sink"]: Receipt(*row[1:]) for row in rows}


def _replaced(db: Any, run: Run) -> frozenset[str]:
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


def _record(row: Any) -> RunRecord:
    fields = dict(row)
    for name in ("lease_until", "started_at", "attempted_at", "ended_at"):
        fields[name] = None if fields[name] is None else _moment(fields[name])
    report = fields.get("report")
    fields["report"] = None if report is None else json.loads(report)
    fields["transient"] = bool(fields["transient"])
    return RunRecord(**fields)


def _now() -> int:
    return time_ns() // 1000


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
