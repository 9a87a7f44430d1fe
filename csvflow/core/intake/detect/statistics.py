"""Which 8-bit or multi-byte encoding a text is in, by what its letters would make of words.

Each encoding is asked how many bits its reading of the words beyond ASCII costs under the letter
pairs of the languages that are written in it. One is taken only if every reading that differs
costs clearly more; otherwise the input is refused, with what the encodings make of it. Libraries
that detect encodings were measured on the same table of files (``tests/core/intake``): they always
answer, and one answer in four was another text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from csvflow.contract import InputError
from csvflow.core.intake.detect.letters import languages, shape_bits
from csvflow.core.intake.detect.signs import BEHIND, GLUED, STANDING, east_bits, sign_bits

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
LEAD = 12
"""Bits by which a reading must be cheaper than every other one."""
SOME, ENOUGH = 250, 2_000
"""Bytes of lines that aren't ASCII which are weighed by all, and by those that come near."""
FAR_OFF = 80
"""Bits that no further lines make up for."""
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
_LETTERS = re.compile(rf"[^\x00-\x7f{STANDING}{BEHIND}]|[{STANDING}][A-Za-z]|[A-Za-z][{STANDING}]")
_FIT_LETTERS, _FIT_SCRIPT, _FIT_EAST = 12.0, 9.0, 14.0
_SHOWN = 3
_CELLS = re.compile(r"[,;\t|]")
_TRIMMED = " \"'"


@dataclass(frozen=True)
class Reading:
    """What an encoding makes of the text, and what that costs."""

    encoding: str
    text: str
    bits: float
    beyond: int
    """How many characters beyond ASCII were weighed."""


def detect(lines: Iterable[bytes]) -> tuple[str, float]:
    """Return the encoding of lines that aren't ASCII, and how sure it is, from 0.75 to 1.

    Raises ``InputError`` (``input.encoding``) where nothing fits, or several fit alike.
    """
    found = _ranked(lines)
    first: dict[str, Reading] = {}
    for reading in found:
        first.setdefault(reading.text, reading)
    best, *others = first.values() or [Reading("", "", 0.0, 0)]
    if not best.encoding or not _fits(best):
        raise InputError(
            "input.encoding",
            "the text is neither UTF-8 nor any encoding that can be told for sure"
            + _seen(list(first.values())[:1]),
            hint="name its encoding: `csv: {encoding: cp1252}`",
        )
    lead = others[0].bits - best.bits if others else float(LEAD * 10)
    if lead < LEAD and not (lead > 0 and best.encoding == "cp1252" and _only_signs(best.text)):
        raise InputError(
            "input.encoding",
            "the encoding can't be told for sure" + _seen([best, *others][:_SHOWN]),
            hint=f"name the one that is right: `csv: {{encoding: {best.encoding}}}`",
        )
    return best.encoding, round(1 - 2 ** (-max(lead, LEAD) / 6), 2)


def contradicted(encoding: str, lines: Iterable[bytes]) -> str | None:
    """Return the encoding that these lines are in for sure, if it isn't that one."""
    found = _ranked(lines)
    same = next((reading for reading in found if reading.encoding == encoding), None)
    if same is None or same.text == found[0].text or not _fits(found[0]):
        return None
    return found[0].encoding if same.bits - found[0].bits >= 2 * LEAD else None


def _ranked(lines: Iterable[bytes]) -> list[Reading]:
    """Return the readings, the likeliest first; those that are far off by fewer lines."""
    kept = list(dict.fromkeys(lines))
    some, enough = _of_size(kept, SOME), _of_size(kept, ENOUGH)
    found = _readings(b"\n".join(some), ["utf-8", *CANDIDATES])
    if len(some) < len(enough) and found:
        near = [one.encoding for one in found if one.bits <= found[0].bits + FAR_OFF]
        found = _readings(b"\n".join(enough), near)
    return found


def _of_size(lines: list[bytes], size: int) -> list[bytes]:
    """Return the first lines, up to the one with which they are so long."""
    total = 0
    for count, line in enumerate(lines, 1):
        total += len(line)
        if total >= size:
            return lines[:count]
    return lines


def _readings(data: bytes, encodings: list[str]) -> list[Reading]:
    found = (_reading(data, encoding) for encoding in encodings)
    return sorted((one for one in found if one), key=lambda reading: reading.bits)


def _reading(data: bytes, encoding: str) -> Reading | None:
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


def _fits(reading: Reading) -> bool:
    """Tell whether the text is one at all, not only likelier than under other encodings."""
    if reading.encoding == "utf-8":
        return True
    if reading.encoding in MULTIBYTE:
        most = _FIT_EAST
    elif any("\u0370" <= letter < "\u2000" for letter in reading.text):
        most = _FIT_SCRIPT
    else:
        most = _FIT_LETTERS
    return reading.bits <= most * reading.beyond + GLUED


def _only_signs(text: str) -> bool:
    return not _LETTERS.search(text)


def _seen(readings: list[Reading]) -> str:
    """Say what the encodings make of the first cell that the first two don't agree on."""
    if not readings:
        return ""
    lines = [_shown(reading.text).split("\n") for reading in readings]
    one, other = lines[0], lines[min(1, len(lines) - 1)]
    least = min(map(len, lines))
    number = next((at for at in range(least) if one[at] != other[at]), 0)
    cells = [_CELLS.split(line[number]) for line in lines]
    pairs = list(zip(cells[0], cells[min(1, len(cells) - 1)], strict=False))
    at = next((at for at, (left, right) in enumerate(pairs) if left != right), -1)
    if at < 0:
        at = next((at for at, cell in enumerate(cells[0]) if not cell.isascii()), 0)
    shown = (cell[at if at < len(cell) else -1].strip(_TRIMMED)[:40] for cell in cells)
    both = zip(readings, shown, strict=True)
    return ": " + ", ".join(f"{reading.encoding} reads `{cell}`" for reading, cell in both)


def _shown(text: str) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\\udc", "\\x")
