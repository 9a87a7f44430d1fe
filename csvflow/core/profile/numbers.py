"""Guesses about numbers: how many digits the widest has, before and behind the mark."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from csvflow.core.columns.kernels.digits import scan
from csvflow.core.columns.kernels.numbers import to_float, to_int, unmarked
from csvflow.core.columns.kernels.view import View
from csvflow.core.columns.marks import Marks
from csvflow.core.columns.types import MAX_PRECISION, ColumnType
from csvflow.core.profile.tally import Tally

_SURE_INT = 18
"""Digits that always fit 64 bits."""
_SURE_FLOAT = 15
"""Digits that a double always keeps."""
_LOOKED_AT = 32


class Numbers(Tally):
    """Whole numbers and decimals with one mark, and with one between thousands or none."""

    def __init__(
        self, mark: str, before: Numbers | None = None, *, thousands: str | None = None
    ) -> None:
        """Begin now, or go on from a guess under other marks that saw none of them."""
        super().__init__(before.good if before else 0)
        self.mark = mark
        self.thousands = thousands
        self.whole: int = before.whole if before else 0
        self.decimals: int = before.decimals if before else 0
        self.is_int64: bool = before.is_int64 if before else True

    @property
    def marked(self) -> bool:
        """Whether some number has a mark, so that the guess is more than one about digits."""
        return self.thousands is not None or self.decimals > 0

    def take(self, texts: pa.Array, view: View, valid: int) -> None:
        """Count a batch."""
        bare, misplaced = texts, None
        if self.thousands is not None:
            bare, misplaced = unmarked(texts, Marks(self.mark, self.thousands), self.mark)
            view = View(bare)
        parts = scan(view, ord(self.mark), self._guesses(view))
        bad = parts.bad if misplaced is None else parts.bad | misplaced
        self._refuse_minus_zero(bare, parts.negative & ~bad, bad)
        good = ~bad
        whole = int(parts.whole.max(initial=0, where=good))
        self.whole = max(self.whole, whole)
        self.decimals = max(self.decimals, int(parts.decimals.max(initial=0, where=good)))
        if whole > _SURE_INT and self.is_int64:
            done = to_int(bare)
            self.is_int64 = done.bad is None or not bool((done.bad & good).any())
        self.count(texts, valid, view.settle(bad))

    @property
    def type(self) -> ColumnType | None:
        """The narrowest type that holds every number seen, or None."""
        if not self.decimals and self.is_int64:
            return ColumnType("int")
        digits = self.whole + self.decimals
        if digits <= MAX_PRECISION:
            return ColumnType("decimal", digits, self.decimals)
        return None

    @property
    def fits_float(self) -> bool:
        """Whether a double keeps every number seen."""
        return self.whole + self.decimals <= _SURE_FLOAT

    @staticmethod
    def _refuse_minus_zero(texts: pa.Array, negative: np.ndarray, bad: np.ndarray) -> None:
        rows = np.flatnonzero(negative)
        if rows.size:
            zero = pc.match_substring_regex(texts.take(pa.array(rows)), r"^-0(?:[^0-9]0*)?$")
            bad[rows[zero.fill_null(False).to_numpy(zero_copy_only=False)]] = True

    def _guesses(self, view: View) -> list[int]:
        found: dict[int, None] = {}
        for start, end in zip(view.starts[:_LOOKED_AT], view.ends[:_LOOKED_AT], strict=True):
            marks = np.flatnonzero(view.body[start:end] == ord(self.mark))
            if marks.size:
                found[int(end - start - marks[0]) - 1] = None
        return list(found)[:4]


class Floats(Tally):
    """Numbers of which some have an exponent or are ``-0.0``, and which a double keeps."""

    def __init__(self, before: Numbers) -> None:
        super().__init__(before.good)
        self.alive = before.fits_float

    def take(self, texts: pa.Array, valid: int) -> None:
        """Count a batch."""
        self.count(texts, valid, to_float(texts, ".").bad)
