"""Which 8-bit or multi-byte encoding a text is in, by what its letters would make of words.

Each encoding is asked how many bits its reading of the words beyond ASCII costs under the letter
pairs of the languages that are written in it. One is taken only if every reading that differs
costs clearly more; otherwise the input is refused, with what the encodings make of it. Libraries
that detect encodings were measured on the same table of files (``tests/core/intake``): they always
answer, and one answer in four was another text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from csvflow.contract import InputError
from csvflow.core.intake.detect.readings import CANDIDATES, MULTIBYTE, Reading, reading_of
from csvflow.core.intake.detect.signs import BEHIND, GLUED, STANDING

LEAD = 12
"""Bits by which a reading must be cheaper than every other one."""
SOME, ENOUGH = 250, 2_000
"""Bytes of lines that aren't ASCII which are weighed by all, and by those that come near."""
FAR_OFF = 80
"""Bits that no further lines make up for."""
_LETTERS = re.compile(rf"[^\x00-\x7f{STANDING}{BEHIND}]|[{STANDING}][A-Za-z]|[A-Za-z][{STANDING}]")
_FIT_LETTERS, _FIT_SCRIPT, _FIT_EAST = 12.0, 9.0, 14.0
_SHOWN = 3
_CELLS = re.compile(r"[,;\t|]")
_TRIMMED = " \"'"


def detect(lines: Iterable[bytes]) -> tuple[str, float]:
    """Return the encoding of lines that aren't ASCII, and how sure it is, from 0.75 to 1.

    Raises ``InputError`` (``input.encoding``) where nothing fits, or several fit alike.
    """
    found = _ranked(lines)
    first: dict[str, Reading] = {}
    for reading in found:
        first.setdefault(reading.text, reading)
    best, *others = first.values() or [Reading("", "", 0.0, 0)]
    if not best.encoding or not _fits(best):
        raise InputError(
            "input.encoding",
            "the text is neither UTF-8 nor any encoding that can be told for sure"
            + _seen(list(first.values())[:1]),
            hint="name its encoding: `csv: {encoding: cp1252}`",
        )
    lead = others[0].bits - best.bits if others else float(LEAD * 10)
    if lead < LEAD and not (lead > 0 and best.encoding == "cp1252" and _only_signs(best.text)):
        raise InputError(
            "input.encoding",
            "the encoding can't be told for sure" + _seen([best, *others][:_SHOWN]),
            hint=f"name the one that is right: `csv: {{encoding: {best.encoding}}}`",
        )
    return best.encoding, round(1 - 2 ** (-max(lead, LEAD) / 6), 2)


def contradicted(encoding: str, lines: Iterable[bytes]) -> str | None:
    """Return the encoding that these lines are in for sure, if it isn't that one."""
    found = _ranked(lines)
    same = next((reading for reading in found if reading.encoding == encoding), None)
    if same is None or same.text == found[0].text or not _fits(found[0]):
        return None
    return found[0].encoding if same.bits - found[0].bits >= 2 * LEAD else None


def _ranked(lines: Iterable[bytes]) -> list[Reading]:
    """Return the readings, the likeliest first; those that are far off by fewer lines."""
    kept = list(dict.fromkeys(lines))
    some, enough = _of_size(kept, SOME), _of_size(kept, ENOUGH)
    found = _readings(b"\n".join(some), ["utf-8", *CANDIDATES])
    if len(some) < len(enough) and found:
        near = [one.encoding for one in found if one.bits <= found[0].bits + FAR_OFF]
        found = _readings(b"\n".join(enough), near)
    return found


def _of_size(lines: list[bytes], size: int) -> list[bytes]:
    """Return the first lines, up to the one with which they are so long."""
    total = 0
    for count, line in enumerate(lines, 1):
        total += len(line)
        if total >= size:
            return lines[:count]
    return lines


def _readings(data: bytes, encodings: list[str]) -> list[Reading]:
    found = (reading_of(data, encoding) for encoding in encodings)
    return sorted((one for one in found if one), key=lambda reading: reading.bits)


def _fits(reading: Reading) -> bool:
    """Tell whether the text is one at all, not only likelier than under other encodings."""
    if reading.encoding == "utf-8":
        return True
    if reading.encoding in MULTIBYTE:
        most = _FIT_EAST
    elif any("\u0370" <= letter < "\u2000" for letter in reading.text):
        most = _FIT_SCRIPT
    else:
        most = _FIT_LETTERS
    return reading.bits <= most * reading.beyond + GLUED


def _only_signs(text: str) -> bool:
    return not _LETTERS.search(text)


def _seen(readings: list[Reading]) -> str:
    """Say what the encodings make of the first cell that the first two don't agree on."""
    if not readings:
        return ""
    lines = [_shown(reading.text).split("\n") for reading in readings]
    one, other = lines[0], lines[min(1, len(lines) - 1)]
    least = min(map(len, lines))
    number = next((at for at in range(least) if one[at] != other[at]), 0)
    cells = [_CELLS.split(line[number]) for line in lines]
    pairs = list(zip(cells[0], cells[min(1, len(cells) - 1)], strict=False))
    at = next((at for at, (left, right) in enumerate(pairs) if left != right), -1)
    if at < 0:
        at = next((at for at, cell in enumerate(cells[0]) if not cell.isascii()), 0)
    shown = (cell[at if at < len(cell) else -1].strip(_TRIMMED)[:40] for cell in cells)
    both = zip(readings, shown, strict=True)
    return ": " + ", ".join(f"{reading.encoding} reads `{cell}`" for reading, cell in both)


def _shown(text: str) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\\udc", "\\x")
