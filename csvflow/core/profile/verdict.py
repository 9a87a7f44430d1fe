"""What follows from the facts about all columns of a file, and how it spells its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from csvflow.core.columns.spec import Column
from csvflow.core.columns.types import TEXT
from csvflow.core.profile.column import Profile
from csvflow.core.profile.found import Found, Judge
from csvflow.core.profile.personal import of_people, personal
from csvflow.core.profile.spelling import Spelling, spelling_of
from csvflow.core.profile.tokens import TOKENS
from csvflow.core.profile.words import PAIRS

_NUMBERS = frozenset({"int", "decimal", "float"})


@dataclass(frozen=True)
class Verdict:
    """All columns, and how the file spells numbers, truth and nothing."""

    columns: tuple[Found, ...]
    decimal: str = "."
    thousands: str | None = None
    pair: tuple[str, str] | None = None
    """The words for true and false, where they aren't these."""
    nulls: tuple[str, ...] = ()
    """Words that stand for no value, besides the empty field."""


def judge(
    headers: Sequence[str],
    names: Sequence[str],
    profiles: Sequence[Profile],
    *,
    tokens: bool = True,
    renamed: bool = False,
    decimal: str | None = None,
    thousands: str | None = None,
    truth: frozenset[str] | None = None,
) -> Verdict:
    """Return what holds for all values.

    ``tokens``: words such as ``NA`` may mean no value. ``renamed``: a name that isn't its
    header's says which header it is ``from``. ``decimal``, ``thousands``, ``truth``: the marks of
    numbers and the words for true and false, where they are given.
    """
    mark = spelling_of(profiles, decimal=decimal, thousands=thousands)
    pair = _pair(profiles) if truth is None else None
    nulls = _nulls(profiles, mark) if tokens else frozenset[str]()
    columns: list[Found] = []
    people = any(
        personal(header, profile.sample, few=False)
        for header, profile in zip(headers, profiles, strict=True)
    )
    for place, (header, name, profile) in enumerate(zip(headers, names, profiles, strict=True)):
        words = truth if pair is None else frozenset(pair)
        judged = Judge(header, profile, mark, words or frozenset(), nulls, pair, people=people)
        sources = (header,) if renamed and name != header else ()
        alone = len(headers) == 1
        columns.append(judged.found(Column(name, sources=sources), None if alone else place))
    columns = _disguised(columns)
    used = {token for token in nulls if any(token in _seen(profile) for profile in profiles)}
    types = {one.column.type.name for one in columns}
    grouped = any(
        one.column.type.name in _NUMBERS and profile.grouped
        for one, profile in zip(columns, profiles, strict=True)
    )
    has_pair = pair is not None and "bool" in types
    return Verdict(
        tuple(columns),
        mark.decimal if types & {"decimal", "float"} or grouped else ".",
        mark.thousands if grouped else None,
        pair if has_pair and pair != PAIRS[0] else None,
        tuple(sorted(used)),
    )


def _disguised(columns: list[Found]) -> list[Found]:
    """Return the columns; where rows are people, all but words for kinds must be made up."""
    if not of_people([one.personal for one in columns]):
        return columns
    return [
        one
        if one.made_up or one.column.choices or one.column.type.name == "bool"
        else replace(one, made_up=True)
        for one in columns
    ]


def _pair(profiles: Sequence[Profile]) -> tuple[str, str] | None:
    """Return the words for true and false that most columns have."""
    votes = Counter(pair for profile in profiles if (pair := profile.words.pair()) is not None)
    return max(votes, key=lambda pair: (votes[pair], -PAIRS.index(pair))) if votes else None


def _nulls(profiles: Sequence[Profile], mark: Spelling) -> frozenset[str]:
    """Return the words that keep columns from their type and are no text in any other column."""
    found: set[str] = set()
    keeping: list[Profile] = []
    for profile in profiles:
        judged = Judge("", profile, mark, frozenset(), TOKENS)
        kind, tally = judged.type_of()
        if kind != TEXT and tally is not None and tally.bad:
            found |= set(tally.others or ())
        elif kind == TEXT or tally is None:
            keeping.append(profile)
    return frozenset(found - {token for profile in keeping for token in _seen(profile)})


def _seen(profile: Profile) -> set[str]:
    return profile.tokens if profile.words.counts is None else set(profile.words.counts)
