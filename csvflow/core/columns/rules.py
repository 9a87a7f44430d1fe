"""Constraints on typed values, as masks of the rows that break them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.literals import literal
from csvflow.core.columns.spec import Column
from csvflow.core.columns.types import arrow_type

_BROKEN: dict[str, Callable[[pa.Array, pa.Scalar], pa.Array]] = {
    ">=": pc.less,
    ">": pc.less_equal,
    "<=": pc.greater,
    "<": pc.greater_equal,
    "=": pc.not_equal,
    "!=": pc.equal,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint: which values break it, and how a sentence about one ends."""

    broken: Callable[[pa.Array], pa.Array]
    """True where a value breaks the rule; null passes."""
    says: str
    """``is not >= 0``: what a broken value does."""


def rules_of(column: Column) -> list[Rule]:
    """Return the column's constraints on single values, in the order of the short form."""
    return [*_comparisons(column), *_choices(column), *_patterns(column), *_lengths(column)]


def _comparisons(column: Column) -> list[Rule]:
    return [
        Rule(_comparison(sign, literal(column.type, text)), f"is not {sign} {text}")
        for sign, text in column.comparisons
    ]


def _comparison(sign: str, bound: pa.Scalar) -> Callable[[pa.Array], pa.Array]:
    compare = _BROKEN[sign]
    return lambda values: compare(values, bound)


def _choices(column: Column) -> list[Rule]:
    if not column.choices:
        return []
    allowed = [literal(column.type, text) for text in column.choices]
    allowed_array = pa.array(
        [one.as_py() for one in allowed if one is not None], arrow_type(column.type)
    )

    def broken(values: pa.Array) -> pa.Array:
        return pc.and_(pc.invert(pc.is_in(values, allowed_array)), values.is_valid())

    return [Rule(broken, f"is not in ({', '.join(column.choices)})")]


def _patterns(column: Column) -> list[Rule]:
    if column.pattern is None:
        return []
    whole = rf"\A(?:{column.pattern})\z"
    return [
        Rule(
            lambda values: pc.invert(pc.match_substring_regex(values, whole)),
            f"does not match {column.pattern}",
        )
    ]


def _lengths(column: Column) -> list[Rule]:
    found: list[Rule] = []
    least, most = column.least, column.most
    if least is not None:
        found.append(
            Rule(
                lambda values: pc.less(pc.utf8_length(values), least),
                f"has fewer than {least} characters",
            )
        )
    if most is not None:
        found.append(
            Rule(
                lambda values: pc.greater(pc.utf8_length(values), most),
                f"has more than {most} characters",
            )
        )
    return found
