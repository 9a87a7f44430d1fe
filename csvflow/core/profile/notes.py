"""What a reader of a pipeline should know about a column, beside its declaration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from csvflow.core.columns.names import snake
from csvflow.core.columns.spec import Column
from csvflow.core.columns.types import TEXT, ColumnType
from csvflow.core.profile.affixes import affix
from csvflow.core.profile.clocks import Clock
from csvflow.core.profile.column import Profile
from csvflow.core.profile.spelling import Spelling, readings
from csvflow.core.profile.tally import Tally

_IDENTIFIERS = re.compile(
    r"(?:.* )?(?:zip|zip code|postal code|post code|postcode|plz|sku|ean|isbn|gtin|"
    r"phone|mobile|account|account number|tax id)"
)
_VERSIONS = re.compile(r"(?:.* )?(?:version|release|revision|firmware|fw)")
_TOTAL = re.compile(
    "(?:grand |sub)?total|sum|(?:gesamt)?summe|gesamt|insgesamt|somme|suma", re.IGNORECASE
)
_MINUS_ZERO = re.compile(r"-0\.0+")
CENTURIES = "two-digit years: 00-68 are 20xx, 69-99 19xx"
_DAYS = (
    ("date %Y%m%d", re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")),
    (
        "timestamp %Y%m%d%H%M%S",
        re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][0-2][0-9][0-5][0-9][0-5][0-9]"),
    ),
)
_SHOWN = 3
FOOTER = "a footer? `csv: {footer: 1}` leaves it out, if every file ends so"


def counts(
    profile: Profile, column: Column, tally: Tally | None, header: str, mark: Spelling
) -> list[str]:
    """Return how many values proved the type, and what it doesn't keep."""
    values = profile.values
    if not values:
        return [f"no value in {profile.rows:,} rows" if profile.rows else "no rows"]
    kind = column.type
    if kind == TEXT:
        return []
    proved = values - (tally.bad if tally is not None else 0)
    told = [f"{kind.name}: {proved:,} of {proved:,} values"]
    if tally is not None and tally.bad:
        told.append(f"{tally.bad:,} are {_listed(tally)}")
    if kind.zone and not any(form.endswith("Z") for form in kind.formats):
        told.append("loaded as instants: offsets from UTC aren't kept")
    if any("%y" in form for form in kind.formats):
        told.append(CENTURIES)
    if kind.name == "int":
        told += _of_int(profile, snake(header).replace("_", " "))
    if kind.name == "float" and _spoilt(profile.point, _MINUS_ZERO):
        told.append("`-0.0` is among them, which no decimal keeps")
    others = [one for one, _ in readings(profile) if one.contradicts(mark)]
    if kind.name in {"int", "decimal"} and others and mark == Spelling():
        told.append(f"or marks between thousands? `{others[0]}` reads them")
    return told


def versions(header: str) -> bool:
    """Tell whether a column of that name holds versions, of which ``1.1`` and ``1.10`` are two."""
    return _VERSIONS.fullmatch(snake(header).replace("_", " ")) is not None


def _spoilt(tally: Tally | None, by: re.Pattern[str]) -> bool:
    return tally is not None and bool(tally.others) and all(map(by.fullmatch, tally.others or ()))


def _of_int(profile: Profile, words: str) -> Iterator[str]:
    if _IDENTIFIERS.fullmatch(words):
        yield "an identifier? `text` would keep leading zeros of other files"
    if set(profile.words.counts or ()) == {"0", "1"}:
        yield "true and false? `bool` with `csv: {true: '1', false: '0'}`"
    for kind, form in _DAYS:
        if all(form.fullmatch(text) for text in profile.sample):
            yield f"dates? `{kind}` reads them"


