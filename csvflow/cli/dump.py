"""Bytes for people: sixteen a line, with their place and the ASCII among them."""

from __future__ import annotations

from collections.abc import Iterator

from csvflow.cli import prose

WIDE = 16
MOST = 16
"""So many lines are shown; of more, those with bytes that aren't printable ASCII."""
_ASCII = range(0x20, 0x7F)


def dump(data: bytes, offset: int) -> Iterator[str]:
    """Yield lines of at most 80 columns; ``offset`` is that of the first byte in its file."""
    starts = range(0, len(data), WIDE)
    shown = list(starts)
    if len(starts) > MOST:
        odd = [at for at in starts if any(byte not in _ASCII for byte in data[at : at + WIDE])]
        shown = (odd or shown)[:MOST]
    digits = max(len(str(offset + len(data))), 4)
    above = -WIDE
    for at in shown:
        if at != above + WIDE:
            yield _left_out(at - above - WIDE, digits)
        yield _line(data[at : at + WIDE], offset + at, digits)
        above = at
    rest = len(data) - above - WIDE
    if shown and rest > 0:
        yield _left_out(rest, digits)


def _line(part: bytes, at: int, digits: int) -> str:
    halves = [part[:8].hex(" "), part[8:].hex(" ")]
    ascii_ = "".join(chr(byte) if byte in _ASCII else "." for byte in part)
    return f"{at:{digits}}  {halves[0]:23}  {halves[1]:23}  {ascii_}"


def _left_out(count: int, digits: int) -> str:
    return f"{'':{digits}}  … {prose.counted(count, 'byte')}"
