"""What SQL that users write may not do: kinds of syntax, and calls of functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from csvflow.core.engine.functions import RELATIONAL, SCALAR, SYNTAX, VOLATILE
from csvflow.core.engine.naming import unknown
from csvflow.core.engine.sqltext import span_of, wrong

Refusals = Sequence[tuple[type[exp.Expr], str]]
"""Kinds of syntax that can't stand there, and their names for people."""
_EVERYWHERE: Refusals = (
    (exp.Lambda, "a lambda"),
    (exp.Placeholder, "a parameter"),
    (exp.Parameter, "a parameter"),
    (exp.SessionParameter, "a parameter"),
    (exp.SessionUser, "`session_user`"),
    (exp.CurrentUser, "`current_user`"),
    (exp.CurrentTime, "`current_time`"),
    (exp.CurrentCatalog, "`current_catalog`"),
    (exp.CurrentSchema, "`current_schema`"),
    (exp.CurrentRole, "`current_role`"),
)


def check_kinds(
    text: str,
    tree: exp.Expr,
    refused: Refusals,
    place: str,
) -> None:
    """Refuse what can't stand there."""
    hint = (
        "an expression computes from the columns of its own row; for everything else there are "
        "the steps `sql` and `python`"
    )
    for node in tree.walk():
        for kind, what in (*refused, *_EVERYWHERE):
            if isinstance(node, kind):
                raise wrong(
                    text,
                    f"{what} can't stand in {place}",
                    hint=hint if place == "an expression" else None,
                    span=span_of(node),
                )
        if isinstance(node, exp.Command):
            raise wrong(text, "only one SELECT over the table `rows` can stand here")


def check_calls(
    text: str, tokens: Sequence[Token], allowed: Iterable[str], *, known: Iterable[str] = ()
) -> None:
    """Refuse calls of functions that aren't allowed, quoted or not."""
    names = frozenset(allowed)
    passed = SYNTAX | frozenset(known)
    for index, (token, after) in enumerate(pairwise(tokens)):
        if after.token_type is not TokenType.L_PAREN or not _is_word(text, token):
            continue
        name = token.text.casefold()
        quoted = token.token_type is TokenType.IDENTIFIER
        span = (token.start, token.end)
        if name in VOLATILE:
            raise wrong(
                text,
                f"`{token.text}` gives another value each time, so a retried run would load "
                "other rows",
                hint="derive a key from the row itself, e.g. `md5(concat_ws('|', a, b))`",
                span=span,
            )
        if name == "age" and not _has_comma(tokens[index + 1 :]):
            raise wrong(
                text,
                "`age` needs two arguments here",
                span=span,
                hint="`age(now(), day)` counts up to the run's first claim",
            )
        if name in names or name == "age" or (name in passed and not quoted):
            continue
        if names is not RELATIONAL and name in RELATIONAL and name not in SCALAR:
            raise wrong(
                text,
                f"`{token.text}` looks at many rows, an expression at one",
                hint="the step `sql` can aggregate",
                span=span,
            )
        message, hint = unknown("function", token.text, sorted(names))
        raise wrong(
            text,
            f"{message} in expressions",
            span=span,
            hint=hint
            if hint.startswith("did")
            else "functions are DuckDB's that compute from their arguments alone",
        )


def _is_word(text: str, token: Token) -> bool:
    if token.token_type in {TokenType.IDENTIFIER, TokenType.VAR}:
        return True
    first = text[token.start]
    return first.isalpha() or first == "_"


def _has_comma(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens:
        if token.token_type is TokenType.L_PAREN:
            depth += 1
        elif token.token_type is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return False
        elif token.token_type is TokenType.COMMA and depth == 1:
            return True
    return False
