"""What was told about an input and can't be: an encoding that its bytes contradict."""

from __future__ import annotations

import codecs
from pathlib import Path

from csvflow.contract import InputError
from csvflow.core.intake.detect.encoding import BOMS

BLOCK = 1 << 20
_UNICODE = ("utf-", "utf_", "ascii")
_BY_CHANCE = 3
"""So many characters of UTF-8 don't come about by chance in an encoding of several bytes."""


def refuse_unicode(path: Path, encoding: str) -> None:
    """Raise ``InputError`` where a file is Unicode and an older encoding was told.

    Every byte means something in those, so that ``Müller`` would be loaded as ``MÃ¼ller``.
    """
    if encoding.startswith(_UNICODE):
        return
    found = _marked(path)
    shown = ""
    if found is None:
        text = _of_utf8(path)
        if text is None or (_several(encoding) and len(text) < _BY_CHANCE):
            return
        found = "utf-8"
        misread = text.encode().decode(encoding, "replace")
        shown = f": `{text}` would be `{misread}`"
    raise InputError(
        "input.encoding",
        f"the file is {found}, and `csv: {{encoding: {encoding}}}` was said{shown}",
        hint="`encoding: auto` finds out for each file",
    )


def _marked(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in BOMS if head.startswith(mark)), None)


def _of_utf8(path: Path) -> str | None:
    """Return the first characters beyond ASCII of a file that is UTF-8 throughout, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    found = ""
    with path.open("rb") as file:
        try:
            while data := file.read(BLOCK):
                text = decoder.decode(data)
                if len(found) < _BY_CHANCE and not text.isascii():
                    beyond = (character for character in text if character > "\x7f")
                    found = (found + "".join(beyond))[:_BY_CHANCE]
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return found or None


def _several(encoding: str) -> bool:
    """Tell whether characters of the encoding may take several bytes."""
    return len("\u00e9\u3042".encode(encoding, "ignore")) > 1
