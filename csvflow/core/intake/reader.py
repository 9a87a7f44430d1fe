"""The text of an input, block by block: laid out, checked, parsed, numbered."""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from csvflow.core.intake.batches import Assembler, TextBatch
from csvflow.core.intake.careful import Careful, Limits
from csvflow.core.intake.detect.footer import end_of_records
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.foreign import Foreign
from csvflow.core.intake.grammar import Grammar, count_lines
from csvflow.core.intake.habits import Habits
from csvflow.core.intake.layout import lay_out
from csvflow.core.intake.line_ends import Positions, all_newlines
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.stored import Hasher
from csvflow.core.intake.stretch import Stretch

BLOCK = 4 << 20
KEPT = 20
"""So many stretches are kept for `raw`: as many as may be between reading and rejecting."""
WHOLE = 1 << 40
NARROW = 1 << 14
"""So many bytes at least are laid out at once."""
FARTHEST = 1 << 18
"""At most so many bytes are read carefully before the fast way is tried again."""


class Reader:
    """Reads one local file of UTF-8 text, once."""

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        dialect: Dialect,
        options: CsvOptions,
        *,
        start: int,
        line: int,
        header_text: bytes,
        hasher: Hasher | None,
        on_block: Callable[[int, int], None],
        block: int = BLOCK,
    ) -> None:
        self._path = path
        self._limits = Limits(options.max_field, options.max_lines)
        self._dialect = dialect
        self._options = options
        self._offset = start
        self._line = line
        self._hasher = hasher
        self._on_block = on_block
        self._block = block
        self._assembler = Assembler(header, dialect, options, header_text=header_text)
        self._grammar = Grammar(dialect)
        self._habits = Habits(dialect, len(header) + dialect.trailing)
        self._foreign = Foreign(dialect, len(header) + dialect.trailing)
        self._careful = Careful(self._grammar, len(header) + dialect.trailing, self._limits)
        marks = re.escape(f"{dialect.quote or ''}{dialect.escape or ''}")
        self._marks = re.compile(f"[\\r\\n\udc80-\udcff{marks}]")
        """What text that can simply be split doesn't hold."""
        self._kept: OrderedDict[int, Stretch] = OrderedDict()
        self._kept_bytes = 0
        self._lock = Lock()
        self._again = -1
        """Which stretch was read again last, for `raw`, and its text and line ends."""
        self._again_text = b""
        self._again_lines: Positions = np.empty(0, np.int64)
        self._index: list[tuple[int, int]] = [(line, start)]
        self._reach = 1
        self._window = WHOLE
        self._skipping = False
        """Whether what comes is the rest of a record that was given up as too long."""

    @property
    def rows(self) -> int:
        """How many records were read, damaged ones included."""
        return self._assembler.rows

    def batches(self) -> Iterator[TextBatch]:
        """Yield every record of the file, in order."""
        with self._path.open("rb", buffering=0) as file:
            if self._hasher is not None:
                self._hasher.feed(file.read(self._offset))
            end = end_of_records(file.fileno(), self._dialect.footer_lines)
            at = self._offset
            text = b""
            final = False
            while text or not final:
                if not final:
                    # What is left over is read again: less than joining the two would copy.
                    over = len(text)
                    text = os.pread(file.fileno(), over + self._block, at - over)
                    if self._hasher is not None:
                        self._hasher.feed(memoryview(text)[over:])
                    at += len(text) - over
                    final = len(text) <= over or at >= end
                    if at > end:
                        text = text[: max(len(text) - (at - end), 0)]
                    if final and self._hasher is not None:
                        file.seek(at)
                        while data := file.read(self._block):
                            self._hasher.feed(data)
                before = self.rows
                if self._skipping:
                    text = self._skip(text, final=final)
                while text and not self._skipping:
                    made, used = self._take(text, final=final)
                    if made is not None:
                        yield made
                    if not used:
                        break
                    text = text[used:]
                self._on_block(at, self.rows - before)
        self._assembler.ended()
        self._foreign.judge()

    def forget_hasher(self) -> None:
        """Hash nothing more: all bytes were hashed already."""
        self._hasher = None

    def raw(self, lines: Sequence[int]) -> list[str]:
        """Return the records that begin on these physical lines, as they stand in the text."""
        return [self._raw(line) for line in lines]

    def fields(self, raw: str) -> list[str | None]:
        """Return the fields of one record's text; None: an empty one without quotes."""
        if not self._marks.search(raw):
            return [field or None for field in raw.split(self._dialect.delimiter)]
        values = self._grammar.values(raw.encode("utf-8", "surrogateescape"))
        return [
            None if value is None else value.decode(errors="backslashreplace") for value in values
        ]

    def _take(self, text: bytes, *, final: bool) -> tuple[TextBatch | None, int]:
        """Return rows from the beginning of the text, and how much of it they took."""
        window = min(self._window, len(text))
        view = text if window == len(text) else text[:window]
        layout = lay_out(view, self._dialect, final=final and view is text)
        layout = layout.until_endless(self._limits.lines)
        if layout.broken:
            # What is laid out behind a damaged place is laid out again: look no further than
            # the next such place may be.
            self._window = max(2 * layout.end, NARROW)
        if not layout.broken and view is not text and not layout.end:
            self._window *= 4
            return self._take(text, final=final)
        if layout.end:
            if not layout.broken:
                self._window = min(self._window * 4, WHOLE)
            if layout.end > NARROW:
                self._reach = 1
            whole = text if layout.end == len(text) else text[: layout.end]
            made = self._assemble(
                whole,
                layout.starts,
                layout.ends,
                layout.lines,
                self._foreign.damage(layout, self._offset),
                layout.newlines,
                layout.end,
            )
            return made, layout.end
        limit = self._limits.bytes
        if not layout.broken and not final and len(text) <= limit + self._block:
            return None, 0
        found = self._careful.read(text, final=final, reach=self._reach, base=self._offset)
        if not found.end:
            return None, 0
        self._reach = min(self._reach * 8, FARTHEST)
        made = self._assemble(
            text[: found.end],
            found.starts,
            found.ends,
            found.lines,
            found.damage,
            found.newlines,
            found.end,
        )
        self._skipping = (
            not final and found.end == len(text) and not text.endswith(self._grammar.ends)
        )
        return made, found.end

    def _skip(self, text: bytes, *, final: bool) -> bytes:
        """Leave out the rest of the line."""
        end, after = self._grammar.line_end(text, 0)
        self._skipping = end == after
        if self._skipping and text[-1:] == b"\r" and not final:
            # An LF may follow.
            after -= 1
        self._line += count_lines(text[:after])
        self._offset += after
        self._index.append((self._line, self._offset))
        return text[after:]

    def _assemble(
        self,
        text: bytes,
        starts: np.ndarray,
        ends: np.ndarray,
        lines: np.ndarray,
        damage: dict[int, tuple[str, str]],
        newlines: int,
        used: int,
    ) -> TextBatch:
        stretch = Stretch(text, starts, ends, lines + self._line, damage)
        self._habits.see(stretch)
        if len(starts) - 1 in damage:
            self._foreign.last(text[int(starts[-1]) :], int(stretch.lines[-1]))
        else:
            self._foreign.not_last()
        with self._lock:
            self._kept[self._line] = stretch
            self._kept_bytes += len(text)
            while len(self._kept) > KEPT and self._kept_bytes > KEPT * self._block:
                _, evicted = self._kept.popitem(last=False)
                self._kept_bytes -= len(evicted.text)
        self._line += newlines
        self._offset += used
        self._index.append((self._line, self._offset))
        return self._assembler.assemble(stretch)

    def _raw(self, line: int) -> str:
        # The thread that reads goes on while another asks.
        with self._lock:
            stretch = next(
                (self._kept[first] for first in reversed(self._kept) if first <= line), None
            )
        if stretch is None:
            return self._raw_from_file(line)
        index = int(np.searchsorted(stretch.lines, line))
        text = stretch.text[int(stretch.starts[index]) : int(stretch.ends[index])]
        return text.decode(errors="backslashreplace")

    def _raw_from_file(self, line: int) -> str:
        at = bisect_right(self._index, (line, sys.maxsize)) - 1
        if at != self._again:
            offset = self._index[at][1]
            following = self._index[at + 1][1] if at + 1 < len(self._index) else None
            with self._path.open("rb") as file:
                file.seek(offset)
                text = file.read() if following is None else file.read(following - offset)
            _, afters = all_newlines(text)
            self._again, self._again_text, self._again_lines = at, text, afters
        behind = line - self._index[at][0]
        text = self._again_text
        begin = int(self._again_lines[behind - 1]) if behind else 0
        record = self._grammar.record(text, begin)
        return text[begin : record.end].decode(errors="backslashreplace")
