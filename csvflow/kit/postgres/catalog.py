"""What PostgreSQL can hold, and what its catalog tells of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csvflow.kit.sql import Database, Dialect, Table, Types

_TYPES = Types(
    new={
        "text": "text",
        "int": "bigint",
        "float": "double precision",
        "bool": "boolean",
        "date": "date",
        "time": "time",
        "timestamp": "timestamp",
        "timestamptz": "timestamptz",
    },
    exact={
        "name": frozenset(),
        "smallint": frozenset({"int"}),
        "integer": frozenset({"int"}),
        "bigint": frozenset({"int"}),
        "numeric": frozenset({"int", "decimal"}),
        "real": frozenset(),
        "double precision": frozenset({"float"}),
        "boolean": frozenset({"bool"}),
        "date": frozenset({"date"}),
        "time without time zone": frozenset({"time"}),
        "timestamp without time zone": frozenset({"date", "timestamp"}),
        "timestamp with time zone": frozenset({"timestamptz"}),
    },
    decimal="numeric",
    scales={"money": 2},
)


def _length(declared: str) -> int | None:
    # https://www.postgresql.org/docs/current/datatype-character.html
    found = re.fullmatch(r"character( varying)?\((\d+)\)", declared)
    return None if found is None else int(found[2]) if found[1] else 0


POSTGRES = Dialect(
    name="Postgres",
    declare=_TYPES.declare,
    bends=_TYPES.bends,
    fraction=_TYPES.fraction,
    length=_length,
    parameter="%s",
    locks=" FOR UPDATE",
    temporary="pg_temp",
    max_name_bytes=63,
    folds_case=False,
)


def exists(database: Database, table: Table) -> bool:
    """Tell whether the table is there."""
    ((found,),) = database.execute("SELECT to_regclass(%s)", [table.sql])
    return found is not None


def has_schema(database: Database, schema: str) -> bool:
    """Tell whether the schema is there."""
    return bool(database.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]))


def columns_of(database: Database, table: Table) -> dict[str, str]:
    """Return the table's columns and their types, none if it isn't there."""
    return dict(
        database.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [table.sql],
        )
    )


def needed_of(database: Database, table: Table) -> list[str]:
    """Return the columns that may not be null, and that no default or trigger may fill."""
    found = database.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
        " AND NOT attisdropped AND attnotnull AND NOT atthasdef AND attidentity = ''"
        " AND NOT EXISTS (SELECT 1 FROM pg_type WHERE pg_type.oid = atttypid"
        " AND typdefault IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = attrelid AND NOT tgisinternal"
        " AND tgtype & 7 = 7) ORDER BY attnum",
        [table.sql],
    )
    return [name for (name,) in found]


def unique_keys_of(database: Database, table: Table) -> list[Sequence[str]]:
    """Return the columns of each index that makes them unique as they are."""
    found = database.execute(
        "SELECT array_agg(attname::text) FROM pg_index JOIN pg_attribute"
        " ON attrelid = indrelid AND attnum = ANY (indkey)"
        " WHERE indrelid = to_regclass(%s) AND indisunique AND indisvalid AND indpred IS NULL"
        " GROUP BY indexrelid, indnkeyatts HAVING count(*) = indnkeyatts",
        [table.sql],
    )
    return [names for (names,) in found]


def is_unique(database: Database, table: Table) -> bool:
    """Tell whether rows of the table, or of a part of it, may be in the way of others."""
    found = database.execute(
        "SELECT 1 FROM pg_index WHERE (indisunique OR indisexclusion) AND (indrelid ="
        " to_regclass(%s) OR indrelid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s))))"
        " LIMIT 1",
        [table.sql, table.sql],
    )
    return bool(found)
