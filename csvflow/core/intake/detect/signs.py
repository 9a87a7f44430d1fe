"""How likely signs and East Asian characters stand where a reading has them, in bits."""

from __future__ import annotations

import unicodedata

from csvflow.core.intake.detect.letters import ASCII_LETTER

BROKEN = 30
"""Bits of a character that no text has: a control character, or one that isn't assigned."""
GLUED, INSIDE = 14, 20
"""Bits of a sign at the side of a word where it doesn't belong, and within one."""
_BITS = (
    dict.fromkeys("°€£§", 5)
    | dict.fromkeys("–’“”„…«»®©²³½µ™·ªº•±×¼¾¡¿—‘\xa0", 7)  # noqa: RUF001
    | dict.fromkeys("‚¢¥¦¬¶¹÷†‡‰¤", 10)  # noqa: RUF001
)
STANDING = "€£§–—“”„«»±×÷¼½¾•·¡¿\xa0"  # noqa: RUF001
"""Signs that don't look like letters of other encodings, where no letter stands beside them."""
BEHIND = "°®©™²³ªºµ"
"""Signs that don't, beside letters too."""
_ODD, _BOX = 12, 20
_ENDS = frozenset("°’”“…»®™²³ªº·–")  # noqa: RUF001
_STARTS = frozenset("°„«‘“¿¡µ±•")  # noqa: RUF001

_COMMON, _RARE, _RARER = 9.0, 14.0, 20.0
_KANA = 6.5
_HALF = 8.0
_LONE = 6
_GLUED_TO_SMALL, _GLUED_TO_CAPITAL = 10, 6
_ONLY_BEHIND_KANA = frozenset("ｧｨｩｪｫｬｭｮｯｰﾞﾟ")
_LEVELS = {
    # The encoding in which the first byte tells the commoner characters, and those bytes.
    "cp932": ("euc-jp", 0xB0, 0xCF),
    "euc-jp": ("euc-jp", 0xB0, 0xCF),
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "cp949": ("euc-kr", 0xB0, 0xC8),
    "johab": ("euc-kr", 0xB0, 0xC8),
}


def sign_bits(sign: str, before: str, behind: str) -> float:
    """Return the cost of a sign between two characters."""
    if unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs"):
        return BROKEN
    odd = sign.isdigit() or "\u2500" <= sign < "\u25a0"
    bits = _BITS.get(sign, _BOX if odd else _ODD)
    if before.isalpha() and behind.isalpha():
        return bits + (2 if sign in "’·–" else INSIDE)  # noqa: RUF001
    if before.isalpha() and sign not in _ENDS:
        return bits + GLUED
    if behind.isalpha() and sign not in _STARTS:
        return bits + GLUED
    return bits


def east_bits(run: str, before: str, behind: str, encoding: str, common: set[str]) -> float:
    """Return the cost of a run of characters beyond ASCII in an East Asian text."""
    bits = 0.0
    for letter in (before, behind):
        if letter.isalpha():
            bits += _GLUED_TO_SMALL if letter.islower() else _GLUED_TO_CAPITAL
    if len(run) == 1 and "\uff61" <= run <= "\uff9f":
        bits += _LONE
    previous = " "
    for character in run:
        bits += _character(character, previous, encoding, common)
        if character.encode(encoding)[-1:].isalpha():
            # The reading takes a byte for a part of it that others take for a letter.
            bits -= ASCII_LETTER
        previous = character
    return bits


def _character(character: str, previous: str, encoding: str, common: set[str]) -> float:
    if character in common:
        return _COMMON
    name = unicodedata.name(character, "")
    japanese = encoding in ("cp932", "euc-jp")
    if name.startswith("HALFWIDTH"):
        if not japanese:
            return _RARER
        alone = character in _ONLY_BEHIND_KANA and not unicodedata.name(previous, "").startswith(
            "HALFWIDTH KATAKANA"
        )
        return _HALF + (GLUED if alone else 0)
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return _KANA if japanese else _RARE
    if name.startswith(("CJK UNIFIED", "HANGUL")):
        foreign = encoding in ("cp949", "johab") and name.startswith("CJK")
        return (_RARE if _is_common_level(character, encoding) else _RARER) + (6 if foreign else 0)
    if name.startswith(("FULLWIDTH", "IDEOGRAPHIC", "LEFT CORNER", "RIGHT CORNER")):
        return _COMMON
    if unicodedata.category(character)[0] == "C":
        return BROKEN
    return _COMMON + 1 if character in "·…—–“”‘’¥€°×" else _RARER  # noqa: RUF001


def _is_common_level(character: str, encoding: str) -> bool:
    by, first, last = _LEVELS[encoding]
    try:
        stored = character.encode(by)
    except UnicodeEncodeError:
        return False
    return len(stored) > 1 and first <= stored[0] <= last
