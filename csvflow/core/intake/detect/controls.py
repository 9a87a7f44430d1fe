"""Bytes that no text in a supported encoding holds: NULs, escape sequences, EBCDIC."""

from __future__ import annotations

import re

from csvflow.contract import InputError

FEW_NULS = 8
"""So many NUL bytes are damage, whatever the size of the file."""
SHIFT = re.compile(rb"\x1b(?:\$[@B]|\([JI]|\$[()])")
"""ISO-2022 changes the alphabet by sequences of ASCII bytes: all of it could pass for UTF-8."""
_ESCAPES = {
    "iso2022_kr": re.compile(rb"\x1b\$\)C"),
    "iso2022_jp": SHIFT,
    "hz": re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}"),
}
_LEAST = 8
_LIKE_TEXT = re.compile(r"[A-Za-z0-9 ,;.:|\"'\n\x85+/_-]")
_MOSTLY = 0.9


def refuse_nuls(head: bytes) -> None:
    """Raise ``InputError`` (``input.binary``) where NUL bytes stand all over."""
    if head.count(0) > FEW_NULS + len(head) // 100:
        raise InputError(
            "input.binary",
            "the file holds NUL bytes all over: it is no text",
            hint="let the source's `path` or `ignore` leave such files out",
        )


def refuse_escapes(text: bytes) -> None:
    """Raise ``InputError`` (``input.encoding``) for encodings that look like ASCII and aren't."""
    if b"\x1b" not in text and b"~{" not in text:
        return
    name = next((name for name, mark in _ESCAPES.items() if mark.search(text)), None)
    if name is not None:
        raise InputError(
            "input.encoding",
            f"the text is in {name}, where sequences of ASCII characters stand for others",
            hint=f"say so: `csv: {{encoding: {name}}}`",
        )


def refuse_ebcdic(head: bytes) -> None:
    """Raise ``InputError`` (``input.encoding``) for text as mainframes write it."""
    sample = head[:4096]
    if len(sample) < _LEAST or b"\n" in sample:
        return
    text = sample.decode("cp037")
    if len(_LIKE_TEXT.findall(text)) < _MOSTLY * len(text):
        return
    hint = "let it be converted to UTF-8 where it comes from"
    if "\n" in text:
        hint += "; `csv: {encoding: cp037}` reads it if its letters are those of the USA"
    raise InputError("input.encoding", "the text is EBCDIC, as mainframes write it", hint=hint)
