"""Encoding: the byte order mark, strict UTF-8, the pattern of NUL bytes, else statistics."""

from __future__ import annotations

import codecs

from csvflow.contract import InputError

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 1 << 18
UNIT = 4
"""Bytes of a character in UTF-32; UTF-16 has at least a NUL in so many of ASCII text."""
SURE = 0.7
"""Least share of statistical confidence that is taken for an answer."""


def detect(head: bytes, *, whole: bool) -> tuple[str, int]:
    """Return the encoding and how many bytes its mark takes.

    Raises ``InputError`` (``input.encoding``) where nothing fits well enough to be taken.
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    if _is_utf8(head, whole=whole):
        if b"\0" in head and (wide := _wide(head)):
            return wide, 0
        return "utf-8", 0
    if wide := _wide(head):
        return wide, 0
    return _statistical(head[:SAMPLE]), 0


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
    except UnicodeDecodeError as error:
        # One damaged record in much good text is that record's fault.
        good = head[: error.start]
        return error.start > SAMPLE // 4 and not good.isascii() and _mostly_utf8(head)
    return True


def _mostly_utf8(head: bytes) -> bool:
    return head.decode("utf-8", "replace").count("\ufffd") <= len(head) // 10_000


def _wide(head: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 that the pattern of NUL bytes means, if any."""
    sample = head[:4096]
    if not sample or sample.count(0) < len(sample) // UNIT:
        return None
    for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        try:
            text = sample[: len(sample) // UNIT * UNIT].decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and text.isprintable() is False and "\n" in text:
            return name
    return None


def _statistical(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - start-up: most text is UTF-8

    best = from_bytes(sample).best()
    if best is not None and 1.0 - best.chaos >= SURE:
        # Western text is cp1252 wherever it isn't something else: ISO-8859-1 is a part of it.
        name = best.encoding.replace("_", "-")
        if name in ("iso8859-1", "latin-1", "cp1250", "iso8859-15") or name.startswith("mac"):
            return _western(sample, name)
        return name
    raise InputError(
        "input.encoding",
        "the text is neither UTF-8 nor any encoding that can be told for sure",
        hint="name its encoding: `csv: {encoding: cp1252}`",
    )


def _western(sample: bytes, name: str) -> str:
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return name
    return "cp1252"
