"""Numbers with something around them that a step would take away: `12%`, `$5`, ` 7 `."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from csvflow.core.pipeline.writing import flow

_NUMBER = re.compile(r"(-?)(\D{0,4}?)(-?[0-9][0-9.,]*)(\D{0,4})")
_UNITS = frozenset((
    "%", "‰", "°C", "°F", "kr", "zł", "Kč", "Ft", "Fr.", "g", "kg", "mg", "t", "m", "cm", "mm",
    "km", "l", "ml", "cl", "h", "min", "s", "ms", "W", "kW", "kWh", "kB", "MB", "GB", "pcs", "Stk",
    "Stk.", "AUD", "BGN", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF",
    "ILS", "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "TRY", "USD",
    "ZAR",
))  # fmt: skip
"""Other marks and letters make a name of what may look like a number: ``E0001``, ``#7``."""
_MOST = 0.9
_ENOUGH = 3


def affix(name: str, sample: Sequence[str]) -> str | None:
    """Return a note on what stands around most of a column's first values, if they are numbers."""
    found = [match for text in sample if (match := _NUMBER.fullmatch(text)) is not None]
    if len(found) < _ENOUGH or len(found) < _MOST * len(sample):
        return None
    around = Counter(word for match in found for word in {match[2], match[4]} if word)
    if around and not any(word.strip() for word in around):
        return f"spaces around numbers: steps `clean: {flow(name)}` and `cast` make them numbers"
    words = [word for word, count in around.most_common(2) if count >= _MOST * len(found)]
    if len(words) != 1 or not _is_unit(words[0].strip()):
        return None
    clean = f"clean: {{columns: {flow(name)}, replace: {{'{words[0]}': ''}}}}"
    return f"numbers but for `{words[0]}`: steps `{clean}` and `cast` make them numbers"


def _is_unit(word: str) -> bool:
    return word in _UNITS or (len(word) == 1 and unicodedata.category(word) == "Sc")
