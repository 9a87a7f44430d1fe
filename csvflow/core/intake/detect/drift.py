"""Whether a text keeps to the encoding that its beginning was found to be in.

The whole text goes by while it is transcoded. Bytes that didn't occur before stop the decoder once
each, at no cost where none do, and the lines that brought them are weighed. Where one script has
several encodings of the same bytes, a part of every few thousand bytes is held against the pairs
of letters that the languages have. What looks strange is weighed against all encodings.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np

from csvflow.core.intake.detect import statistics
from csvflow.core.intake.detect.letters import languages
from csvflow.core.intake.detect.readings import CANDIDATES

UNDEFINED = "\ufffe"
LINES = 20
"""So many lines with bytes that are new are weighed at most, all together."""
STRIDE, WINDOW = 4096, 128
"""So many bytes of so many are held against the pairs."""
LEAST_PAIRS, STRANGE = 10, 0.12
"""A window of so many pairs of letters beyond ASCII is strange if this part of them is."""
WEIGHED = 8
"""So many strange windows are weighed at most."""


@dataclass(frozen=True)
class Turn:
    """Where the text is in another encoding than before."""

    at: int
    encoding: str


class Watch:
    """Decodes the text of an 8-bit encoding that was found, and notices where it turns."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._table = list(_table(encoding))
        self._defined = "".join(self._table)
        self._known = self._defined[:128] + UNDEFINED * 128
        self._strange = _strange_pairs(encoding, self._defined)
        self._lines: list[bytes] = []
        self._weigh_at = 1
        self._weighed = 0
        self._first = True

    def decode(self, data: bytes) -> str | Turn:
        """Return the text, or where it turns.

        Raises ``UnicodeDecodeError`` for a byte that the encoding hasn't.
        """
        if self._first and not data.isascii():
            # What the encoding was found by isn't new.
            self._first = False
            for byte in np.unique(np.frombuffer(data, np.uint8)).tolist():
                self._learn(byte)
        while True:
            try:
                text, _ = codecs.charmap_decode(data, "strict", self._known)
            except UnicodeDecodeError as error:
                byte = data[error.start]
                if self._defined[byte] == UNDEFINED:
                    raise
                self._learn(byte)
                if found := self._new(data, error.start):
                    return found
                continue
            return self._strange_part(data) or text

    def _learn(self, byte: int) -> None:
        known = list(self._known)
        known[byte] = self._defined[byte]
        self._known = "".join(known)

    def _new(self, data: bytes, at: int) -> Turn | None:
        """Weigh the lines that brought new bytes, whenever there are twice as many."""
        if len(self._lines) >= LINES:
            return None
        self._lines.append(_line(data, at))
        if len(self._lines) < self._weigh_at:
            return None
        self._weigh_at *= 2
        other = statistics.contradicted(self._encoding, self._lines)
        return Turn(at, other) if other else None

    def _strange_part(self, data: bytes) -> Turn | None:
        if self._strange is None or len(data) < STRIDE or self._weighed >= WEIGHED:
            return None
        whole = np.frombuffer(data, np.uint8, len(data) // STRIDE * STRIDE).reshape(-1, STRIDE)
        part = whole[:, :WINDOW].astype(np.uint16)
        one, other = part[:, :-1], part[:, 1:]
        both = (one & other) >= 1 << 7
        pairs = both.sum(axis=1)
        strange = (self._strange[(one << 8) | other] & both).sum(axis=1)
        for row in np.flatnonzero((pairs >= LEAST_PAIRS) & (strange > STRANGE * pairs)).tolist():
            self._weighed += 1
            at = row * STRIDE
            near = data[at : at + 2 * WINDOW]
            found = statistics.contradicted(self._encoding, near.splitlines()[1:-1] or [near])
            if found:
                return Turn(at + near.find(b"\n") + 1, found)
            if self._weighed >= WEIGHED:
                break
        return None


def _table(encoding: str) -> str:
    return "".join(bytes([byte]).decode(encoding, "replace") for byte in range(256)).replace(
        "\ufffd", UNDEFINED
    )


def _line(data: bytes, at: int) -> bytes:
    begin = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    return data[max(begin, at - STRIDE) : at + STRIDE].splitlines()[0]


def _strange_pairs(encoding: str, table: str) -> np.ndarray | None:
    """Return which pairs of bytes beyond ASCII no language has; None for Latin letters."""
    _, codes = CANDIDATES.get(encoding, (0, ""))
    known = {pair for code in codes.replace("+", "").split() for pair in languages()[code].pairs}
    if not any(pair[0] > "\u0250" and pair[1] > "\u0250" for pair in known):
        return None
    strange = np.zeros(1 << 16, bool)
    for one in range(128, 256):
        for other in range(128, 256):
            left, right = table[one], table[other]
            if left.isalpha() and right.isalpha():
                jump = left.islower() and right.isupper()
                strange[one << 8 | other] = jump or (left + right).lower() not in known
    return strange
