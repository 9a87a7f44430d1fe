"""Which header of a file may be a missing column under a new name: by name, values and place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import pyarrow as pa

from csvflow.contract import Mapped
from csvflow.core.columns.mapping import Mapping, Output
from csvflow.core.columns.marks import Marks
from csvflow.core.columns.names import UNNAMED, normal
from csvflow.core.columns.spec import Column
from csvflow.core.columns.types import arrow_type
from csvflow.core.pipeline.writing import flow, scalar
from csvflow.core.profile.personal import personal

Sample = Callable[[], pa.RecordBatch]
"""Gives some rows of the file as text, in the order of its header."""
_NEAR = 0.6
_FEW = 3
_HALF = 0.5
_NEARLY_ALL = 0.95


@dataclass(frozen=True, slots=True)
class Rename:
    """A header that may be a declared column's new name."""

    column: Column
    header: str
    fits: int
    """How many of the values looked at the column would take."""
    of: int
    """How many values were looked at; nulls are none."""

    def patch(self) -> str:
        """Return the line below ``columns:`` that takes the new name as well."""
        kind = replace(self.column, sources=()).short()
        names = [*(self.column.sources or (self.column.name,)), self.header]
        listed = ", ".join(flow(name) for name in names)
        return f"{scalar(self.column.name)}: {{type: {flow(kind)}, from: [{listed}]}}"

    def evidence(self) -> str:
        """Return how many values fit, for people."""
        return f"{self.fits:,} of {self.of:,} values fit" if self.of else "by the name alone"


def advice(found: Sequence[Rename]) -> str:
    """Return a hint with a patch for the pipeline."""
    told = (
        "if they only have new names, write"
        if len(found) > 1
        else "if it only has a new name, write"
    )
    width = max(len(one.patch()) for one in found)
    lines = [f"  {one.patch():<{width}}  # {one.evidence()}" for one in found]
    return "\n    ".join([told, "columns:", *lines])


class Finder:
    """Finds missing columns of one file under other names.

    A header qualifies by a name that is near and values of which most fit; or by values that
    nearly all fit, where the column would refuse most of the file's others or is of the kind
    of personal data that its name tells; or, as the only one, by its place in the file.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        places: Sequence[int | None],
        header: Sequence[str],
        rows: pa.RecordBatch,
        marks: Marks,
    ) -> None:
        self._columns = columns
        self._places = places
        self._header = header
        self._rows = rows
        self._marks = marks
        self._fits: dict[tuple[str, int], tuple[int, int]] = {}

    def find(self, missing: Sequence[Column], unknown: Sequence[int]) -> list[Rename]:
        """Return the likeliest header for each missing column that has one, each header once."""
        scored = [
            (score, column, at)
            for column in missing
            for at in unknown
            if may_be_name(self._header[at])
            if (score := self._score(column, at, sole=len(unknown) == len(missing) == 1))
            is not None
        ]
        found: dict[str, Rename] = {}
        taken: set[int] = set()
        for _, column, at in sorted(scored, key=lambda one: -one[0]):
            if column.name not in found and at not in taken:
                taken.add(at)
                found[column.name] = Rename(column, self._header[at], *self._fit(column, at))
        return [found[column.name] for column in missing if column.name in found]

    def _score(self, column: Column, at: int, *, sole: bool) -> float | None:
        """Return how likely the header is the column: more than others, or None."""
        names = (column.name, *column.sources)
        near = max(likeness(name, self._header[at]) for name in names)
        if UNNAMED.fullmatch(self._header[at]):
            near = 0.0
        fits, of = self._fit(column, at)
        share = fits / of if of else 0.0
        beside = self._stands_beside(column, at)
        enough = share >= _NEARLY_ALL and of >= min(_FEW, self._rows.num_rows)
        apart = self._tells_apart(column, at) if enough else 0.0
        by_name = near >= _NEAR and (share >= _HALF or not of)
        by_values = apart >= _HALF
        by_place = sole and beside and (enough or not of)
        if by_name or by_values or by_place:
            return near + share * apart + beside / 4
        return None

    def _fit(self, column: Column, at: int) -> tuple[int, int]:
        """Return how many of the header's values the column takes, and of how many."""
        key = (column.name, at)
        if key not in self._fits:
            texts = self._texts(at)
            self._fits[key] = (_taken(column, texts, self._marks), len(texts))
        return self._fits[key]

    def _tells_apart(self, column: Column, at: int) -> float:
        """Return the share of the file's other columns that the column would refuse."""
        kind = personal("", self._texts(at).to_pylist(), few=True)
        if kind is not None and kind == personal(column.name, ["?"], few=False):
            return 1.0
        shares = [
            fits / of
            for other in range(self._rows.num_columns)
            if other != at
            for fits, of in [self._fit(column, other)]
            if of
        ]
        if not shares:
            return 0.0
        return sum(share < _NEARLY_ALL for share in shares) / len(shares)

    def _texts(self, at: int) -> pa.Array:
        """Return the header's values; a capture of the path has none in the file."""
        if at < self._rows.num_columns:
            return self._rows.column(at).drop_null()
        return pa.nulls(0, pa.utf8())

    def _stands_beside(self, column: Column, at: int) -> bool:
        """Tell whether the header stands where the declared neighbours say that the column is."""
        place = [one.name for one in self._columns].index(column.name)
        before = self._places[place - 1] if place else -1
        behind = self._places[place + 1] if place + 1 < len(self._places) else len(self._header)
        return (before is not None and before + 1 == at) or (
            behind is not None and behind - 1 == at
        )


def may_be_name(header: str) -> bool:
    """Tell whether it has a letter: numbers and dates are rather data, read as a header."""
    return re.search(r"[^\W\d_]", header) is not None


def likeness(name: str, header: str) -> float:
    """Return how alike two names are, from 0 to 1, whatever their case and spacing."""
    one, two = normal(name), normal(header)
    if not one or not two:
        return 0.0
    ratio = SequenceMatcher(None, one, two, autojunk=False).ratio()
    words, theirs = one.split(), two.split()
    # `cust id` for `customer id`: each word begins the other's.
    if len(words) == len(theirs) and all(
        word.startswith(other) or other.startswith(word)
        for word, other in zip(words, theirs, strict=True)
    ):
        return max(ratio, 0.9)
    return ratio


def _taken(column: Column, texts: pa.Array, marks: Marks) -> int:
    """Return how many of the texts the column takes."""
    if not len(texts):
        return 0
    kind = arrow_type(column.type)
    mapping = Mapping([Output(column.name, kind, 0, column)], pa.schema([("x", kind)]), marks)
    done = mapping(pa.RecordBatch.from_arrays([texts], names=["x"]))
    taken: int = done.batch.num_rows if isinstance(done, Mapped) else done.num_rows
    doubled = len(texts) - len(texts.unique()) if column.unique else 0
    return max(taken - doubled, 0)
