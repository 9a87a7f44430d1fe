"""What a file holds beyond ASCII, wherever it stands."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

BLOCK = 4 << 20
"""So many bytes are passed over at once while all of them are ASCII."""
WINDOW = 1 << 16
"""So many bytes are looked at where one isn't."""
LEAD = 1 << 12
"""A line is looked at from so many bytes at most before the first that isn't ASCII."""


def lines_beyond_ascii(path: Path, start: int, *, window: int = WINDOW) -> Iterator[list[bytes]]:
    """Yield the lines that aren't ASCII from that offset on, those of a window at a time.

    One block is in memory. A line longer than a window is cut behind an ASCII byte, if it has
    one, so that no character is cut.
    """
    with path.open("rb", buffering=0) as file:
        at = start
        while (found := _first(file, at)) is not None:
            begin = max(found - LEAD, at)
            text = os.pread(file.fileno(), window + LEAD, begin)
            behind = behind_newline(text, found - begin)
            if not behind:
                behind = len(text)
                if behind == window + LEAD:
                    behind = _behind_ascii(text, found - begin) or behind
            first = behind_newline(text[: found - begin], 0)
            yield [line for line in text[first:behind].splitlines() if not line.isascii()]
            at = begin + behind


def shortened(line: bytes) -> bytes:
    """Return a part of a long line that isn't ASCII; characters are cut only if all are beyond."""
    if len(line) <= LEAD:
        return line
    found = int(np.argmax(np.frombuffer(line, np.uint8) >= 1 << 7))
    begin = max(found - LEAD // 2, 0)
    part = line[begin : begin + LEAD]
    return part[: _behind_ascii(part, found - begin) or len(part)]


def _first(file: io.FileIO, at: int) -> int | None:
    """Return the offset of the first byte that isn't ASCII, if there is one."""
    file.seek(at)
    block = bytearray(WINDOW)
    while count := file.readinto(block):
        whole = count == len(block)
        if not (block if whole else block[:count]).isascii():
            return at + int(np.argmax(np.frombuffer(block, np.uint8, count) >= 1 << 7))
        at += count
        if whole and len(block) < BLOCK:
            block = bytearray(2 * len(block))
    return None


def behind_newline(text: bytes, start: int) -> int:
    """Return where the last line begins whose newline stands behind ``start``; 0: there is none."""
    return max(text.rfind(b"\n", start), text.rfind(b"\r", start)) + 1


def _behind_ascii(text: bytes, start: int) -> int:
    found = np.flatnonzero(np.frombuffer(text, np.uint8)[start:] < 1 << 7)
    return start + int(found[-1]) + 1 if len(found) else 0
