"""What follows from the facts: columns with types and constraints that hold for every value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from csvflow.contract import ConfigError
from csvflow.core.columns.names import snake
from csvflow.core.columns.spec import Column, parse_column
from csvflow.core.columns.types import TEXT, ColumnType
from csvflow.core.profile.clocks import Clock, decided
from csvflow.core.profile.column import Profile
from csvflow.core.profile.numbers import Numbers
from csvflow.core.profile.personal import personal
from csvflow.core.profile.tally import Tally
from csvflow.core.profile.tokens import TOKENS
from csvflow.core.profile.words import PAIRS

_KEYS = re.compile(r"(?:.* )?(?:id|key|code|no|nr|number|num|uuid|guid|sku|ref|reference|isbn|ean)")
_IDENTIFIERS = re.compile(
    r"(?:.* )?(?:zip|zip code|postal code|post code|postcode|plz|sku|ean|isbn|gtin|"
    r"phone|mobile|account|account number|tax id)"
)
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}([., ])[0-9]{3}(?:\1[0-9]{3})*(?:([.,])[0-9]+)?")
_FEW_ROWS = 2
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One column, and what a reader of the pipeline should know about it."""

    column: Column
    header: str
    notes: tuple[str, ...]
    personal: str | None = None


@dataclass(frozen=True)
class Verdict:
    """All columns, and how the file spells numbers, truth and nothing."""

    columns: tuple[Found, ...]
    decimal: str = "."
    pair: tuple[str, str] | None = None
    """The words for true and false, where they aren't these."""
    nulls: tuple[str, ...] = ()
    """Words that stand for no value, besides the empty field."""


def key_like(header: str, place: int) -> bool:
    """Tell whether a column of that name, at that place, may be a key."""
    return place == 0 or _named_key(header)


def _named_key(header: str) -> bool:
    return _KEYS.fullmatch(snake(header).replace("_", " ")) is not None


def judge(
    headers: Sequence[str],
    names: Sequence[str],
    profiles: Sequence[Profile],
    *,
    tokens: bool = True,
    renamed: bool = False,
    decimal: str | None = None,
    truth: frozenset[str] | None = None,
) -> Verdict:
    """Return what holds for all values.

    ``tokens``: words such as ``NA`` may mean no value. ``renamed``: a name that isn't its
    header's says which header it is ``from``. ``decimal``, ``truth``: the decimal mark and the
    words for true and false, where they are given.
    """
    mark = decimal or _mark(profiles)
    pair = _pair(profiles) if truth is None else None
    nulls = _nulls(profiles, mark) if tokens else frozenset[str]()
    columns = []
    for place, (header, name, profile) in enumerate(zip(headers, names, profiles, strict=True)):
        words = truth if pair is None else frozenset(pair)
        judged = _Judge(header, profile, mark, words or frozenset(), nulls)
        sources = (header,) if renamed and name != header else ()
        columns.append(judged.found(Column(name, sources=sources), place))
    used = {token for token in nulls if any(token in _seen(profile) for profile in profiles)}
    has_pair = pair is not None and any(one.column.type.name == "bool" for one in columns)
    return Verdict(
        tuple(columns),
        mark if any(one.column.type.name in {"decimal", "float"} for one in columns) else ".",
        pair if has_pair and pair != PAIRS[0] else None,
        tuple(sorted(used)),
    )


