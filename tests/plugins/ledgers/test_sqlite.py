"""The ledger's file: private, whole or refused, never taken for another."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from csvflow.contract import CsvflowError, UnreachableError
from csvflow.kit import sqlite_file
from csvflow.plugins.ledgers import sqlite
from csvflow.plugins.ledgers.sqlite import SqliteLedger, SqliteSettings
from csvflow.testing.ledgers import finish, name, won


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".csvflow" / "ledger.db"


@pytest.fixture
def ledger(path):
    made = SqliteLedger(SqliteSettings(path=str(path)))
    yield made
    made.close()


@pytest.fixture
def filled(ledger, path):
    for key in ("a", "b", "c"):
        finish(ledger, won(ledger, key), "succeeded")
    ledger.close()
    return path


def refused(ledger):
    with pytest.raises(CsvflowError) as caught:
        ledger.runs()
    with pytest.raises(CsvflowError) as again:
        won(ledger, "a")
    assert again.value.code == caught.value.code
    assert caught.value.hint
    return caught.value


def test_only_its_owner_may_read_it(filled):
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600
    assert stat.S_IMODE(filled.parent.stat().st_mode) == 0o700
    assert [path.name for path in filled.parent.iterdir()] == ["ledger.db"]


def test_every_change_is_synced_to_disk(ledger, path):
    won(ledger, "a")
    assert ledger._file._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert ledger._file._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.mark.parametrize("keep", [0, 10, 100, 4096, -1])
def test_a_truncated_ledger_is_refused(filled, ledger, keep):
    data = filled.read_bytes()
    filled.write_bytes(data[:keep])
    error = refused(ledger)
    assert (error.code, error.place) == ("ledger.damaged", str(filled))


def test_what_is_no_ledger_is_refused_and_left_alone(path, ledger):
    path.parent.mkdir()
    path.write_text("id,amount\n1,2\n" * 1000)
    assert refused(ledger).code == "ledger.damaged"
    assert path.read_text() == "id,amount\n1,2\n" * 1000


def test_another_programs_database_is_refused_and_left_alone(path, ledger):
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE orders (id)")
    db.close()
    assert refused(ledger).code == "ledger.damaged"
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]
    db.close()


def test_a_ledger_deleted_while_it_is_used_is_not_begun_anew(ledger, path):
    won(ledger, "a")
    path.unlink()
    error = refused(ledger)
    assert error.code == "ledger.damaged"
    assert "deleted" in error.message
    assert not path.exists()


def test_a_later_schema_is_refused(filled, ledger):
    db = sqlite3.connect(filled)
    db.execute("PRAGMA user_version = 99")
    db.close()
    error = refused(ledger)
    assert error.code == "ledger.newer"
    assert "99" in error.message


def test_an_earlier_schema_is_brought_up_to_date(filled, monkeypatch):
    later = (*sqlite.MIGRATIONS, ("ALTER TABLE runs ADD COLUMN note TEXT",))
    monkeypatch.setattr(sqlite, "MIGRATIONS", later)
    ledger = SqliteLedger(SqliteSettings(path=str(filled)))
    assert [record.state for record in ledger.runs()] == ["succeeded"] * 3
    ledger.close()
    db = sqlite3.connect(filled)
    assert db.execute("PRAGMA user_version").fetchone()[0] == len(later)
    db.close()


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(filled, monkeypatch):
    broken = (*sqlite.MIGRATIONS, ("CREATE TABLE extra (x)", "NO SUCH STATEMENT"))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", broken)
        ledger = SqliteLedger(SqliteSettings(path=str(filled)))
        with pytest.raises(CsvflowError):
            ledger.runs()
        ledger.close()
    ledger = SqliteLedger(SqliteSettings(path=str(filled)))
    assert len(ledger.runs()) == 3
    ledger.close()


def test_a_ledger_locked_for_too_long_is_out_of_reach(filled, monkeypatch):
    monkeypatch.setattr(sqlite_file, "BUSY_SECS", 0.1)
    ledger = SqliteLedger(SqliteSettings(path=str(filled)))
    db = sqlite3.connect(filled, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnreachableError) as caught:
        won(ledger, "new")
    assert caught.value.code == "ledger.unreachable"
    assert len(ledger.runs()) == 3, "reading goes on beside a writer"
    db.execute("ROLLBACK")
    db.close()
    assert won(ledger, "new").id == name("new")
    ledger.close()


def test_a_folder_in_its_place_is_out_of_reach(path, ledger):
    path.mkdir(parents=True)
    with pytest.raises(UnreachableError):
        won(ledger, "a")


def test_a_creation_that_was_killed_is_done_again(path, ledger):
    path.parent.mkdir(mode=0o700)
    path.with_name("ledger.db.new").write_bytes(b"half a database")
    path.with_name("ledger.db.new-journal").write_bytes(b"left over")
    won(ledger, "a")
    ledger.close()
    assert [left.name for left in path.parent.iterdir()] == ["ledger.db"]
