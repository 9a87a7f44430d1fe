"""Databases for the tests of SQL sinks."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.databases import Database


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """Return each database in turn, empty."""
    if request.param != "postgres":
        return Database(request.param, tmp_path)
    url = request.getfixturevalue("postgres_url")
    return Database("postgres", tmp_path, url, request.getfixturevalue("postgres_schema"))


@pytest.fixture
def postgres(postgres_url: str, postgres_schema: str, tmp_path: Path) -> Database:
    """Return a Postgres schema that is empty."""
    return Database("postgres", tmp_path, postgres_url, postgres_schema)
