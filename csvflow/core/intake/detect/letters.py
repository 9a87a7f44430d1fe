"""How likely letters stand beside each other in words of a language, in bits.

``letters.txt`` was counted in words that aren't ASCII, of names of people, places, jobs and units
as CLDR, Faker and GeoNames have them. A line holds a language, a cost in bits, and pairs of letters
that cost so much: the second behind the first, a blank for the word's border. Pairs of ASCII
letters aren't there: they are alike in every encoding. ``*`` stands before the commoner characters
of a script of thousands.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise

UNSEEN = 11
"""Bits of a pair that never stood in a word, though both letters are of the language."""
STRANGE = 15
"""Bits of a letter that the language hasn't."""
BEHIND_STRANGE = 9
ASCII_LETTER = 4.2
ASCII_BORDER = 2.5
MIXED = 24
"""Bits of a word whose letters are of two scripts."""
ALONE = 4
"""Bits of a word of one letter."""
JUMP = 8
"""Bits of a capital behind a small letter, and of a small one behind a second capital."""


@dataclass(frozen=True)
class Language:
    """The pairs of letters of one language, with their bits."""

    pairs: dict[str, int] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    common: set[str] = field(default_factory=set)
    """The commoner characters, where there are thousands."""
    turkish: bool = False

    def bits(self, word: str) -> float:
        """Return the cost of the letters beyond ASCII, beyond what ASCII there would cost."""
        small = word.replace("I", "ı").replace("İ", "i") if self.turkish else word  # noqa: RUF001
        total = 0.0
        before = " "
        for letter in small.lower() + " ":
            if letter > "\x7f":
                total += self._pair(before, letter)
            elif before > "\x7f":
                usual = ASCII_BORDER if letter == " " else ASCII_LETTER
                total += self._pair(before, letter) - usual
            before = letter
        return total

    def _pair(self, before: str, letter: str) -> int:
        bits = self.pairs.get(before + letter)
        if bits is not None:
            return bits
        if letter < "\x80":
            return UNSEEN if before in self.letters else BEHIND_STRANGE
        if letter in self.letters and (before < "\x80" or before in self.letters):
            return UNSEEN
        return STRANGE


@cache
def languages() -> dict[str, Language]:
    """Return the languages by their codes."""
    found: dict[str, Language] = {}
    text = files(__package__).joinpath("letters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        code, bits, letters = line.split(" ", 2)
        language = found.setdefault(code, Language(turkish=code == "tr"))
        if bits == "*":
            language.common.update(letters)
            continue
        language.letters.update(letters)
        pairs = (letters[at : at + 2] for at in range(0, len(letters), 2))
        language.pairs.update(dict.fromkeys(pairs, int(bits)))
    return found


def shape_bits(word: str) -> float:
    """Return the cost of a word's capitals and scripts, whatever its language."""
    bits = float(ALONE * (len(word) == 1))
    scripts = {script(letter) for letter in word} - {"COMBINING"}
    if len(scripts) > 1:
        bits += MIXED
    if not (word.islower() or word.isupper() or word.istitle()):
        jumps = sum(one.islower() and other.isupper() for one, other in pairwise(word))
        jumps += sum(one.isupper() and other.islower() for one, other in pairwise(word[1:]))
        bits += JUMP * jumps
    return bits


@cache
def script(letter: str) -> str:
    """Return the script of a letter."""
    return unicodedata.name(letter, "?").split(" ", 1)[0]
