"""The tables of a ledger in SQLite, and how those of older versions become them."""

from __future__ import annotations

from collections.abc import Sequence

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

COLUMNS = (
    "run_id, pipeline, uri, version, content_hash, state, attempt, generation, token, owner, "
    "lease_until, digest, transient, failures, started_at, attempted_at, ended_at"
)
"""What a record tells of a run's last attempt; its report is asked for apart."""
LOADED = COLUMNS.replace("content_hash", "loaded_hash AS content_hash")
"""Likewise, with the content that was loaded last."""
