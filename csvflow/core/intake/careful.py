"""Record by record where quotes are out of place: what is damaged, and where reading goes on.

A quote that is never closed would swallow everything behind it. Where a record's quotes don't
hold, the damage is its first physical line if the records behind that line fit, else as many
lines as it takes; the lines given up are one reject.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from csvflow.core.intake.grammar import Grammar, count_lines, spans

WITNESSES = 3
"""So many records behind a damaged one must fit before reading goes on there."""
REACH = 200
"""So many lines a damaged place is followed before it is taken as it stands."""


class Extent(NamedTuple):
    """Where a record ends, and whether its quotes hold."""

    fields: int
    end: int
    after: int
    state: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a record may be."""

    bytes: int
    lines: int


@dataclass(slots=True)
class Found:
    """Records of a stretch, one entry each; ``damage`` has those that are none."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    damage: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Index → code and reason."""
    newlines: int = 0
    end: int = 0
    """Up to where the text was read; 0: more of it is needed."""


def read(
    text: bytes, grammar: Grammar, width: int, *, final: bool, count: int, limits: Limits, base: int
) -> Found:
    """Read up to ``count`` records from the beginning of the text.

    ``final``: nothing follows the text. ``base``: the offset of the text in the file. A record
    that reaches the end of an unfinished text is left for later until it is longer than allowed.
    """
    limit = limits.bytes
    found = Found()
    at = 0
    while at < len(text) and len(found.starts) < count:
        sound = grammar.sound(text, at)
        if sound is not None and sound[1] < len(text):
            found.starts.append(at)
            found.ends.append(sound[0])
            found.lines.append(found.newlines)
            found.newlines += 1
            at = sound[1]
            continue
        record = Extent(*grammar.extent(text, at))
        if record.after >= len(text) and not final and len(text) - at <= limit:
            break
        judged = _judge(grammar, text, at, record, width, final=final, lines=limits.lines)
        if judged is None and len(text) - at <= limit:
            break
        end, after, damage = judged or (record.end, record.after, _DAMAGE["open"])
        if damage is not None:
            if spans(text, at, end):
                damage = (damage[0], f"{damage[1]}: bytes {base + at:,} to {base + end:,}")
            found.damage[len(found.starts)] = damage
        found.starts.append(at)
        found.ends.append(end)
        found.lines.append(found.newlines)
        found.newlines += count_lines(text[at:after])
        at = after
    found.end = at
    return found


def _judge(
    grammar: Grammar, text: bytes, at: int, record: Extent, width: int, *, final: bool, lines: int
) -> tuple[int, int, tuple[str, str] | None] | None:
    """Return where the record ends, where the next begins, and what is wrong with it.

    None: what follows the text decides.
    """
    several = spans(text, at, record.end)
    endless = several and count_lines(text[at : record.end]) > lines
    fits = record.state == "ok" and not endless and (record.fields == width or not several)
    if fits or grammar.is_comment(text, at):
        if grammar.is_comment(text, at):
            end, after = grammar.line_end(text, at)
            return end, after, None
        return record.end, record.after, None
    if not several:
        if record.state == "ok":
            return record.end, record.after, None
        return record.end, record.after, _DAMAGE[record.state]
    end, after = grammar.line_end(text, at)
    for _ in range(REACH):
        if after >= record.after or after >= len(text):
            break
        plausible = _plausible(grammar, text, after, width, final=final)
        if plausible is None:
            return None
        if plausible:
            return end, after, _DAMAGE["open"]
        end, after = grammar.line_end(text, after)
    if endless:
        return record.end, record.after, ("row.too-long", f"it goes over more than {lines:,} lines")
    if record.state == "ok":
        # Only its width is wrong: the fast parser says so in its own words.
        return record.end, record.after, None
    return at + len(text[at : record.end].rstrip(b"\r\n")), record.after, _DAMAGE[record.state]


_DAMAGE = {
    "stray": ("row.stray-quote", "text follows a closing quote"),
    "open": ("row.unclosed-quote", "a quote is never closed, or closed out of place"),
}


def _plausible(grammar: Grammar, text: bytes, at: int, width: int, *, final: bool) -> bool | None:
    """Tell whether the records that begin there fit; None: too little of them is there."""
    seen = 0
    while seen < WITNESSES:
        if at >= len(text):
            return True if final else None
        record = Extent(*grammar.extent(text, at))
        if record.end == at and record.after > at:
            at = record.after
            continue
        seen += 1
        if record.after >= len(text) and not final:
            return None
        if record.state != "ok" or record.fields != width:
            return False
        at = record.after
    return True
