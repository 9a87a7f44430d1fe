"""What follows from the facts about a column: its type and constraints, true of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from csvflow.contract import ConfigError
from csvflow.core.columns.names import snake
from csvflow.core.columns.spec import Column, parse_column
from csvflow.core.columns.types import TEXT, ColumnType
from csvflow.core.profile import notes
from csvflow.core.profile.clocks import Clock, decided
from csvflow.core.profile.column import Profile
from csvflow.core.profile.numbers import Numbers
from csvflow.core.profile.personal import of_birth, personal, plain, sensitive
from csvflow.core.profile.spelling import Spelling, numbers_of
from csvflow.core.profile.tally import Tally
from csvflow.core.profile.tokens import TOKENS

_KEYS = re.compile(r"(?:.* )?(?:id|key|code|no|nr|number|num|uuid|guid|sku|ref|reference|isbn|ean)")
_ENDS = re.compile(
    r".*\b(?:expir\w*|expiry|valid|until|end|ends|due|matur\w*|best before|ablauf|ende|fallig"
    r"|bis|vence|echeance)\b.*"
)
"""Dates that may lie far ahead."""
_KEYS_OF_PEOPLE = frozenset({"staff number", "identity number"})
_FEW_ROWS = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One column, and what a reader of the pipeline should know about it."""

    column: Column
    header: str
    notes: tuple[str, ...]
    personal: str | None = None
    made_up: bool = False
    """Whether its values must not stand in a test case."""


def key_like(header: str, place: int) -> bool:
    """Tell whether a column of that name, at that place, may be a key."""
    return place == 0 or _named_key(header)


def _named_key(header: str) -> bool:
    return _KEYS.fullmatch(snake(header).replace("_", " ")) is not None


@dataclass(frozen=True)
class Judge:
    """Judges one column, under what holds for the file."""

    header: str
    profile: Profile
    mark: Spelling
    truth: frozenset[str]
    """The file's words for true and false."""
    nulls: frozenset[str]
    pair: tuple[str, str] | None = None
    """Those words, where they weren't given."""
    people: bool = False
    """Whether columns of the file are of people."""

    def found(self, bare: Column, place: int | None) -> Found:
        """Return the column of that name; ``place`` is None where it is the only one."""
        profile = self.profile
        kind, tally = self.type_of()
        closed = profile.words.closed(profile.values) if kind == TEXT else ()
        few = bool(closed) or kind.name == "bool"
        hint = personal(self.header, profile.sample, few=few, people=self.people)
        secret = hint is not None or sensitive(self.header)
        if hint or notes.nearly(profile, self.mark):
            closed = ()
        gone = tally.bad if tally is not None else 0
        column = replace(
            bare,
            type=kind,
            required=profile.rows > 0 and profile.nulls == 0 and gone == 0,
            unique=hint in {None, *_KEYS_OF_PEOPLE} and self._unique(kind, place),
            choices=closed,
        )
        column = _that_reads(column)
        told = notes.counts(profile, column, tally, self.header, self.mark)
        if kind == TEXT and profile.values:
            told += self._kept_as_text() or notes.why_text(
                column.name, profile, self.mark, self.pair, secret=secret
            )
        if profile.values and profile.nulls:
            told.append(f"none in {profile.nulls:,} of {profile.rows:,} rows")
        if hint:
            told.append(f"personal data? ({hint})")
        elif sensitive(self.header):
            told.append("sensitive, where rows are people's")
        return Found(column, self.header, tuple(told), hint, secret)

    def _kept_as_text(self) -> list[str]:
        clock = self._clock()
        reason = self._century(clock) if clock is not None else None
        if reason is not None:
            return [reason]
        numbers = self._numbers()
        if numbers is not None and numbers.proved and self._are_versions(numbers):
            return ["versions? As numbers `1.1` and `1.10` would be one"]
        return []

    def _century(self, clock: Clock) -> str | None:
        """Return why the format's two-digit years may not be read, or None."""
        if not clock.short_years:
            return None
        kind = f"`{clock.type}` would read 00-68 as 20xx, 69-99 as 19xx"
        if of_birth(self.header):
            return f"two-digit years of births: {kind}; ask for four digits"
        if clock.ahead and not _ENDS.fullmatch(plain(self.header)):
            share = f"{clock.ahead:,} of {clock.good:,} dates would be years ahead"
            return f"two-digit years: {kind}, and {share}; write it if that is right"
        return None

    def _are_versions(self, numbers: Numbers) -> bool:
        return numbers.decimals > 0 and notes.versions(self.header)

    def type_of(self) -> tuple[ColumnType, Tally | None]:
        """Return the narrowest type, and the guess that proved it."""
        if self._is_truth():
            return ColumnType("bool"), None
        for tally, kind in self._guesses():
            if tally.proved or (self.nulls and tally.all_but(self.nulls)):
                return kind, tally
        return TEXT, None

    def _is_truth(self) -> bool:
        words = self.profile.words
        pair = words.pair()
        if pair is not None and set(pair) <= self.truth:
            return True
        # Words that were given needn't be a pair that is known.
        found = set(words.counts or ())
        return len(found) > 1 and found <= self.truth

    def _guesses(self) -> Iterator[tuple[Tally, ColumnType]]:
        profile = self.profile
        numbers = self._numbers()
        if numbers is not None and self._are_versions(numbers):
            return
        if numbers is not None and numbers.type is not None:
            yield numbers, numbers.type
        if profile.floats is not None and self.mark.decimal == ".":
            yield profile.floats, ColumnType("float")
        clock = self._clock()
        if clock is not None and self._century(clock) is None:
            yield clock, clock.type
        if profile.uuid is not None:
            yield profile.uuid, ColumnType("uuid")
        if profile.json is not None:
            yield profile.json, ColumnType("json")

    def _numbers(self) -> Numbers | None:
        return numbers_of(self.profile, self.mark)

    def _clock(self) -> Clock | None:
        """Return the format of every date, else the only one of all but words for nothing."""
        clocks = self.profile.clocks
        if any(one.proved for one in clocks):
            return decided(clocks)
        almost = [one for one in clocks if one.all_but(TOKENS)]
        return almost[0] if len(almost) == 1 else None

    def _unique(self, kind: ColumnType, place: int | None) -> bool:
        profile = self.profile
        if profile.distinct is None or profile.rows < _FEW_ROWS:
            return False
        by_place = place == 0 and kind.name in {"int", "uuid"}
        # 1.5 and 1.50 are two texts and one decimal.
        whole = kind.name in {"int", "uuid", "text"} or (kind.name == "decimal" and not kind.scale)
        by_name = _named_key(self.header) and whole
        return (by_place or by_name) and profile.distinct.proved()


def _that_reads(column: Column) -> Column:
    """Return the column without what its short form couldn't say."""
    try:
        if parse_column(column.name, column.short()) == column:
            return column
    except ConfigError:
        pass
    return replace(column, choices=())
