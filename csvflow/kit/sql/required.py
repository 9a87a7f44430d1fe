"""What a table that is there must have for some settings, or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from csvflow.contract import LINE, SinkError
from csvflow.kit.sql.dialect import Dialect
from csvflow.kit.sql.names import Table, folded, listed, quote

RUN = "_csvflow_run"


def check_lineage(dialect: Dialect, table: Table, present: Iterable[str]) -> None:
    """Refuse a table without the columns of lineage.

    Raises ``SinkError`` (``sink.missing-column``).
    """
    there = set(present)
    for name, type_ in lineage_types(dialect).items():
        if name not in there:
            raise no_lineage(table, name, type_)


def lineage_types(dialect: Dialect) -> Mapping[str, str]:
    """Return the columns of lineage and their types in a new table."""
    fields = (pa.field(RUN, pa.string()), pa.field(LINE, pa.int64()))
    return {field.name: dialect.type_of(field) for field in fields}


def check_unique(
    table: Table, keys: Sequence[str], indexes: Iterable[Sequence[str]], *, folds: bool
) -> None:
    """Refuse an upsert into a table none of whose unique indexes is on just the key.

    Raises ``SinkError`` (``sink.no-unique-key``).
    """

    def same(names: Iterable[str]) -> frozenset[str]:
        return frozenset(map(folded, names)) if folds else frozenset(names)

    if same(keys) not in map(same, indexes):
        name = quote("_".join([table.name, *keys]))
        raise SinkError(
            "sink.no-unique-key",
            f"table `{table}` has no unique index on {', '.join(keys)}",
            hint=f"make one: CREATE UNIQUE INDEX {name} ON {table.sql} ({listed(keys)})",
        )


def check_needed(table: Table, names: Iterable[str], needed: Iterable[str], *, folds: bool) -> None:
    """Refuse a table with columns that must have a value and that the rows lack.

    Raises ``SinkError`` (``sink.needed-column``).
    """
    there = {folded(name) if folds else name for name in names}
    lacking = [name for name in needed if (folded(name) if folds else name) not in there]
    if lacking:
        first = quote(lacking[0])
        raise SinkError(
            "sink.needed-column",
            f"table `{table}` needs a value in {', '.join(f'`{one}`' for one in lacking)}, which"
            " the rows don't have",
            hint=f"add it in `steps`, as with `derive: {{{lacking[0]}: …}}`; or give {first} a"
            " default in the table",
        )


def no_schema(dialect: Dialect, table: Table) -> SinkError:
    """Return the error of a table in a schema that isn't there."""
    schema = table.schema or ""
    alone = f"name the table alone: `{table.name}`"
    make = f"make it: CREATE SCHEMA {quote(schema)}; or {alone}"
    return SinkError(
        "sink.no-schema",
        f"there is no schema `{schema}` for the table `{table}`",
        hint=make if dialect.schemas else alone,
    )


def no_lineage(table: Table, name: str, type_: str) -> SinkError:
    """Return the error of a table that lacks a column of lineage."""
    add = f"ALTER TABLE {table.sql} ADD COLUMN {quote(name)} {type_}"
    return SinkError(
        "sink.missing-column",
        f"table `{table}` has no column `{name}`",
        hint=f"`lineage: true` needs it: {add}; or leave `lineage` out",
    )