def why_text(
    name: str, profile: Profile, mark: Spelling, pair: tuple[str, str] | None, *, secret: bool
) -> list[str]:
    """Return why a column is text, where its author may want to know.

    ``secret``: no value may be told.
    """
    clocks = [clock for clock in profile.clocks if clock.alive and clock.good]
    proved = [clock for clock in clocks if clock.proved]
    if proved:
        which = f"which is it? Then write `{proved[0].type.name}` and the format"
        return [f"{_each(proved)}: {which}"]
    if profile.leading_zeros:
        return ["digits with leading zeros stay text"]
    numbers = readings(profile)
    if numbers:
        return [_spelled(profile, numbers, secret=secret)]
    best = max(clocks, key=lambda clock: clock.good, default=None)
    if best is not None and len(clocks) > 1:
        if _few(best):
            return [_refused(profile, best, best.type, secret=secret)]
        return [f"several formats: {_each(clocks)}"]
    almost = nearly(profile, mark)
    if almost:
        tally, kind = almost[0]
        return [_refused(profile, tally, kind, secret=secret)]
    truth = _truth(profile, pair)
    if truth is not None:
        return [truth]
    if profile.last is not None and _TOTAL.fullmatch(profile.last) and name.isidentifier():
        step = f"`filter: {name} <> '{profile.last}'`"
        return [f"`{profile.last}` is its last value: a total? A step {step} leaves it out"]
    told = affix(name, profile.sample)
    return [told] if told and not secret else []


def nearly(profile: Profile, mark: Spelling) -> list[tuple[Tally, ColumnType]]:
    """Return the guesses that some values fit, and most of every batch."""
    found: list[tuple[Tally | None, ColumnType | None]] = []
    numbers = (profile.point, profile.comma, *profile.grouped.values())
    ordered = sorted(
        (one for one in numbers if one is not None),
        key=lambda one: (one.mark, one.thousands) != (mark.decimal, mark.thousands),
    )
    for one in ordered:
        kind = one.type
        found.append((one, replace(kind, formats=()) if kind else None))
    found.append((profile.floats, ColumnType("float")))
    found += [(clock, clock.type) for clock in profile.clocks]
    found += [(profile.uuid, ColumnType("uuid")), (profile.json, ColumnType("json"))]
    return [
        (tally, kind)
        for tally, kind in found
        if tally is not None and kind is not None and tally.alive and tally.good
    ]


def _few(tally: Tally) -> bool:
    """Tell whether so few values don't fit that they are no format of their own."""
    return tally.others is not None and len(tally.others) <= _SHOWN and tally.bad * 10 <= tally.good


def _refused(profile: Profile, tally: Tally, kind: ColumnType, *, secret: bool) -> str:
    which = "" if secret or tally.others is None else f": {_listed(tally)}"
    told = f"`{Column('', kind).short()}` would refuse {tally.bad:,} of {profile.values:,} values"
    if tally.others is None or tally.bad != 1:
        return told + which
    (other,) = tally.others
    if other == profile.last:
        return f"{told}{which}, in the last row; {FOOTER}"
    if other and other == profile.sample[0] and not profile.nulls:
        header = "a second line of the header? `csv: {header: 2}` joins them"
        return f"{told}{which}, in the first row; {header}"
    return told + which


def _spelled(profile: Profile, numbers: Sequence[tuple[Spelling, Tally]], *, secret: bool) -> str:
    spellings = [one for one, _ in numbers]
    if len(spellings) > 1 and spellings[0].contradicts(spellings[1]):
        each = ", or ".join(
            f"{'a decimal mark' if one.thousands is None else 'one between thousands'}: `{one}`"
            for one in spellings[:2]
        )
        shown = "1,001" if secret else _with_mark(profile)
        return f"the mark in `{shown}` is {each}; which is it?"
    return f"numbers, in another spelling than the file's: `{spellings[0]}` reads them"


def _with_mark(profile: Profile) -> str:
    return next((text for text in profile.sample if not text.isdecimal()), "1,001")


def _truth(profile: Profile, pair: tuple[str, str] | None) -> str | None:
    """Return how the words would be read as true and false, beside the file's pair of words."""
    if {word.lower() for word in profile.words.counts or ()} == {"true", "false"}:
        return "`bool` reads them, and forgets their case"
    words = profile.words.pair()
    if words is None or pair is None:
        return None
    yes, no = (
        one if two == one else f"[{two}, {one}]" for one, two in zip(words, pair, strict=True)
    )
    return f"`bool` with `csv: {{true: {yes}, false: {no}}}`"


def _each(found: Sequence[Clock]) -> str:
    return ", ".join(
        f"`{clock.format}`: {clock.good:,} of {clock.good + clock.bad:,} values"
        for clock in found[:_SHOWN]
    )


def _listed(tally: Tally) -> str:
    others: Mapping[str, int] = tally.others or {}
    if set(others) == {""}:
        return "empty texts in quotes; `csv: {quoted_nulls: 'null'}` takes them for no value"
    shown = [f"`{text}`" if text else "an empty text in quotes" for text in list(others)[:_SHOWN]]
    more = len(others) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
