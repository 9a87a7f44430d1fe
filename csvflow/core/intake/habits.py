"""Whether a text keeps to its delimiter and its quote where it keeps its number of fields.

Decimal commas are enough for that: ``5;7,50`` has two fields by either mark. Then every value is
wrong and none is refused. Marks that most of the first rows don't hold are looked for, which costs
next to nothing where there are none; where there are, some rows here and there are looked at. Text
that holds such marks now and then means nothing: what counts is a run of rows that the other mark
makes whole, all of them, in columns that were something else so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from csvflow.contract import InputError
from csvflow.core.intake.detect import cells
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.stretch import Stretch

TOP = 200
"""So many rows tell what is in the columns, and which marks text holds."""
RUN = 50
"""So many rows in a row are no chance."""
OFTEN = 0.5
"""A mark in more of the first rows than that is one of their text."""
WINDOW, STEP = 1 << 16, 1 << 19
"""Where a mark stands, so many bytes of so many are looked at."""
RUNS = 20
"""So many runs at once are looked at."""
VARIED = 10
"""So many different texts in quotes are no name that has quotes of its own."""
DELIMITERS = (",", ";", "\t", "|")
QUOTES = ('"', "'")
_NAMES = {"\t": "a tab"}


class Habits:
    """Watches for another delimiter or quote."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._dialect = dialect
        self._width = width
        self._grammar = Grammar(dialect)
        self._top: list[bytes] = []
        self._columns: list[tuple[bytes, ...]] = []
        self._kinds: list[str | None] = []
        self._marks: dict[str, int] = {}
        """How often each mark stands in a row that is written with it, at least."""
        if width > 1:
            others = [mark for mark in DELIMITERS if mark not in dialect.delimiter]
            self._marks = dict.fromkeys(others, width - 1)
            quotes = [mark for mark in QUOTES if mark != dialect.quote is not None]
            self._marks |= dict.fromkeys(quotes, 2)

    def see(self, stretch: Stretch) -> None:
        """Raise ``InputError`` (``input.layout-changed``) where other marks begin."""
        if not self._marks or not len(stretch.starts):
            return
        if len(self._top) < TOP:
            self._learn(stretch)
        if not self._kinds:
            return
        for mark in self._marks:
            at = stretch.text.find(mark.encode())
            if at < 0:
                continue
            while at >= 0:
                begin = int(np.searchsorted(stretch.starts, at, side="right")) - 1
                if self._begins(stretch, mark, *_window(stretch, max(begin, 0))) is not None:
                    self._refuse(stretch, mark)
                at = stretch.text.find(mark.encode(), at + STEP)
            last = int(np.searchsorted(stretch.starts, len(stretch.text) - WINDOW))
            last = max(min(last, len(stretch.starts) - 2 * RUN), 0)
            if self._begins(stretch, mark, last, len(stretch.starts)) is not None:
                self._refuse(stretch, mark)

    def _learn(self, stretch: Stretch) -> None:
        places = zip(stretch.starts[:TOP].tolist(), stretch.ends[:TOP].tolist(), strict=True)
        self._top += [stretch.text[start:end] for start, end in places if start < end]
        if len(self._top) < TOP:
            return
        self._marks = {
            mark: least
            for mark, least in self._marks.items()
            if sum(mark.encode() in row for row in self._top) <= OFTEN * len(self._top)
        }
        self._columns = list(zip(*self._fields(self._top, self._grammar), strict=True))
        self._kinds = [_kind(column) for column in self._columns]

    def _begins(self, stretch: Stretch, mark: str, first: int, last: int) -> int | None:
        """Return from which of these rows on the text is written with the mark."""
        starts, ends = stretch.starts[first:last], stretch.ends[first:last]
        begin, end = int(starts[0]), int(ends[-1])
        places = np.flatnonzero(np.frombuffer(stretch.text, np.uint8)[begin:end] == ord(mark))
        counts = np.bincount(
            np.searchsorted(starts, places + begin, side="right") - 1, minlength=len(starts)
        )
        rows = np.flatnonzero(starts < ends)
        least = self._marks[mark]
        full = counts[rows] == least if mark in DELIMITERS else counts[rows] >= least
        is_so = self._is_delimiter if mark in DELIMITERS else self._is_quote
        for at, behind in _runs(full):
            run = rows[at:behind]
            near = np.unique(np.concatenate((run[:RUN], run[-RUN:]))).tolist()
            if is_so(mark, [stretch.text[int(starts[row]) : int(ends[row])] for row in near]):
                return first + int(run[0])
        return None

    def _is_delimiter(self, mark: str, texts: Sequence[bytes]) -> bool:
        """Tell whether the mark makes whole what the delimiter doesn't any more."""
        now = self._fields(texts, self._grammar)
        then = self._fields(texts, Grammar(replace(self._dialect, delimiter=mark)))
        if 2 * len(now) < len(texts) or len(then) < len(texts):
            return False
        typed = [at for at, kind in enumerate(self._kinds) if kind is not None]
        columns, others = list(zip(*now, strict=True)), list(zip(*then, strict=True))
        if not all(mark.encode() in cell for cell in columns[0]):
            # A list in one field.
            return False
        return any(not self._is_kind(at, columns[at]) for at in typed) and all(
            self._is_kind(at, others[at]) for at in typed
        )

    def _is_quote(self, mark: str, texts: Sequence[bytes]) -> bool:
        """Tell whether the mark stands around all cells of a column."""
        rows = self._fields(texts, self._grammar)
        if 2 * len(rows) < len(texts):
            return False
        quoted = re.compile(mark.encode() + rb".*" + mark.encode(), re.DOTALL)
        for at, column in enumerate(zip(*rows, strict=True)):
            if not all(map(quoted.fullmatch, column)) or any(
                map(quoted.fullmatch, self._columns[at])
            ):
                continue
            if len(set(column)) >= VARIED or self._is_kind(at, [cell[1:-1] for cell in column]):
                return True
        return False

    def _is_kind(self, at: int, column: Sequence[bytes]) -> bool:
        return self._kinds[at] is not None and _kind(column) == self._kinds[at]

    def _fields(self, texts: Sequence[bytes], grammar: Grammar) -> list[list[bytes]]:
        """Return the fields of those that have as many as the header."""
        rows = (grammar.record(text).fields for text in texts)
        return [row for row in rows if len(row) == self._width]

    def _refuse(self, stretch: Stretch, mark: str) -> None:
        first = self._begins(stretch, mark, 0, len(stretch.starts)) or 0
        line = int(stretch.lines[first])
        shown = _NAMES.get(mark, f"`{mark}`")
        delimiter = _NAMES.get(self._dialect.delimiter, f"`{self._dialect.delimiter}`")
        raise InputError(
            "input.layout-changed",
            f"from line {line:,} on the fields are parted by {shown}, not by {delimiter}"
            if mark in DELIMITERS
            else f"from line {line:,} on fields stand in {shown}, which would be loaded as text",
            hint="look at that line: split the file there, or let the sender write all of it one"
            " way; nothing was loaded",
        )


def _window(stretch: Stretch, first: int) -> tuple[int, int]:
    """Return some rows from this one on."""
    last = int(np.searchsorted(stretch.starts, stretch.starts[first] + WINDOW))
    return first, min(max(last, first + 2 * RUN), len(stretch.starts))


def _kind(column: Sequence[bytes]) -> str | None:
    """Return what all cells of a column are that hold something."""
    kinds = {cells.kind(cell) for cell in column if not cells.is_nothing(cell)}
    return kinds.pop() if len(kinds) == 1 else None


def _runs(found: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield where enough rows in a row are such, and where that ends; the first few of them."""
    edges = np.flatnonzero(np.diff(found.astype(np.int8), prepend=0, append=0))
    begins, ends = edges[0::2], edges[1::2]
    long = np.flatnonzero(ends - begins >= RUN)[:RUNS]
    yield from zip(begins[long].tolist(), ends[long].tolist(), strict=True)
