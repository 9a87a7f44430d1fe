"""Scalar expressions: read and checked against the columns before any row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from csvflow.core.engine.functions import SCALAR
from csvflow.core.engine.kernels import TextKernel, text_kernel
from csvflow.core.engine.naming import TABLE, unknown
from csvflow.core.engine.sqlchecks import Refusals, check_calls, check_kinds
from csvflow.core.engine.sqltext import Column, Now, pieces_of, span_of, tokens_of, tree_of, wrong

_REFUSED: Refusals = (
    (exp.Subquery, "a subquery"),
    (exp.Query, "a subquery"),
    (exp.Window, "a window function"),
    (exp.Columns, "`COLUMNS`"),
    (exp.Star, "`*`"),
)


@dataclass(frozen=True, slots=True)
class Expression:
    """One checked expression: what it reads, and its pieces for DuckDB."""

    text: str
    columns: tuple[str, ...]
    """The columns that it reads, in the order of their first mention."""
    kernel: TextKernel | None
    """What computes it without DuckDB, where there is such a thing."""
    _pieces: tuple[str | Column | Now, ...]

    def sql(self, names: Mapping[str, str], now: datetime) -> str:
        """Return the SQL, with every column under the name that it has in the query."""
        return "".join(
            piece
            if isinstance(piece, str)
            else names[piece.name]
            if isinstance(piece, Column)
            else piece.literal(now)
            for piece in self._pieces
        )


def parse_expression(text: str, columns: Sequence[str]) -> Expression:
    """Return the scalar expression, checked against the columns that there are.

    Raises ``ConfigError`` (``config.expression``) with the place in the text.
    """
    tokens = tokens_of(text, "an expression")
    check_calls(text, tokens, SCALAR)
    tree = tree_of(text, tokens, exp.Condition)
    check_kinds(text, tree, _REFUSED, "an expression")
    for dot in tree.find_all(exp.Dot):
        if isinstance(dot.expression, exp.Func):
            raise wrong(
                text,
                "a function stands before its arguments here: `upper(name)`",
                span=span_of(dot),
            )
    places = (_locate(text, node, columns) for node in tree.find_all(exp.Column))
    spans = {start: (end, Column(name)) for start, end, name in places}
    pieces = tuple(pieces_of(text, tokens, spans))
    read = tuple(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Column)))
    kernel = text_kernel(tree, next(iter(read), None))
    return Expression(text, read, kernel, pieces)


def _locate(text: str, node: exp.Column, columns: Sequence[str]) -> tuple[int, int, str]:
    """Return where a column stands in the text, and which of the columns it is."""
    parts = list(node.parts)
    first = parts[0]
    here = span_of(first)
    if here is None:
        raise wrong(
            text,
            f"`{node.name}` can't be read as a column here",
            hint=f'write it in double quotes: `"{node.name}"`',
        )
    found = _find(first.name, columns)
    if found is None and first.name.casefold() == TABLE and len(parts) > 1:
        second = span_of(parts[1])
        found = _find(parts[1].name, columns)
        if found is not None and second is not None:
            return here[0], second[1], found
        first, here = parts[1], second or here
    if found is None:
        message, hint = unknown("column", first.name, columns)
        raise wrong(text, message, hint=hint, span=here)
    return *here, found


def _find(name: str, columns: Sequence[str]) -> str | None:
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None
