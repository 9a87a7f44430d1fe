"""Encoding: the byte order mark, strict UTF-8, the pattern of NUL bytes, else statistics.

The head of a file decides where it holds enough beyond ASCII; else what stands further on does,
wherever it is. One lonely byte beyond ASCII in all of a long file is a letter in an older encoding
as well as damage, and statistics can't tell: the file is read as UTF-8, so that its record is
rejected rather than loaded wrong, and the confidence says how unsure that is.
"""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from csvflow.contract import InputError
from csvflow.core.intake.detect.beyond import behind_newline, lines_beyond_ascii, shortened
from csvflow.core.intake.detect.controls import refuse_ebcdic, refuse_escapes, refuse_nuls

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 1 << 18

TELLING = 1 << 16
"""Statistics look at so many bytes of lines that aren't ASCII."""
NO_ENCODINGS = frozenset({"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})
"""Codecs of Python for other things than files."""
UNSURE = 0.5
"""As likely as not."""
FEW = 20
"""So few lines that aren't ASCII, in no encoding that can be told, are damaged records."""
MANY = 10
"""So many characters of UTF-8 for each that isn't: it is UTF-8."""


def detect(path: Path, head: bytes, *, whole: bool) -> tuple[str, int, float | None]:
    """Return the encoding, how many bytes its mark takes, and the confidence of statistics.

    ``head``: the first bytes of the file; ``whole``: they are all of it.

    Raises ``InputError`` (``input.encoding``) where nothing fits well enough to be taken.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark), None
    if _is_utf8(head, whole=whole):
        if b"\0" in head and (wide := _wide(head)):
            return wide, 0, None
        refuse_escapes(head)
        if whole or not head.isascii():
            return "utf-8", 0, None
    elif wide := _wide(head):
        return wide, 0, None
    else:
        refuse_nuls(head)
        refuse_ebcdic(head)
    told = len(head) if whole else behind_newline(head, 0)
    telling = [line for line in head[:told].splitlines() if not line.isascii()]
    if whole or sum(map(len, telling)) >= TELLING:
        name, confidence = _by_statistics(telling)
        return name, 0, confidence
    name, unsure = _judge_beyond(path, telling, told)
    return name, 0, unsure


def _judge_beyond(path: Path, telling: list[bytes], start: int) -> tuple[str, float | None]:
    """Return the encoding by enough of the lines that aren't ASCII, and how sure it is."""
    size = sum(map(len, telling))
    characters, damage = _utf8_in(b"\n".join(telling))
    for lines in lines_beyond_ascii(path, start):
        telling += lines
        size += sum(map(len, lines))
        valid, invalid = _utf8_in(b"\n".join(lines))
        characters += valid
        damage += invalid
        if size >= TELLING or characters >= MANY * (damage + 1):
            break
    if characters >= damage:
        return "utf-8", None
    if characters + damage == 1:
        return "utf-8", UNSURE
    try:
        return _by_statistics(telling)
    except InputError:
        if len(telling) > FEW:
            raise
        # A few rejects are better than none of the file, and than wrong letters.
        return "utf-8", UNSURE


def _by_statistics(lines: list[bytes]) -> tuple[str, float]:
    from csvflow.core.intake.detect import statistics  # noqa: PLC0415 - most text is UTF-8

    return statistics.detect(map(shortened, lines))


def named(encoding: str, head: bytes) -> tuple[str, int]:
    """Return the encoding that ``csv: {encoding}`` names, and how many bytes its mark takes."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise InputError(
            "input.encoding",
            f"there is no encoding `{encoding}`",
            hint="e.g. `utf-8`, `cp1252`, `iso-8859-1`, `utf-16`",
        ) from error
    name = codec.name
    if not codec._is_text_encoding or name.replace("-", "_") in NO_ENCODINGS:  # noqa: SLF001
        raise InputError(
            "input.encoding",
            f"`{encoding}` is no encoding of text files",
            hint="e.g. `utf-8`, `cp1252`, `iso-8859-1`, `utf-16`",
        )
    for mark, found in BOMS:
        if head.startswith(mark) and found.replace("-", "").startswith(name.replace("-", "")[:5]):
            return found, len(mark)
    if name in ("utf-16", "utf-32"):
        # Without a mark, by where the NUL bytes of ASCII characters stand.
        found_wide = _wide(head)
        return (found_wide if found_wide and found_wide.startswith(name) else f"{name}-le"), 0
    return {"ascii": "utf-8", "utf-8-sig": "utf-8"}.get(name, name), 0


def _is_utf8(head: bytes, *, whole: bool) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(head, final=whole)
    except UnicodeDecodeError:
        # Characters of UTF-8 don't come about by chance: where they are, the rest is damage.
        characters, damage = _utf8_in(_telling_of(head))
        return characters >= damage
    return True


def _telling_of(head: bytes) -> bytes:
    """Return the first lines that aren't ASCII, as many as statistics look at."""
    size = 0
    found = []
    for line in head.splitlines():
        if not line.isascii():
            found.append(line)
            size += len(line)
            if size >= TELLING:
                break
    return b"\n".join(found)


def _utf8_in(text: bytes) -> tuple[int, int]:
    """Return how many characters beyond ASCII are UTF-8, and how many bytes are not."""
    shown = text.decode("utf-8", "surrogateescape")
    beyond = [character for character in shown if character > "\x7f"]
    damage = sum("\udc80" <= character <= "\udcff" for character in beyond)
    return len(beyond) - damage, damage


def _wide(head: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 that the pattern of NUL bytes means, if any."""
    sample = head[:4096]
    if sample.count(0) * 200 < len(sample):
        return None
    for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(sample)
        except UnicodeDecodeError:
            continue
        if ("\n" in text or "\r" in text) and all(_is_text(character) for character in set(text)):
            return name
    return None


def _is_text(character: str) -> bool:
    return character in "\t\r\n\ufeff" or unicodedata.category(character)[0] in "LMNPSZ"
