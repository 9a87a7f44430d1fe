"""The few words of a column that has few, and what pairs of them mean true and false."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow as pa

FEW = 24
_LONG = 24
_FIRST = 4_096
PAIRS = (
    ("true", "false"), ("True", "False"), ("TRUE", "FALSE"), ("yes", "no"), ("Yes", "No"),
    ("YES", "NO"), ("y", "n"), ("Y", "N"), ("t", "f"), ("T", "F"), ("ja", "nein"),
    ("Ja", "Nein"), ("oui", "non"), ("Oui", "Non"), ("on", "off"), ("On", "Off"), ("ON", "OFF"),
)  # fmt: skip
"""Words for true and false, exactly as they are written."""


class Words:
    """Every distinct text of a column with its count, while they are few and short."""

    def __init__(self) -> None:
        self.counts: Counter[str] | None = Counter()
        self._began = False

    def take(self, texts: pa.Array) -> None:
        """Count a batch."""
        if self.counts is None:
            return
        if not self._began:
            # A column of many texts is told by its first rows, before all are compared.
            self._began = True
            if len(texts.slice(0, _FIRST).unique()) > FEW + 1:
                self.counts = None
                return
        for entry in texts.value_counts():
            text = entry["values"].as_py()
            if text is None:
                continue
            self.counts[text] += entry["counts"].as_py()
            if len(text) > _LONG or len(self.counts) > FEW:
                self.counts = None
                return

    def pair(self) -> tuple[str, str] | None:
        """Return the words for true and false that these are, or None."""
        if not self.counts:
            return None
        for pair in PAIRS:
            # One word alone may be anything, but for `true` and `false` themselves.
            if set(self.counts) == set(pair) or (
                pair[0].lower() == "true" and set(self.counts) <= set(pair)
            ):
                return pair
        return None

    def closed(self, rows: int) -> tuple[str, ...]:
        """Return the words of a closed set: each came often enough to believe in it."""
        if self.counts is None or len(self.counts) < 2:  # noqa: PLR2004 - one word is no set
            return ()
        often = max(5 * len(self.counts), 20)
        if rows < often or not all(_is_word(text) for text in self.counts):
            return ()
        return tuple(sorted(self.counts))


LONGEST_WORD = 20


def _is_word(text: str) -> bool:
    """Tell a word from a code of digits or a name, which tomorrow may be another."""
    return (
        len(text) <= LONGEST_WORD
        and re.fullmatch(r"[^\W\d_][\w-]*", text) is not None
        and re.search("[0-9]{3}", text) is None
    )
