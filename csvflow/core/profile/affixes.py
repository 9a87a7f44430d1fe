"""Numbers with something around them that a step would take away: `12%`, `$5`, ` 7 `."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from csvflow.core.pipeline.writing import flow

_NUMBER = re.compile(r"(-?)(\D{0,4}?)(-?[0-9][0-9.,]*)(\D{0,4})")
_AFFIX = re.compile(r"[^\w\s'\\-]{1,3}| ?[A-Z]{3} ?")
"""Marks, or the code of a currency; other letters make a name of what may look like a number."""
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
    if len(words) != 1 or not _AFFIX.fullmatch(words[0]):
        return None
    clean = f"clean: {{columns: {flow(name)}, replace: {{'{words[0]}': ''}}}}"
    return f"numbers but for `{words[0]}`: steps `{clean}` and `cast` make them numbers"
