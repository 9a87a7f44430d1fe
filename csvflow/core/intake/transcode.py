"""Text of any encoding becomes a local file of UTF-8, and must be in that encoding to its end."""

from __future__ import annotations

import codecs
from pathlib import Path

from csvflow.contract import InputError
from csvflow.core.intake.detect.drift import Turn, Watch
from csvflow.core.intake.detect.readings import CANDIDATES, MULTIBYTE

PART = 1 << 20
PIECE = 1 << 14
BY_CHANCE = 20
"""So many characters of UTF-8 in a piece don't come about by chance in another encoding."""
_CONTINUING = bytes(range(0x80, 0xC0))


def transcode(source: Path, target: Path, encoding: str, *, skip: int, found: bool) -> None:
    """Write the text behind its byte order mark as UTF-8, strictly.

    ``found``: the encoding was found out, not told, so that it must hold to the end.

    Raises ``InputError`` (``input.encoding``) with the place of the first byte that is no text,
    or where text that is read in an older encoding turns into another.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    narrow = found and encoding in CANDIDATES and encoding not in MULTIBYTE
    watch = Watch(encoding) if narrow else None
    watched = found and not encoding.startswith("utf-")
    read = skip
    with source.open("rb") as stream, target.open("wb") as file:
        stream.seek(skip)
        while True:
            data = stream.read(PART)
            try:
                text = watch.decode(data) if watch else decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                at = read + error.start - (len(error.object) - len(data))
                byte = error.object[error.start]
                raise InputError(
                    "input.encoding",
                    f"the text is not {encoding}: {_place(source, encoding, skip, at)} says"
                    f" otherwise (byte {at:,}, 0x{byte:02x})",
                    hint="no encoding fits all of it: let the sender write it in one"
                    if found
                    else "`encoding: auto` finds out for each file, or say another one",
                ) from error
            if isinstance(text, Turn):
                raise _turned_into(source, encoding, skip, read + text.at, text.encoding)
            if watched and (turned := _turned(data)) is not None:
                raise _turned_into(source, encoding, skip, read + turned, "utf-8")
            file.write(text.encode())
            read += len(data)
            if not data:
                return


def _turned_into(source: Path, encoding: str, skip: int, at: int, other: str) -> InputError:
    named = "UTF-8" if other == "utf-8" else other
    return InputError(
        "input.encoding",
        f"the text is {encoding} at first, and {named} at {_place(source, encoding, skip, at)}",
        hint="it was put together from texts in two encodings: split it, or have one of them"
        f" converted; if it wasn't, say `csv: {{encoding: {encoding}}}`",
    )


def _place(source: Path, encoding: str, skip: int, at: int) -> str:
    """Return the line and the column of a byte, by the text above it."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    line, column, after_return = 1, 1, False
    with source.open("rb") as stream:
        stream.seek(skip)
        left = at - skip
        while left > 0 and (data := stream.read(min(PART, left))):
            left -= len(data)
            text = decoder.decode(data)
            if not text:
                continue
            if after_return and text.startswith("\n"):
                line -= 1
            after_return = text.endswith("\r")
            plain = text.replace("\r\n", "\n").replace("\r", "\n")
            line += plain.count("\n")
            last = plain.rfind("\n")
            column = len(plain) - last if last >= 0 else column + len(plain)
    return f"line {line:,}, column {column:,}"


def _turned(data: bytes) -> int | None:
    """Return where a piece begins that is UTF-8 and could hardly be so by chance."""
    for start in range(0, len(data), PIECE):
        piece = data[start : start + PIECE]
        if piece.isascii():
            continue
        try:
            text = _decoded(piece.lstrip(_CONTINUING))
        except UnicodeDecodeError:
            continue
        if sum(character > "\x7f" for character in text) >= BY_CHANCE:
            return start
    return None


def _decoded(piece: bytes) -> str:
    return codecs.getincrementaldecoder("utf-8")("strict").decode(piece)
