"""Which 8-bit or multi-byte encoding a text is in: the one that makes it the likeliest words.

Each encoding is weighed with each language that is written in it: how likely its letters are
there, whether capitals, scripts and signs stand where they do in words. It is a sum of logarithms,
so that readings of one byte and of two bytes for a character can be compared.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache

from csvflow.contract import InputError
from csvflow.core.intake.detect import tongues

Tongues = Mapping[str, str]
NARROW: dict[str, Tongues] = {
    "cp1252": tongues.WEST,
    "iso8859-15": tongues.WEST,
    "cp1250": tongues.CENTRAL,
    "iso8859-2": tongues.CENTRAL,
    "cp1251": tongues.CYRILLIC,
    "koi8-r": tongues.CYRILLIC,
    "cp1253": tongues.GREEK,
    "iso8859-7": tongues.GREEK,
    "cp1254": tongues.TURKISH,
    "cp1255": tongues.HEBREW,
    "cp1256": tongues.ARABIC,
}
"""The commoner first: of those that read a text alike the first is taken."""
WIDE = {
    "cp932": (tongues.JAPANESE, range(0x88, 0x99)),
    "euc-jp": (tongues.JAPANESE, range(0xB0, 0xD0)),
    "gb18030": (tongues.CHINESE, range(0xB0, 0xD8)),
    "big5": (tongues.TAIWANESE, range(0xA4, 0xC7)),
    "cp949": (tongues.KOREAN, range(0xB0, 0xC9)),
}
"""The commonest characters, and the first bytes of those in daily use."""
UNSURE = -5.5
"""So unlikely are the bytes beyond ASCII, each, where nothing fits."""
_BEYOND = bytes(range(0x80, 0x100))
_ASCII = -4.0
_NEVER = -14.0
_DAMAGE = -40.0
"""A byte that the encoding hasn't: if it fits but for that, the byte is told, not another taken."""


def detect(sample: bytes) -> tuple[str, float]:
    """Return the encoding and how sure it is, from 0 to 1.

    Raises ``InputError`` (``input.encoding``) where nothing fits well enough to be taken.
    """
    found: dict[str, tuple[float, str]] = {}
    for name in (*NARROW, *WIDE):
        text = sample.decode(name, "replace")
        found[name] = _likelihood(text, name) + _DAMAGE * text.count("\ufffd"), text
    beyond = len(sample) - len(sample.translate(None, _BEYOND))
    chosen = max(found, key=lambda name: found[name][0])
    if found[chosen][0] < UNSURE * beyond:
        raise InputError(
            "input.encoding",
            "the text is neither UTF-8 nor any encoding that can be told for sure",
            hint="name its encoding: `csv: {encoding: cp1252}`",
        )
    most, text = found[chosen]
    chosen = next(name for name, (_, other) in found.items() if other == text)
    others = [likelihood for likelihood, other in found.values() if other != text]
    lead = most - max(others, default=-math.inf)
    return chosen, round(1 - math.exp(-lead) / 2, 2)


def _likelihood(text: str, encoding: str) -> float:
    """Return the logarithm of how likely the text is, in the language that fits it best.

    What is ASCII in all readings is left out; bytes of it that a reading takes for a part of a
    character count for that reading.
    """
    pairs = Counter(zip(" " + text, text, strict=False))
    ascii_ = sum(count for (_, character), count in pairs.items() if character < "\x80")
    context = sum(count * _context(*pair) for pair, count in pairs.items())
    counts = Counter({c: n for c, n in Counter(text).items() if c > "\x7f"})
    if encoding in WIDE:
        letters = sum(count * _wide(c, encoding) for c, count in counts.items())
    else:
        letters = max(
            sum(count * _narrow(c, order) for c, count in counts.items())
            for order in NARROW[encoding].values()
        )
    return context + letters + _ASCII * (ascii_ - _ascii_bytes(text, encoding))


def _ascii_bytes(text: str, encoding: str) -> int:
    return len(text.encode(encoding, "replace").translate(None, _BEYOND))


@cache
def _letters(order: str) -> dict[str, float]:
    """Return the logarithms of how often letters come that stand in the order of it."""
    weights = [math.exp(-3 * rank / len(order)) for rank in range(len(order))]
    total = sum(weights)
    return {c: math.log(w / total) for c, w in zip(order, weights, strict=True)}


def _narrow(character: str, order: str) -> float:
    known = _letters(order).get(character.lower())
    if known is not None:
        return known
    if character in tongues.SIGNS:
        return -4.0
    kind = unicodedata.category(character)
    return _NEVER if kind in ("Cc", "Cn", "Co", "Cs") else -7.0


@cache
def _wide(character: str, encoding: str) -> float:
    common, daily = WIDE[encoding]
    if character in common:
        return -5.5
    script = _script(character)
    if script in ("HIRAGANA", "KATAKANA"):
        return -5.0 if common is tongues.JAPANESE else -10.0
    if character in tongues.WIDE_SIGNS:
        return -6.0
    first = character.encode(encoding, "replace")[0]
    if (script == "HANGUL") == (common is tongues.KOREAN) and script in ("CJK", "HANGUL"):
        return -9.0 if first in daily else -13.0
    return _NEVER if unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") else -12.0


def _context(before: str, character: str) -> float:
    """Return what the neighbour says of the character: no letter stands in the midst of others."""
    if before < "\x80" and character < "\x80":
        return 0.0
    if not character.isalpha():
        glued = before.isalpha() and character > "\x7f" and character not in tongues.ENDS
        return -3.0 if glued else 0.0
    if not before.isalpha():
        # A sign as if it were a letter; a capital begins a word.
        glued = before > "\x7f" and unicodedata.category(before)[0] in "SN"
        return (-3.0 if glued else 0.0) + (-2.0 if character.isupper() else 0.0)
    script = _script(character)
    other = _script(before)
    if script != other and not {script, other} <= _EAST:
        return -6.0
    if script == "LATIN" and before > "\x7f" and character > "\x7f":
        return -2.5
    if character.isupper():
        return -5.0 if before.islower() else -2.0
    return 0.0


_EAST = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC"}


@cache
def _script(character: str) -> str:
    return unicodedata.name(character, "?").split(" ", 1)[0].split("-", 1)[0]
