"""Which header a declared column means: exactly, else whatever its case and spacing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_UNIT = re.compile(
    r"(?<![^\W_])(?![A-Za-z]*(?:Id|ID|No|Nr|At|By|On|Ok)(?![^\W_]))"
    r"[a-z]?(?:[A-Z][a-z]?){1,3}(?![^\W_])"
)
"""A short word such as ``UoM``, ``MwSt`` or ``kWh``, which its capitals don't part."""


def normal(name: str) -> str:
    """Return the name without what people change by accident: case, spaces, underscores."""
    return re.sub(r"[\W_]+", " ", name).strip().casefold()


def snake(name: str) -> str:
    """Return ``order_total`` for ``Order Total``, ``orderTotal`` and ``Order-Total``.

    Short words of one or two letters between capitals are one: ``UoM`` is ``uom``.
    """
    whole = _UNIT.sub(lambda match: match[0].lower(), name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", whole)
    return re.sub(r"[\W_]+", "_", spaced).strip("_").lower() or "column"


def snake_all(names: Sequence[str]) -> list[str]:
    """Return the names in snake case; one that is taken gets ``_2``, ``_3``, …."""
    found: list[str] = []
    for name in names:
        base = candidate = snake(name)
        number = 1
        while candidate in found:
            number += 1
            candidate = f"{base}_{number}"
        found.append(candidate)
    return found


def locate(wanted: Sequence[str], header: Sequence[str], taken: set[int]) -> int | None:
    """Return the place of the first wanted name in the header, or None.

    Exact names come first; then a header that is no one else's (``taken``) and the only one
    that is equal but for case and spacing.
    """
    for name in wanted:
        if name in header:
            return list(header).index(name)
    normals = [normal(name) for name in header]
    counts = Counter(normals)
    for name in wanted:
        key = normal(name)
        if key and counts[key] == 1 and normals.index(key) not in taken:
            return normals.index(key)
    return None


UNNAMED = re.compile(r"column_([0-9]+)")
"""What the intake calls a column whose name is blank, by its place: that says nothing more."""


def moved(wanted: Sequence[str], places: Sequence[int | None]) -> str | None:
    """Return a column without a name that may not be the one that is meant, or None.

    ``wanted`` are the declared headers, ``places`` where the file has them. Where ``column_7``
    is declared as the seventh, what is declared before it stood before it: if the nearest
    column with a name has another place now, so may that without one.
    """
    anchor = 0
    for at, (name, place) in enumerate(zip(wanted, places, strict=True)):
        unnamed = UNNAMED.fullmatch(name)
        if not unnamed and place is not None:
            anchor = place - at
        elif unnamed and int(unnamed[1]) == at + 1 and place == at and anchor:
            return name
    return None
