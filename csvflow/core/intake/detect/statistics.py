"""Which 8-bit or multi-byte encoding a text is in, by what its letters would make of words."""

from __future__ import annotations

import unicodedata

from csvflow.contract import InputError

CANDIDATES = (
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8-r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp932",
    "gb18030",
    "big5",
    "cp949",
    "euc-jp",
)
"""The commoner first. ISO-8859-1 is a part of cp1252, and so are others of theirs."""
SURE = 0.75
"""Less than this part of the marks beyond ASCII in place: nothing fits."""
_USUAL = {
    "cp1252": "äöüßÄÖÜéèêëàâçñáíóúãõåæøïîôûùœÉÈÀÇÑÁÅØ€£§°–—‘’“”…«»·ª\xa0®©™²³½",  # noqa: RUF001
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻěščřžýáíéúůťďňĚŠČŘŽÝÁÍÉőűöüŐŰÖÜăâîşţäôľĺŕ€–„”…°§\xa0",  # noqa: RUF001
    "cp1254": "ğışçöüİĞŞÇÖÜ",
}
_EAST = ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC")


def detect(sample: bytes) -> tuple[str, float]:
    """Return the encoding and how sure it is, from 0 to 1.

    Raises ``InputError`` (``input.encoding``) where nothing fits well enough to be taken.
    """
    scores: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name in CANDIDATES:
        for cut in range(4):
            # A character may be cut at the end of the sample.
            try:
                texts[name] = sample[: len(sample) - cut].decode(name)
            except UnicodeDecodeError:
                continue
            scores[name] = _score(texts[name], _USUAL.get(name, ""))
            break
    if not scores or max(scores.values()) < SURE:
        raise InputError(
            "input.encoding",
            "the text is neither UTF-8 nor any encoding that can be told for sure",
            hint="name its encoding: `csv: {encoding: cp1252}`",
        )
    top = max(scores.values())
    near = [name for name in CANDIDATES if scores.get(name, 0) > top - 0.02]
    chosen = near[0]
    if len({texts[name] for name in near}) > 1:
        chosen = _by_language(sample, near)
    others = [score for name, score in scores.items() if texts[name] != texts[chosen]]
    lead = scores[chosen] - max(others, default=0.0)
    return chosen, round(min(1.0, 0.5 + max(lead, 0.0)), 2)


def _score(text: str, usual: str) -> float:
    """Return which part of the characters beyond ASCII stands as it would in words."""
    good = total = 0.0
    before = " "
    for at, character in enumerate(text):
        if character > "\x7f":
            behind = text[at + 1] if at + 1 < len(text) else " "
            total += 1
            good += _fits(before, character, behind) * (
                1.0 if not usual or character in usual else 0.9
            )
        before = character
    return good / total if total else 0.0


def _fits(before: str, character: str, behind: str) -> float:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cn", "Co", "Cs"):
        return 0.0
    if kind[0] != "L" and kind[0] != "M":
        # A sign within a word is no sign.
        return 0.2 if before.isalpha() and behind.isalpha() and character not in "’·" else 0.9  # noqa: RUF001
    script = _script(character)
    for other in (before, behind):
        if other.isalpha() and _script(other) != script:
            return 0.0
    if before.islower() and character.isupper():
        return 0.2
    if character.isupper() and behind.islower() and before.isalpha():
        return 0.2
    return 1.0


def _script(character: str) -> str:
    word = unicodedata.name(character, "?").split(" ", 1)[0]
    return "CJK" if word in _EAST else word


def _by_language(sample: bytes, names: list[str]) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - start-up: most text is UTF-8

    best = from_bytes(sample, cp_isolation=names).best()
    found = best.encoding.replace("_", "-") if best is not None else names[0]
    # Statistics of languages tell scripts apart, not one Latin alphabet from another.
    latin = [name for name in names if name in _USUAL]
    if found in latin or found not in names:
        return latin[0] if latin else names[0]
    return found
