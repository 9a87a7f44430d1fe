"""Names in SQL: quoted always, since headers and tables come from data and people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from csvflow.contract import SinkError

_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def quote(name: str) -> str:
    """Return the name as an SQL identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """Return quoted names with commas between them."""
    return ", ".join(map(quote, names))


def literal(text: str) -> str:
    """Return text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def without_quoted(message: str) -> str:
    """Return a database's message without what it quotes, which may be a cell.

    From the first quotation mark to the last: a cell may have some too.
    """
    return re.sub(r"""(["']).*\1""", "…", message, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, in a schema or in the one that the database takes by itself."""

    schema: str | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Table:
        """Read ``orders``, ``sales.orders`` or ``"odd.name"``; case is kept.

        Raises ``SinkError`` (``sink.table-name``).
        """
        parts: list[str] = []
        at = 0
        while match := _PART.match(text, at):
            parts.append((match[1] or match[2]).replace('""', '"'))
            at = match.end()
            if text[at : at + 1] != ".":
                break
            at += 1
        if at != len(text) or len(parts) not in {1, 2} or text[-1] == "." or "\0" in text:
            raise SinkError(
                "sink.table-name",
                f"`{text}` names no table",
                hint='write `orders` or `sales.orders`; a dot inside a name as `"odd.name"`',
            )
        return cls(parts[0] if parts[1:] else None, parts[-1])

    @property
    def sql(self) -> str:
        """The table in a statement."""
        return f"{quote(self.schema)}.{quote(self.name)}" if self.schema else quote(self.name)

    def beside(self, name: str) -> Table:
        """Return another table of the same schema."""
        return Table(self.schema, name)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


def check_names(
    columns: Sequence[str], *, database: str, max_bytes: int | None, empty: bool, folds: bool
) -> None:
    """Refuse column names that the database can't hold apart or at all.

    Raises ``SinkError`` (``sink.column-name``).
    """
    first: dict[str, str] = {}
    for number, name in enumerate(columns, 1):
        if problem := _problem(name, max_bytes, empty=empty):
            shown = f"`{name[:40]}…`" if len(name) > 41 else f"`{name}`"  # noqa: PLR2004
            raise SinkError(
                "sink.column-name",
                f"column {number}, {shown}, {problem}, which {database} can't have as a name",
                hint="rename it: `from:` in `columns`, or a `rename` step",
            )
        other = first.setdefault(folded(name) if folds else name, name)
        if other is not name:
            raise SinkError(
                "sink.column-name",
                f"columns `{other}` and `{name}` are one and the same to {database}",
                hint="rename one of them: `from:` in `columns`, or a `rename` step",
            )


def folded(name: str) -> str:
    """Return the name as databases fold it: ASCII letters only."""
    return "".join(char.lower() if char.isascii() else char for char in name)


def _problem(name: str, max_bytes: int | None, *, empty: bool) -> str | None:
    if "\0" in name:
        return "has a NUL character"
    if not name and not empty:
        return "is empty"
    size = len(name.encode())
    if max_bytes is not None and size > max_bytes:
        return f"has {size} bytes, more than {max_bytes}"
    return None
