"""The ``sqlite`` ledger: what was tried and how it ended, in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from csvflow.contract import (
    Claim,
    Event,
    Examples,
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
from csvflow.kit.durable import try_folder
from csvflow.kit.ledger import changes
from csvflow.kit.ledger.claims import hindrance, next_attempt
from csvflow.kit.ledger.records import attempt_of, now, record_of
from csvflow.kit.ledger.schema import APPLICATION, COLUMNS, LOADED, MIGRATIONS
from csvflow.kit.sqlite_file import SqliteFile


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
            at = now()
            found = db.execute(f"SELECT {COLUMNS} FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            old = dict(found) if found else None
            renewed = False
            if old is not None:
                if hindered := hindrance(old, at, dead=dead, force=force):
                    return hindered
                changes.abandon(db, old)
                renewed = force or (old["digest"] != digest and changes.left_receipts(db, old))
            run = next_attempt(old, run_id, pipeline, event, at, renewed=renewed)
            changes.take(db, run, digest, owner, at, lease_secs, force=force)
            return Won(run, changes.receipts_of(db, run), changes.replaced_by(db, run))

    def renew(self, run: Run, lease_secs: float) -> bool:
        with self._file.change() as db:
            return changes.renew(db, run, now() + round(lease_secs * 1_000_000))

    def record(self, run: Run, sink: str, receipt: Receipt) -> bool:
        with self._file.change() as db:
            return changes.record(db, run, sink, receipt, now())

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
        with self._file.change() as db:
            return changes.finish(
                db,
                run,
                state,
                report,
                now(),
                content_hash=content_hash,
                transient=transient,
                notice_due=notice_due,
            )

    def release(self, run: Run) -> bool:
        with self._file.change() as db:
            return changes.release(db, run, now())

    def noticed(self, run_id: str) -> None:
        with self._file.change() as db:
            db.execute("UPDATE runs SET notice_due = 0 WHERE run_id = ?", (run_id,))

    def unnoticed(self, pipeline: str) -> Sequence[RunRecord]:
        return self._records(
            f"SELECT {COLUMNS}, report FROM runs WHERE notice_due AND pipeline = ?"
            " AND state NOT IN ('claimed', 'released') ORDER BY ended_at, claim_order",
            pipeline,
        )

    def owners(self) -> Sequence[str]:
        rows = self._file.rows(
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
        rows = self._file.rows("SELECT * FROM attempts WHERE run_id = ? ORDER BY attempt", run_id)
        return [attempt_of(dict(row)) for row in rows]

    def close(self) -> None:
        self._file.close()

    def _last_load(self, which: str, *values: Any) -> RunRecord | None:
        found = self._records(
            f"SELECT {LOADED} FROM runs WHERE pipeline = ? AND {which}"
            " AND loaded_order IS NOT NULL ORDER BY loaded_order DESC LIMIT 1",
            *values,
        )
        return found[0] if found else None

    def _records(self, query: str, *values: Any) -> list[RunRecord]:
        return [record_of(dict(row)) for row in self._file.rows(query, *values)]
