"""What each encoding makes of a text, and how many bits its words cost there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from csvflow.core.intake.detect.letters import languages, shape_bits
from csvflow.core.intake.detect.signs import east_bits, sign_bits

_WEST = "de fr es pt it sv da fi nl is ca et"
_EAST = "pl cs sk hu ro hr +de"
_BALTIC = "lt lv et +de +fi"
_SLAVIC = "ru uk bg sr be"
CANDIDATES = {
    # encoding: (bits that it costs to be in it at all, languages that are; + seldom as a whole)
    "cp1252": (0, _WEST),
    "cp1250": (1, _EAST),
    "cp1251": (1, _SLAVIC),
    "cp1253": (2, "el"),
    "cp1254": (2, "tr +de"),
    "cp1255": (2, "he"),
    "cp1256": (2, "ar fa"),
    "cp1257": (2, _BALTIC),
    "cp874": (2, "th"),
    "cp932": (1, "ja"),
    "gb18030": (1, "zh"),
    "big5": (1, "zht"),
    "cp949": (1, "ko"),
    "euc-jp": (3, "ja"),
    "koi8-r": (3, "ru"),
    "koi8-u": (6, "uk ru"),
    "iso-8859-2": (3, _EAST),
    "iso-8859-15": (3, _WEST),
    "iso-8859-7": (3, "el"),
    "iso-8859-8": (3, "he"),
    "iso-8859-5": (7, _SLAVIC),
    "iso-8859-6": (5, "ar"),
    "cp850": (6, _WEST),
    "cp852": (7, _EAST),
    "cp866": (4, "ru"),
    "cp437": (8, _WEST),
    "cp737": (6, "el"),
    "cp775": (14, _BALTIC),
    "cp857": (8, "tr"),
    "cp862": (8, "he"),
    "johab": (12, "ko"),
    "mac-roman": (7, _WEST),
    "mac-latin2": (14, _EAST),
    "mac-cyrillic": (8, "ru bg"),
    "cp861": (12, "is da"),
    "cp1125": (12, "uk ru"),
    "iso-8859-4": (24, _BALTIC),
    "iso-8859-16": (14, "ro pl hu hr"),
    "mac-greek": (14, "el"),
    "mac-iceland": (14, "is"),
    "mac-turkish": (14, "tr"),
}
"""ISO-8859-1, -9, -13, EUC-KR, GB2312 and TIS-620 are parts of others, as far as letters go."""
MULTIBYTE = frozenset({"cp932", "gb18030", "big5", "cp949", "euc-jp", "johab"})
_OTHER_LANGUAGE = 4
_GUEST = 10
"""Bits of a text whose language is seldom written in the encoding."""
_USUAL = 8
"""Bits by which UTF-8 is likelier than any other encoding before a look at the text."""
_DAMAGED_LINE, _DAMAGED_BYTE = 10, 5
"""Bits of a line of UTF-8 that has bytes which are none, and of each of them."""
_MOST_DAMAGED = 2
"""So many bytes of damage for each character at most."""
_RARER = 14.0
_DAMAGED = re.compile("[\udc80-\udcff]+")
_LONE_MARK = 15
_AGAINST_DIGIT = 8
_TOKEN = re.compile(r"[^\x00-\x40\[-`{-\x7f]+")
_WORD = re.compile(
    r"[^\W\d_µªº²³¹¼½¾]+(?:[\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0e31-\u0e4e]+[^\W\d_]*)*"
)
_BEYOND = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True)
class Reading:
    """What an encoding makes of the text, and what that costs."""

    encoding: str
    text: str
    bits: float
    beyond: int
    """How many characters beyond ASCII were weighed."""


def reading_of(data: bytes, encoding: str) -> Reading | None:
    """Return what the encoding makes of the text; None where it can't be in it."""
    if encoding == "utf-8":
        return _of_damaged_utf8(data)
    prior, codes = CANDIDATES[encoding]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    weigh = _weigh_east if encoding in MULTIBYTE else _weigh
    bits, beyond = weigh(text, encoding, codes.split())
    return Reading(encoding, text, prior + bits, beyond)


def _of_damaged_utf8(data: bytes) -> Reading | None:
    """Read some bytes as damage, if there are characters: those of UTF-8 aren't there by chance."""
    text = data.decode(errors="surrogateescape")
    sound = _DAMAGED.sub("", text)
    damaged = len(text) - len(sound)
    if damaged > _MOST_DAMAGED * sum(letter > "\x7f" for letter in sound):
        return None
    lines = sum(bool(_DAMAGED.search(line)) for line in text.split("\n"))
    bits, beyond = _weigh(sound, "utf-8", list(languages()))
    characters = len({letter for letter in sound if letter > "\x7f"})
    damage = _DAMAGED_LINE * lines + _DAMAGED_BYTE * damaged
    return Reading("utf-8", text, min(bits, characters * _RARER) + damage - _USUAL, beyond)


def _weigh(text: str, _encoding: str, codes: list[str]) -> tuple[float, int]:
    bits, beyond = 0.0, 0
    words: dict[str, None] = {}
    seen: set[tuple[str, bool, bool]] = set()
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token.isascii():
            continue
        digits = (
            text[match.start() - 1 : match.start()].isdigit(),
            text[match.end() : match.end() + 1].isdigit(),
        )
        if (token, *digits) in seen:
            continue
        seen.add((token, *digits))
        found = [word for word in _WORD.finditer(token) if not word.group().isascii()]
        for word in found:
            if word.group() not in words:
                beyond += sum(letter > "\x7f" for letter in word.group())
            words[word.group()] = None
            if (digits[0] and word.start() == 0) or (digits[1] and word.end() == len(token)):
                bits += _AGAINST_DIGIT
        inside = {at for word in found for at in range(word.start(), word.end())}
        padded = f" {token} "
        for at, character in enumerate(token):
            if character > "\x7f" and at not in inside:
                beyond += 1
                bits += _sign(character, padded[at], padded[at + 2])
    known = [languages()[code.removeprefix("+")] for code in codes]
    costs = [[language.bits(word) for word in words] for language in known]
    least = [min(cost) + _OTHER_LANGUAGE for cost in zip(*costs, strict=True)]
    bits += min(
        sum(map(min, cost, least)) + _GUEST * code.startswith("+")
        for code, cost in zip(codes, costs, strict=True)
    )
    return bits + sum(map(shape_bits, words)), beyond


def _sign(character: str, before: str, behind: str) -> float:
    if unicodedata.category(character)[0] == "M":
        # A mark of a letter, without its letter.
        return _LONE_MARK
    return sign_bits(character, before, behind)


def _weigh_east(text: str, encoding: str, codes: list[str]) -> tuple[float, int]:
    bits, beyond = 0.0, 0
    common = languages()[codes[0]].common
    seen: set[tuple[str, str, str]] = set()
    for match in _BEYOND.finditer(text):
        before = text[match.start() - 1 : match.start()]
        behind = text[match.end() : match.end() + 1]
        run = match.group()
        key = (run, before if before.isalpha() else "", behind if behind.isalpha() else "")
        if key not in seen:
            seen.add(key)
            beyond += len(run)
            bits += east_bits(run, key[1], key[2], encoding, common)
    return bits, beyond
