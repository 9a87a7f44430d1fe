"""The marker row: what makes a commit happen once, in the transaction of the data itself.

The design's *Exactly once* stands on it. A commit locks its row first; one that finds the
work of its own generation there gives that receipt back and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from csvflow.contract import Receipt, Run, RunError
from csvflow.kit.sql.database import Database
from csvflow.kit.sql.dialect import Dialect
from csvflow.kit.sql.names import Table

MARKERS = "_csvflow_runs"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the load of one commit did."""

    rows: int
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How a commit came out."""

    receipt: Receipt
    fresh: bool
    """False: an earlier commit had done it, and the transaction must be rolled back."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The marker row of one run and one table, beside that table."""

    dialect: Dialect
    table: Table
    run: Run

    def create(self) -> str:
        """Return the statement that creates the table of markers where it isn't there."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.markers.sql} (run_id TEXT NOT NULL,"
            " target TEXT NOT NULL, pipeline TEXT NOT NULL, uri TEXT NOT NULL,"
            " version TEXT NOT NULL, generation BIGINT NOT NULL, token BIGINT NOT NULL,"
            ' "rows" BIGINT NOT NULL, folded BIGINT NOT NULL, unmatched BIGINT NOT NULL,'
            " committed_at TEXT NOT NULL, PRIMARY KEY (run_id, target))"
        )

    def settle(
        self,
        database: Database,
        target: str,
        *,
        load: Callable[[int | None], Loaded],
    ) -> Settled:
        """Load the rows and mark the run, unless its generation is there already.

        ``load`` is told how many rows an earlier generation loaded, None if there was none.
        Raises ``RunError`` (``run.lease-lost``) where a later generation is there.
        """
        generation, rows, folded, unmatched = self._lock(database)
        if generation == self.run.generation:
            return Settled(Receipt(target, rows, folded, unmatched), fresh=False)
        if generation > self.run.generation:
            raise lease_lost(target)
        loaded = load(rows if generation else None)
        self._write(database, loaded)
        return Settled(Receipt(target, loaded.rows, loaded.folded), fresh=True)

    def earlier(self, database: Database) -> bool:
        """Tell whether an earlier generation is marked; to be asked where there are markers."""
        found = database.execute(
            self._sql("SELECT generation FROM {markers} WHERE run_id = {p} AND target = {p}"),
            self._identity,
        )
        return any(0 < int(generation) < self.run.generation for (generation,) in found)

    def forget(self, database: Database) -> None:
        """Note that what all runs loaded is gone, together with the table that had it."""
        database.execute(
            self._sql("UPDATE {markers} SET generation = 0 WHERE target = {p}"), (self.table.name,)
        )

    def _lock(self, database: Database) -> tuple[int, int, int, int]:
        new = (self.run.pipeline, self.run.event.uri, self.run.event.version, self.run.token)
        database.execute(
            self._sql(
                "INSERT INTO {markers} (run_id, target, pipeline, uri, version, token,"
                ' generation, "rows", folded, unmatched, committed_at)'
                " VALUES ({p}, {p}, {p}, {p}, {p}, {p}, 0, 0, 0, 0, '')"
                " ON CONFLICT DO NOTHING"
            ),
            (*self._identity, *new),
        )
        (found,) = database.execute(
            self._sql(
                'SELECT generation, "rows", folded, unmatched FROM {markers}'
                " WHERE run_id = {p} AND target = {p}{locks}"
            ),
            self._identity,
        )
        generation, rows, folded, unmatched = map(int, found)
        return generation, rows, folded, unmatched

    def _write(self, database: Database, loaded: Loaded) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        done = (self.run.token, self.run.generation, loaded.rows, loaded.folded, now)
        database.execute(
            self._sql(
                'UPDATE {markers} SET token = {p}, generation = {p}, "rows" = {p},'
                " folded = {p}, committed_at = {p} WHERE run_id = {p} AND target = {p}"
            ),
            (*done, *self._identity),
        )

    @property
    def _identity(self) -> tuple[str, str]:
        return self.run.id, self.table.name

    @property
    def markers(self) -> Table:
        """The table of markers."""
        return self.table.beside(MARKERS)

    def _sql(self, statement: str) -> str:
        parameter, markers = self.dialect.parameter, self.markers.sql
        if parameter == "%s":
            markers = markers.replace("%", "%%")
        return statement.format(markers=markers, p=parameter, locks=self.dialect.locks)


def lease_lost(target: str) -> RunError:
    """Return the error of a worker whose successor has been at the target."""
    return RunError(
        "run.lease-lost",
        f"another worker took this run over and has been at `{target}`; nothing was committed here",
        hint="the process was stopped for longer than its lease",
    )
