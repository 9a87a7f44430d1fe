"""Literals in a column's constraints: checked when the pipeline is read, typed when it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from csvflow.core.columns.errors import wrong
from csvflow.core.columns.types import CLOCKED, WORDED, ColumnType

if TYPE_CHECKING:
    import pyarrow as pa


def literal(kind: ColumnType, text: str) -> pa.Scalar | None:
    """Return the typed value of a literal, or None if it isn't one.

    Numbers are written plainly, dates and times in ISO 8601 or in the column's own format,
    whatever the marks of the file are.
    """
    import pyarrow as pa  # noqa: PLC0415 - only columns with constraints need Arrow to be read

    from csvflow.core.columns.convert import converter  # noqa: PLC0415 - likewise

    kinds = [replace(kind, formats=()), kind] if kind.formats else [kind]
    for one in kinds:
        done = converter(one)(pa.array([text], pa.utf8()))
        if done.bad is None:
            return done.values[0]
    return None


def check_literal(kind: ColumnType, text: str, key: str) -> None:
    """Raise ``ColumnError`` if the text is no literal of the type."""
    if kind.name in WORDED - {"json", "uuid"} or literal(kind, text) is not None:
        return
    hint = "write it as `2026-01-31`, or in the column's format" if kind.name in CLOCKED else None
    raise wrong(f"`{text}` is not {kind}", hint=hint, key=key)


def check_pattern(pattern: str) -> None:
    """Raise ``ColumnError`` if the pattern is no RE2 regular expression."""
    import pyarrow as pa  # noqa: PLC0415 - only columns with `matches` need Arrow to be read
    import pyarrow.compute as pc  # noqa: PLC0415 - likewise

    try:
        pc.match_substring_regex(pa.array([""], pa.utf8()), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        raise wrong(
            f"`{pattern}` is not a regular expression: {reason}",
            hint="the syntax is RE2's: https://github.com/google/re2/wiki/Syntax",
            key="matches",
        ) from None
