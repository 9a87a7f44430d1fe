"""Plugins of every kind that nobody changes: messages are pinned to their settings."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest
from pydantic import field_validator

from csvflow.contract import ConfigError, Duration, Examples, Place, Plugin, Settings, Sink
from csvflow.core import registry, secrets


class FilesSettings(Settings):
    path: Place | list[Place]
    """Where files arrive."""
    settle: Duration = 2.0
    """How long a file must stand still."""


class Files(Plugin[FilesSettings]):
    """Takes files."""

    kind = "source"
    shorthand = "path"
    examples: ClassVar[Examples] = {"A folder": {"path": "incoming/*.csv"}}


class QueueSettings(Settings):
    url: str
    """Which queue."""


class Queue(Plugin[QueueSettings]):
    """Takes messages."""

    kind = "source"


class FilterSettings(Settings):
    condition: str
    """What must hold."""


class Filter(Plugin[FilterSettings]):
    """Drops rows."""

    kind = "step"
    shorthand = "condition"
    examples: ClassVar[Examples] = {"Positive": {"condition": "amount > 0"}}


class DeriveSettings(Settings):
    columns: dict[str, str]
    """Name → expression."""

    @field_validator("columns")
    @classmethod
    def _checked(cls, columns: dict[str, str]) -> dict[str, str]:
        for expression in columns.values():
            if "ammount" in expression:
                error = ConfigError(
                    "config.expression",
                    "there is no column `ammount`",
                    hint="did you mean `amount`?",
                )
                error.subject = expression
                error.offset = expression.index("ammount")
                raise error
        return columns


class Derive(Plugin[DeriveSettings]):
    """Adds columns."""

    kind = "step"
    shorthand = "columns"
    bare = True
    examples: ClassVar[Examples] = {"A total": {"columns": {"total": "amount * 1.2"}}}


class CleanSettings(Settings):
    trim: bool = True
    """Whether spaces go."""


class Clean(Plugin[CleanSettings]):
    """Cleans text."""

    kind = "step"


class PathSettings(Settings):
    path: Place
    """A file or folder."""
    compression: Literal["zstd", "snappy", "none"] = "zstd"
    """How pages are compressed."""


class Parquet(Sink[PathSettings]):
    """Writes Parquet files."""

    suffixes = (".parquet",)
    examples: ClassVar[Examples] = {"A folder": {"path": "out/"}}


class Csv(Plugin[PathSettings]):
    """Writes CSV files."""

    kind = "sink"
    suffixes = (".csv",)


class Jsonl(Plugin[PathSettings]):
    """Writes JSON lines."""

    kind = "sink"
    suffixes = (".jsonl",)


class TableSettings(Settings):
    url: str
    """Where the database is."""
    table: str
    """Which table."""
    mode: Literal["append", "replace", "upsert"] = "append"
    """How rows arrive."""
    key: list[str] | None = None
    """Columns that name a row."""
    password: str | None = None
    """What opens it."""
    port: int | None = None
    """Where it listens."""


class Postgres(Plugin[TableSettings]):
    """Loads a table."""

    kind = "sink"
    schemes = ("postgresql",)
    suffixes = ()
    examples: ClassVar[Examples] = {
        "A table": {"url": "postgresql://localhost/shop", "table": "orders", "key": ["id"]}
    }


class WebhookSettings(Settings):
    url: str
    """Where notices go."""


class Webhook(Plugin[WebhookSettings]):
    """Posts."""

    kind = "notifier"


class SqliteSettings(Settings):
    path: Place = ".csvflow/ledger.db"
    """The file."""


class Sqlite(Plugin[SqliteSettings]):
    """Keeps the book."""

    kind = "ledger"
    shorthand = "path"


FAKES: dict[str, dict[str, type[Plugin]]] = {
    "source": {"files": Files, "queue": Queue},
    "step": {"clean": Clean, "derive": Derive, "filter": Filter},
    "sink": {"csv": Csv, "jsonl": Jsonl, "parquet": Parquet, "postgres": Postgres},
    "notifier": {"webhook": Webhook},
    "ledger": {"sqlite": Sqlite},
}


@pytest.fixture
def plugins(monkeypatch):
    """Replace what is installed."""
    monkeypatch.setattr(registry, "_builtin", lambda kind: frozenset(FAKES[kind]))
    monkeypatch.setattr(registry, "_foreign", lambda kind: {})
    monkeypatch.setattr(registry, "import_module", lambda name: name)
    monkeypatch.setattr(
        registry, "_class_in", lambda module, kind: FAKES[kind][module.rsplit(".", 1)[1]]
    )


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch):
    """Forget, after each test, what it told to mask."""
    monkeypatch.setattr(secrets, "_known", set())


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project to stand in, with an empty ``pipelines`` folder."""
    (tmp_path / "pipelines").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(project, plugins):
    """Write ``pipelines/orders.yaml`` and return its path as a user would type it."""

    def _write(text, name="orders.yaml"):
        path = project / "pipelines" / name
        path.write_text(text, encoding="utf-8")
        return path.relative_to(project)

    return _write
