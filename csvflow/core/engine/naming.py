"""Names of columns: near misses for people, and what DuckDB gets to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

TABLE = "rows"
"""The one table that a query may read, and the optional qualifier of a column."""
_LISTED = 12


def unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """Return message and hint for a name that isn't among the known ones."""
    known = list(known)
    near = get_close_matches(name, known, n=1, cutoff=0.75) or [
        other for other in known if other.casefold() == name.casefold()
    ]
    listed = ", ".join(f"`{column}`" for column in known[:_LISTED]) or "none"
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {listed}{more}"
    return f"there is no {what} `{name}`", hint


def quoted(name: str) -> str:
    """Return the name as an SQL identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def names_in_batch(columns: Sequence[str]) -> dict[str, str]:
    """Return the name under which DuckDB sees each column.

    Never its own: DuckDB takes `A` and `a` for one name, and a header may hold anything.
    """
    return {name: f"c{index}" for index, name in enumerate(columns)}
