"""Words that people and programs write where there is no value."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

TOKENS = frozenset(
    "NA N/A n/a na NULL null Null NaN nan None none NONE nil - -- — ? . \\N #N/A #NULL!".split()  # noqa: SIM905 - reads as a list of words
)
_LONGEST = max(len(token.encode()) for token in TOKENS)


@cache
def _tokens() -> pa.Array:
    return pa.array(sorted(TOKENS), pa.utf8())


def tokens_in(texts: pa.Array) -> set[str]:
    """Return those of the words that stand among the texts."""
    short = texts.filter(pc.less_equal(pc.binary_length(texts), _LONGEST))
    return set(short.filter(pc.is_in(short, _tokens())).unique().to_pylist()) - {None}
