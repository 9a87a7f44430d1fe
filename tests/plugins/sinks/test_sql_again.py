"""A table and a run that is loaded anew: what is in its way, and what no longer is."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.databases import Database, run_of, table

from csvflow.contract import SinkError


def load(database: Database, run: str, *ids: int, generation: int = 1, **settings) -> int:
    rows = table(id=list(ids))
    receipt = database.load("t", rows, run=run, token=generation, generation=generation, **settings)
    return receipt.rows


def ids(database: Database) -> list[int]:
    return [row[0] for row in database.execute("SELECT id FROM t ORDER BY id")]


def may_hold(database: Database, run: str, *, generation: int) -> bool:
    with closing(database.sink("t")) as sink:
        return sink.may_hold(run_of(run, token=generation, generation=generation))


def test_a_run_is_loaded_anew_when_its_table_is_gone(database: Database) -> None:
    load(database, "a", 1, 2)
    assert may_hold(database, "a", generation=2)
    database.execute("DROP TABLE t")
    assert not may_hold(database, "a", generation=2)
    assert load(database, "a", 1, 2, generation=2) == 2
    assert ids(database) == [1, 2]
    assert may_hold(database, "a", generation=3)
    assert not may_hold(database, "a", generation=2)


def test_a_crashed_attempt_finds_its_table_gone_and_loads_its_rows(database: Database) -> None:
    load(database, "a", 1, 2)
    database.execute("DROP TABLE t")
    # The same generation: the marker was written, the ledger never knew.
    receipt = database.load("t", table(id=[1, 2]), run="a", token=2)
    assert receipt.rows == 2
    assert ids(database) == [1, 2]


def test_a_table_that_was_made_anew_has_nothing_of_any_earlier_load(database: Database) -> None:
    load(database, "a", 1, 2)
    load(database, "b", 3)
    database.execute("DROP TABLE t")
    load(database, "a", 1, 2, generation=2)
    assert not may_hold(database, "b", generation=2)
    load(database, "b", 3, generation=2)
    assert ids(database) == [1, 2, 3]


def test_an_empty_table_has_nothing_of_an_earlier_load(database: Database) -> None:
    load(database, "a", 1, 2)
    database.execute("DELETE FROM t")
    assert not may_hold(database, "a", generation=2)
    assert load(database, "a", 7, generation=2) == 1
    assert ids(database) == [7]


def test_rows_that_nothing_tells_apart_are_never_doubled(database: Database) -> None:
    load(database, "a", 1, 2)
    load(database, "b", 3)
    with pytest.raises(SinkError) as caught:
        load(database, "a", 1, 2, generation=2)
    assert caught.value.code == "sink.cannot-replace"
    assert ids(database) == [1, 2, 3]


def test_rows_without_any_marker_may_be_of_an_earlier_load(database: Database) -> None:
    load(database, "a", 1, 2)
    database.execute("DROP TABLE _csvflow_runs")
    assert may_hold(database, "a", generation=2)


def test_lineage_that_came_after_the_rows_does_not_double_them(database: Database) -> None:
    load(database, "a", 1, 2)
    database.execute("ALTER TABLE t ADD COLUMN _csvflow_run TEXT")
    database.execute("ALTER TABLE t ADD COLUMN _csvflow_line BIGINT")
    with pytest.raises(SinkError) as caught:
        load(database, "a", 1, 2, generation=2, lineage=True)
    assert caught.value.code == "sink.cannot-replace"
    assert ids(database) == [1, 2]
    # What came after the column can be replaced.
    load(database, "b", 3, lineage=True)
    load(database, "b", 4, generation=2, lineage=True)
    assert ids(database) == [1, 2, 4]


def test_rows_of_a_load_that_somebody_took_out_are_in_no_way(database: Database) -> None:
    load(database, "a", 1, 2, lineage=True)
    database.execute("DELETE FROM t WHERE id = 1")
    load(database, "a", 1, 2, generation=2, lineage=True)
    assert ids(database) == [1, 2]
