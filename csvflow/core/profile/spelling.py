"""How a file spells its numbers: one decimal mark, and one mark between thousands or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csvflow.core.profile.column import Profile
from csvflow.core.profile.numbers import Numbers
from csvflow.core.profile.tokens import TOKENS

NONE = "none"


@dataclass(frozen=True, slots=True)
class Spelling:
    """The two marks."""

    decimal: str = "."
    thousands: str | None = None

    def contradicts(self, other: Spelling) -> bool:
        """Tell whether a mark of the one is the other's other mark."""
        return self.decimal == other.thousands or self.thousands == other.decimal

    def __str__(self) -> str:
        keys = [f"decimal: '{self.decimal}'"] if self.decimal != "." else []
        if self.thousands is not None:
            mark = self.thousands.replace("'", "''")
            keys.append(f"thousands: '{mark}'")
        return f"csv: {{{', '.join(keys)}}}"


def spelling_of(
    profiles: Sequence[Profile], *, decimal: str | None = None, thousands: str | None = None
) -> Spelling:
    """Return the spelling under which most columns are numbers.

    ``decimal`` and ``thousands`` where they are given; ``none`` for no mark between thousands.
    Where two spellings that contradict each other do equally well, the plain one is returned:
    ``1,001`` alone may be one and a bit, or a thousand and one.
    """
    plain = Spelling(decimal or ".", None if thousands in (None, NONE) else thousands)
    found = {Spelling(mark): None for mark in (".", ",")}
    found |= {Spelling(*pair): None for profile in profiles for pair in profile.grouped}
    allowed = [
        one
        for one in (plain, *found)
        if decimal in (None, one.decimal) and thousands in (None, one.thousands or NONE)
    ]
    votes = {one: sum(_proves(profile, one) for profile in profiles) for one in allowed}
    most = max(votes.values())
    best = [one for one, count in votes.items() if count == most]
    best.sort(key=lambda one: (one.thousands is not None, one.decimal != "."))
    if plain in best or any(best[0].contradicts(one) for one in best[1:]):
        return plain
    return best[0]


def numbers_of(profile: Profile, spelling: Spelling) -> Numbers | None:
    """Return the guess about numbers under a spelling; whole ones need no mark."""
    grouped = None
    if spelling.thousands is not None:
        grouped = profile.grouped.get((spelling.decimal, spelling.thousands))
    if grouped is not None and grouped.alive:
        return grouped
    if spelling.decimal == "," and profile.comma is not None:
        return profile.comma
    point = profile.point
    return point if point is None or spelling.decimal == "." or not point.decimals else None


def readings(profile: Profile) -> list[tuple[Spelling, Numbers]]:
    """Return the spellings that have marks under which every value is a number."""
    guesses = [(Spelling("."), profile.point), (Spelling(","), profile.comma)]
    guesses += [(Spelling(*pair), guess) for pair, guess in profile.grouped.items()]
    return [
        (one, guess)
        for one, guess in guesses
        if guess is not None and guess.marked and guess.proved and guess.type is not None
    ]


def _proves(profile: Profile, spelling: Spelling) -> bool:
    numbers = numbers_of(profile, spelling)
    if numbers is None or not numbers.marked or profile.leading_zeros:
        return False
    return numbers.proved or numbers.all_but(TOKENS)
