"""Whole queries: one SELECT over the table ``rows``, checked before any row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from csvflow.core.engine.functions import RELATIONAL
from csvflow.core.engine.naming import TABLE
from csvflow.core.engine.sqlchecks import Refusals, check_calls, check_kinds
from csvflow.core.engine.sqltext import Column, Now, pieces_of, span_of, tokens_of, tree_of, wrong

_REFUSED: Refusals = (
    (exp.Pivot, "`PIVOT`"),
    (exp.Into, "`INTO`"),
    (exp.TableSample, "a sample, which differs from attempt to attempt,"),
)


@dataclass(frozen=True, slots=True)
class Query:
    """One checked SELECT over the table ``rows``."""

    text: str
    orders: bool
    """Whether it says itself in which order, or how many, rows come out."""
    _pieces: tuple[str | Now, ...]

    def sql(self, now: datetime) -> str:
        """Return the SQL with the clock stopped."""
        return "".join(p if isinstance(p, str) else p.literal(now) for p in self._pieces)


def parse_query(text: str) -> Query:
    """Return the SELECT; which columns there are is for DuckDB to say.

    Raises ``ConfigError`` (``config.expression``).
    """
    tokens = tokens_of(text, "a query")
    tree = tree_of(text, tokens, None)
    if not isinstance(tree, exp.Query):
        raise wrong(text, "only one SELECT over the table `rows` can stand here")
    check_kinds(text, tree, _REFUSED, "a query")
    shared = {cte.alias_or_name.casefold() for cte in tree.find_all(exp.CTE)}
    check_calls(text, tokens, RELATIONAL, known=shared)
    for table in tree.find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        if not plain or table.name.casefold() not in {TABLE, *shared}:
            name = table.sql("duckdb")
            raise wrong(
                text,
                f"the query reads `{name}`",
                hint="the only table is `rows`: the rows as they come out of the step before",
                span=span_of(table.this),
            )
    orders = any(tree.args.get(key) for key in ("order", "limit", "offset"))
    keeps_order = isinstance(tree, exp.Select) and not (
        any(tree.args.get(key) for key in ("group", "distinct", "joins", "having", "qualify"))
        or tree.find(exp.AggFunc, exp.Window, exp.SetOperation, exp.Unnest, exp.Explode)
    )
    pieces = tuple(p for p in pieces_of(text, tokens, {}) if not isinstance(p, Column))
    return Query(text, orders or keeps_order, pieces)
