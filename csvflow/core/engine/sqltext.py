"""SQL that users write, as tokens: where it is wrong, what DuckDB gets of it.

SQLGlot reads it, so that we know what it names. What DuckDB gets is not
SQLGlot's rendering, which may mean something else (``~`` becomes a search
where DuckDB matches the whole text), but the user's own tokens, without
comments, with the columns and the clock replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from csvflow.contract import ConfigError
from csvflow.core.engine.functions import NOW

CODE = "config.expression"
LONGEST = 20_000
DEEPEST = 200
Span = tuple[int, int]
"""First and last position in the text."""

_STATEMENT_WORDS = """
    alter analyze attach begin call checkpoint commit copy create deallocate delete describe detach
    drop execute explain export force from import insert install load merge pragma prepare reset
    rollback select set show summarize truncate update use vacuum with
"""
STATEMENTS = frozenset(_STATEMENT_WORDS.split())


@dataclass(frozen=True, slots=True)
class Column:
    """In place of a column's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Now:
    """In place of what tells the time."""

    type: str

    def literal(self, now: datetime) -> str:
        """Return the constant that it is for one run."""
        at = now.astimezone(UTC)
        text = f"{at:%Y-%m-%d}" if self.type == "DATE" else f"{at:%Y-%m-%d %H:%M:%S.%f}"
        zone = "+00" if self.type == "TIMESTAMPTZ" else ""
        return f"CAST('{text}{zone}' AS {self.type})"


def tokens_of(text: str, what: str) -> list[Token]:
    """Return the tokens of the text, within limits, and of one statement."""
    if len(text) > LONGEST:
        raise wrong("", f"{what} of {len(text):,} characters is longer than {LONGEST:,}")
    try:
        tokens = Dialect.get_or_raise("duckdb").tokenize(text)
    except TokenError as error:
        raise wrong(
            text,
            f"this can't be read as {what}: a quote or comment isn't closed",
            hint="text stands in single quotes, a column name in double ones",
        ) from error
    if not tokens:
        raise wrong(text, f"{what} is missing")
    depth = deepest = 0
    for index, token in enumerate(tokens):
        if token.token_type is TokenType.SEMICOLON and index < len(tokens) - 1:
            raise wrong(
                text,
                f"`;` can't stand in {what}: it is one statement",
                span=(token.start, token.end),
            )
        if text[token.start] == "#":
            # DuckDB takes `#1` for the first column, whichever that is.
            raise wrong(
                text,
                "`#` with a number can't stand here: columns have names",
                span=(token.start, token.end),
            )
        opens = token.token_type in {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
        closes = token.token_type in {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
        depth += opens - closes
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise wrong(text, f"{what} is nested more than {DEEPEST} levels deep")
    if tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    return tokens


def tree_of(text: str, tokens: list[Token], kind: type[exp.Expr] | None) -> exp.Expr:
    """Return what SQLGlot makes of the tokens."""
    parser = Dialect.get_or_raise("duckdb").parser()
    try:
        found = parser.parse_into(kind, tokens, text) if kind else parser.parse(tokens, text)
    except ParseError as error:
        raise _syntax(text, tokens, error, whole=kind is None) from error
    except RecursionError as error:
        raise wrong(text, "the expression is nested too deeply") from error
    if len(found) != 1 or found[0] is None:
        raise wrong(text, "exactly one expression can stand here")
    return found[0]


def pieces_of(
    text: str, tokens: Sequence[Token], spans: Mapping[int, tuple[int, Column]]
) -> Iterator[str | Column | Now]:
    """Yield the tokens for DuckDB, with columns and clock cut out."""
    index, before = 0, 0
    while index < len(tokens):
        token = tokens[index]
        if token.start > before:
            yield " "
        last = index
        if token.start in spans:
            end, column = spans[token.start]
            while tokens[last].end < end:
                last += 1
            yield column
        elif _tells_time(tokens, index):
            if _called(tokens, index):
                last += 2
            yield Now(NOW[token.text.casefold()])
        else:
            yield text[token.start : token.end + 1]
        before, index = tokens[last].end + 1, last + 1


def _tells_time(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    name = token.text.casefold()
    if token.token_type in {TokenType.STRING, TokenType.IDENTIFIER} or name not in NOW:
        return False
    return _called(tokens, index) or name.startswith(("current_", "local"))


def _called(tokens: Sequence[Token], index: int) -> bool:
    kinds = [token.token_type for token in tokens[index + 1 : index + 3]]
    return kinds == [TokenType.L_PAREN, TokenType.R_PAREN]


def _syntax(text: str, tokens: Sequence[Token], error: ParseError, *, whole: bool) -> ConfigError:
    first = tokens[0].text
    if first.casefold() in STATEMENTS and not whole:
        return wrong(
            text,
            f"`{first.upper()}` begins a statement, and only an expression over the row's columns "
            "can stand here",
            span=(tokens[0].start, tokens[0].end),
        )
    detail = error.errors[-1] if error.errors else {}
    bad = str(detail.get("highlight") or "")
    line, column = detail.get("line"), detail.get("col")
    span = next(((t.start, t.end) for t in tokens if (t.line, t.col) == (line, column)), None)
    return wrong(
        text,
        f"this isn't SQL that can be read here, at `{bad}`"
        if bad
        else "this isn't SQL that can be read here",
        span=span,
    )


def span_of(node: exp.Expr | None) -> Span | None:
    """Return where in the text a piece of syntax begins and its first name ends."""
    if node is None:
        return None
    for part in node.walk():
        if "start" in part.meta:
            return part.meta["start"], part.meta["end"]
    return None


def wrong(
    text: str, message: str, *, hint: str | None = None, span: Span | None = None
) -> ConfigError:
    """Return the error with what it is about, and the line of the text with carets below it."""
    error = ConfigError(CODE, message, hint=hint)
    error.subject = text
    if span is not None:
        start = text.rfind("\n", 0, span[0]) + 1
        end = text.find("\n", span[0])
        line = text[start : end if end >= 0 else len(text)]
        width = min(span[1] + 1, start + len(line)) - span[0]
        error.offset = span[0]
        error.excerpt = f"    {line}\n    {' ' * (span[0] - start)}{'^' * max(1, width)}"
    return error
