"""How values stand in SQLite, which keeps what it is given: the types and forms of columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import SinkError
from csvflow.kit.sql.dialect import Dialect, Kind
from csvflow.kit.text import to_text

EXACT_DIGITS = 15
"""So many digits of any decimal come back from a binary float: https://sqlite.org/floatingpoint.html"""
INSTANT = "????-??-?? ??:??:??*+00:00"
"""What SQLite's GLOB matches where an instant has our form."""
_TYPES = {"int": "INTEGER", "bool": "INTEGER", "float": "REAL"}


def _declare(kind: Kind) -> str:
    if kind.word == "decimal" and _is_number(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _TYPES.get(kind.word, "TEXT")


def _is_number(kind: Kind) -> bool:
    return kind.precision <= EXACT_DIGITS and 0 <= kind.scale <= kind.precision


def _bends(kind: Kind, declared: str) -> bool:
    # https://sqlite.org/datatype3.html#determination_of_column_affinity
    upper = declared.upper()
    if "INT" in upper:
        return kind.word in {"text", "decimal"}
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT", "BLOB")) or not upper:
        return False
    if any(word in upper for word in ("REAL", "FLOA", "DOUB")):
        return kind.word in {"text", "decimal", "int"}
    if kind.word == "decimal":
        found = re.search(r"\(\s*\d+\s*,\s*(\d+)\s*\)", upper)
        return not _is_number(kind) or (found is not None and kind.scale > int(found[1]))
    return kind.word == "text"


def _comparable(kind: Kind, value: str) -> str:
    # As others write it, and csvflow once did.
    return f"replace({value}, 'Z', '+00:00')" if kind.word == "timestamptz" else value


SQLITE = Dialect(
    name="SQLite",
    declare=_declare,
    bends=_bends,
    comparable=_comparable,
    differs="IS NOT",
    schemas=False,
    empty_names=True,
)


def values_of(name: str, column: pa.Array) -> Sequence[Any]:
    """Return a column as SQLite is given it.

    Decimals are text: a column of numbers makes numbers of it, one of text keeps it.
    Text order of dates and times is their order in time, since ``+`` comes before ``.``.
    Raises ``SinkError`` for NaN.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = values_of(name, column.dictionary)
        return [None if at is None else words[at] for at in column.indices.to_pylist()]
    if isinstance(kind, pa.BaseExtensionType):
        return values_of(name, column.storage)
    if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
        column = to_text(column, separator=" ")
        if pa.types.is_timestamp(kind) and kind.tz:
            column = pc.replace_substring(column, "Z", "+00:00")
    elif pa.types.is_floating(kind) and pc.any(pc.is_nan(column)).as_py():
        # SQLite would make it null without a word.
        raise SinkError(
            "sink.refused",
            f"column `{name}` has NaN, which SQLite can't hold",
            hint=f"say what it means, with a step: `derive: {{{name}: nullif({name}, 'nan')}}`",
        )
    values: Sequence[Any] = column.to_pylist()
    return values