@dataclass(frozen=True)
class _Judge:
    header: str
    profile: Profile
    mark: str
    truth: frozenset[str]
    """The file's words for true and false."""
    nulls: frozenset[str]

    def found(self, bare: Column, place: int) -> Found:
        profile = self.profile
        kind, tally = self._type()
        closed = profile.words.closed(profile.values) if kind == TEXT else ()
        hint = personal(self.header, profile.sample, few=bool(closed))
        if hint or any(tally.alive and tally.good for tally, _ in self._nearly()):
            closed = ()
        gone = tally.bad if tally is not None else 0
        column = replace(
            bare,
            type=kind,
            required=profile.rows > 0 and profile.nulls == 0 and gone == 0,
            unique=hint is None and self._unique(kind, place),
            choices=closed,
        )
        column = _that_reads(column)
        notes = [*self._counts(column, tally, hint)]
        if hint:
            notes.append(f"personal data? ({hint})")
        return Found(column, self.header, tuple(notes), hint)

    def _type(self) -> tuple[ColumnType, Tally | None]:
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
        numbers = _numbers(profile, self.mark)
        if numbers is not None and numbers.type is not None:
            yield numbers, numbers.type
        if profile.floats is not None and self.mark == ".":
            yield profile.floats, ColumnType("float")
        clock = decided(profile.clocks)
        if clock is not None:
            yield clock, clock.type
        elif not any(one.proved for one in profile.clocks):
            almost = [one for one in profile.clocks if one.all_but(TOKENS)]
            if len(almost) == 1:
                yield almost[0], almost[0].type
        if profile.uuid is not None:
            yield profile.uuid, ColumnType("uuid")

    def _unique(self, kind: ColumnType, place: int) -> bool:
        profile = self.profile
        if profile.distinct is None or profile.rows < _FEW_ROWS:
            return False
        by_place = place == 0 and kind.name in {"int", "uuid"}
        # 1.5 and 1.50 are two texts and one decimal.
        whole = kind.name in {"int", "uuid", "text"} or (kind.name == "decimal" and not kind.scale)
        by_name = _named_key(self.header) and whole
        return (by_place or by_name) and profile.distinct.proved()

    def _counts(self, column: Column, tally: Tally | None, hint: str | None) -> Iterator[str]:
        profile, values = self.profile, self.profile.values
        if not values:
            yield f"no value in {profile.rows:,} rows" if profile.rows else "no rows"
            return
        kind = column.type
        if kind != TEXT:
            proved = values - (tally.bad if tally is not None else 0)
            yield f"{kind.name}: {proved:,} of {proved:,} values"
            if tally is not None and tally.bad:
                yield f"{tally.bad:,} are {_listed(tally)}"
            if kind.zone and not kind.formats:
                yield "loaded as instants: offsets from UTC aren't kept"
            if kind.name == "int" and _IDENTIFIERS.fullmatch(snake(self.header).replace("_", " ")):
                yield "an identifier? `text` would keep leading zeros of other files"
        else:
            yield from self._why_text(hint)
        if profile.nulls:
            yield f"none in {profile.nulls:,} of {profile.rows:,} rows"

    def _why_text(self, hint: str | None) -> Iterator[str]:
        profile = self.profile
        clocks = [clock for clock in profile.clocks if clock.alive and clock.good]
        proved = [clock for clock in clocks if clock.proved]
        if proved:
            yield f"{_each(proved)}: which is it? Then write `{proved[0].type.name}` and the format"
            return
        if profile.leading_zeros:
            yield "digits with leading zeros stay text"
            return
        if len(clocks) > 1:
            yield f"several formats: {_each(clocks)}"
            return
        nearly = [(tally, kind) for tally, kind in self._nearly() if tally.alive and tally.good]
        if nearly:
            tally, kind = nearly[0]
            which = "" if hint or tally.others is None else f": {_listed(tally)}"
            short = Column("", kind).short()
            yield f"`{short}` would refuse {tally.bad:,} of {profile.values:,} values{which}"
            return
        grouped = {
            match[1]
            for text in profile.sample
            if (match := _GROUPED.fullmatch(text)) and match[1] != match[2]
        }
        if len(grouped) == 1:
            yield f"marks between thousands? `csv: {{thousands: '{grouped.pop()}'}}` reads them"
            return
        pair = profile.words.pair()
        if pair is not None:
            yield f"`bool` with `csv: {{true: {pair[0]}, false: {pair[1]}}}`"

    def _nearly(self) -> Iterator[tuple[Tally, ColumnType]]:
        profile = self.profile
        yield from self._guesses()
        for numbers in (profile.point, profile.comma):
            if numbers is not None and numbers.type is not None and numbers.mark != self.mark:
                yield numbers, replace(numbers.type, formats=())
        for clock in profile.clocks:
            yield clock, clock.type


def _numbers(profile: Profile, mark: str) -> Numbers | None:
    """Return the guess about numbers under the file's mark; whole ones need no mark."""
    if mark == "," and profile.comma is not None:
        return profile.comma
    point = profile.point
    return point if point is None or mark == "." or not point.decimals else None


def _mark(profiles: Sequence[Profile]) -> str:
    """Return the decimal mark that more columns need."""
    votes: Counter[str] = Counter()
    for profile in profiles:
        for numbers in (profile.point, profile.comma):
            if numbers is not None and numbers.decimals and not profile.leading_zeros:
                votes[numbers.mark] += numbers.proved or numbers.all_but(TOKENS)
    return "," if votes[","] > votes["."] else "."


def _pair(profiles: Sequence[Profile]) -> tuple[str, str] | None:
    """Return the words for true and false that most columns have."""
    votes = Counter(pair for profile in profiles if (pair := profile.words.pair()) is not None)
    return max(votes, key=lambda pair: (votes[pair], -PAIRS.index(pair))) if votes else None


def _nulls(profiles: Sequence[Profile], mark: str) -> frozenset[str]:
    """Return the words that keep columns from their type and are no text in any other column."""
    found: set[str] = set()
    keeping: list[Profile] = []
    for profile in profiles:
        judged = _Judge("", profile, mark, frozenset(), TOKENS)
        kind, tally = judged._type()  # noqa: SLF001 - the judge is this module's own
        if kind != TEXT and tally is not None and tally.bad:
            found |= set(tally.others or ())
        elif kind == TEXT or tally is None:
            keeping.append(profile)
    return frozenset(found - {token for profile in keeping for token in _seen(profile)})


def _seen(profile: Profile) -> set[str]:
    return profile.tokens if profile.words.counts is None else set(profile.words.counts)


def _that_reads(column: Column) -> Column:
    """Return the column without what its short form couldn't say."""
    try:
        if parse_column(column.name, column.short()) == column:
            return column
    except ConfigError:
        pass
    return replace(column, choices=())


def _each(found: Sequence[Clock]) -> str:
    return ", ".join(
        f"`{clock.format}`: {clock.good:,} of {clock.good + clock.bad:,} values"
        for clock in found[:_SHOWN]
    )


def _listed(tally: Tally) -> str:
    others: Mapping[str, int] = tally.others or {}
    if set(others) == {""}:
        return "empty texts in quotes"
    shown = [f"`{text}`" if text else "an empty text in quotes" for text in list(others)[:_SHOWN]]
    more = len(others) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
