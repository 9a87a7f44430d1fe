"""The settings that every SQL sink has."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from csvflow.contract import Settings


class TableSettings(Settings):
    """Which table, and what becomes of its rows."""

    table: str
    """Table that receives the rows: ``orders``, or ``sales.orders``. Created when missing."""
    mode: Literal["append", "replace", "upsert"] = "append"
    """``append`` adds the rows, ``replace`` makes them the table's only rows, ``upsert``
    updates the rows whose key is there and adds the others."""
    key: tuple[str, ...] = ()
    """Columns that identify a row, for ``upsert``. Of an input's rows with one key the last
    wins."""
    lineage: bool = False
    """Keep ``_csvflow_run`` and ``_csvflow_line`` in the table; lets ``--force`` replace
    what a run appended."""

    @model_validator(mode="after")
    def _key_goes_with_upsert(self) -> Self:
        if self.mode == "upsert" and not self.key:
            raise ValueError("`mode: upsert` needs `key`, the columns that identify a row")
        if self.mode != "upsert" and self.key:
            raise ValueError("`key` is for `mode: upsert`")
        if len(set(self.key)) != len(self.key):
            raise ValueError("`key` names a column twice")
        return self


def without_scheme(url: str) -> str:
    """Return the path in ``sqlite:///x.db`` (relative) or ``sqlite:////tmp/x.db``."""
    path = url.split("://", 1)[1]
    return path.removeprefix("/")
