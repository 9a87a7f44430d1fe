"""One guess about a column, counted over all of its values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from csvflow.core.columns.kernels.view import Bools

_OTHERS = 12
"""Distinct misfits remembered: more of them are no words for "nothing"."""
_LONG = 40
_HALF = 2


class Tally:
    """How many values fit a guess, and which few didn't.

    Counting ends (``alive``) with the first batch of which most values misfit: from then on
    nobody would want to know how many fit.
    """

    def __init__(self, good: int = 0) -> None:
        self.good = good
        self.bad = 0
        self.alive = True
        self.others: Counter[str] | None = Counter()
        """The texts that didn't fit; None: too many, or too long."""

    @property
    def proved(self) -> bool:
        """Whether every value so far fits, and there is one."""
        return self.alive and not self.bad and self.good > 0

    def all_but(self, words: frozenset[str]) -> bool:
        """Tell whether every value that doesn't fit is one of these words."""
        return (
            self.alive
            and self.good > 0
            and self.bad > 0
            and self.others is not None
            and set(self.others) <= words
        )

    def count(self, texts: pa.Array, valid: int, bad: Bools | None) -> None:
        """Take what came of a batch; ``bad`` has no nulls in it."""
        misfits = 0 if bad is None else int(np.count_nonzero(bad))
        self.good += valid - misfits
        self.bad += misfits
        if bad is None or not misfits:
            return
        if misfits * _HALF > valid:
            self.alive = False
            self.others = None
            return
        if self.others is not None:
            self._remember(texts.take(pa.array(np.flatnonzero(bad))))

    def _remember(self, misfits: pa.Array) -> None:
        assert self.others is not None  # noqa: S101 - asked by the only caller
        for entry in misfits.value_counts():
            text = entry["values"].as_py()
            self.others[text] += entry["counts"].as_py()
            if len(self.others) > _OTHERS or len(text) > _LONG:
                self.others = None
                return
