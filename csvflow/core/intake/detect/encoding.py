"""Encoding: the byte order mark, strict UTF-8, the pattern of NUL bytes, else statistics."""

from __future__ import annotations

import codecs
import re
import unicodedata

from csvflow.contract import InputError
from csvflow.core.intake.detect import statistics

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 1 << 18

TELLING = 1 << 13
"""Statistics look at so many bytes of lines that aren't ASCII."""
LONG = 4 * TELLING
"""So much of a line is looked at."""
_BEYOND = re.compile(rb"[\x80-\xff]")
_NEWLINE = re.compile(rb"[\r\n]+")
_UNCUT = re.compile(rb".*[\x00-\x2f]", re.DOTALL)
"""Up to a byte that is never the second one of a character."""


def detect(head: bytes, *, whole: bool) -> tuple[str, int, float | None]:
    """Return the encoding, how many bytes its mark takes, and the confidence of statistics.

    Raises ``InputError`` (``input.encoding``) where nothing fits well enough to be taken.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark), None
    if _is_utf8(head, whole=whole):
        if b"\0" in head and (wide := _wide(head)):
            return wide, 0, None
        return "utf-8", 0, None
    if wide := _wide(head):
        return wide, 0, None
    name, confidence = statistics.detect(_telling(head, whole=whole))
    return name, 0, confidence


def _telling(head: bytes, *, whole: bool) -> bytes:
    """Return the first lines that aren't ASCII, but no line or character that was cut."""
    parts: list[bytes] = []
    size = at = 0
    while size < TELLING and (found := _BEYOND.search(head, at)):
        place = found.start()
        begin = max(at, head.rfind(b"\n", at, place) + 1, head.rfind(b"\r", at, place) + 1)
        end = _NEWLINE.search(head, place)
        if end is None and parts and not whole:
            break
        at = end.end() if end else len(head)
        part = head[begin:at]
        if len(part) > LONG:
            uncut = _UNCUT.match(part[:LONG])
            part = uncut[0] if uncut else part[:LONG]
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def named(encoding: str, head: bytes) -> tuple[str, int]:
    """Return the encoding that ``csv: {encoding}`` names, and how many bytes its mark takes."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise InputError(
            "input.encoding",
            f"there is no encoding `{encoding}`",
            hint="e.g. `utf-8`, `cp1252`, `iso-8859-1`, `utf-16`",
        ) from error
    for mark, found in BOMS:
        if head.startswith(mark) and found.replace("-", "").startswith(name.replace("-", "")[:5]):
            return found, len(mark)
    return {"ascii": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(name, name), 0


def _is_utf8(head: bytes, *, whole: bool) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        decoder.decode(head, final=whole)
    except UnicodeDecodeError:
        # Characters of UTF-8 don't come about by chance: where they are, the rest is damage.
        text = head.decode(errors="ignore")
        damage = len(head) - len(text.encode())
        return len(text) - len(text.encode("ascii", "ignore")) >= damage
    return True


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
