"""Newlines outside quotes that end no record: in which records they stand, and if all end so.

In a file whose records end in LF or CRLF a lone CR is a part of what was typed, as a lone LF is in
one with CR. What is before and behind it belongs to one record, which nothing marks as whole.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csvflow.contract import InputError
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar
from csvflow.core.intake.layout import Layout
from csvflow.core.intake.line_ends import CR
from csvflow.core.intake.shape import MANY

SEEN = 3
"""So many lines in a row with the header's width are records."""
Damage = tuple[str, str]
"""A code and a reason."""


def foreign(offset: int, byte: int) -> Damage:
    """Return what is wrong with a record that has such a newline at that byte of the file."""
    name = "CR" if byte == CR else "LF"
    reason = f"a lone {name} stands outside quotes, at byte {offset:,}: records end otherwise here"
    return "row.newline", reason


class Foreign:
    """Watches for such newlines in one input."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._byte = {"cr": b"\n", "mixed": b""}.get(dialect.newline, b"\r")
        self._lines = Grammar(replace(dialect, newline="mixed"))
        self._width = width
        self._line = 0
        self._count = 0

    def damage(self, layout: Layout, base: int) -> dict[int, Damage]:
        """Return the records with such newlines; ``base``: the offset of the text in the file."""
        places = layout.foreign[layout.foreign < layout.end]
        if not len(places):
            return {}
        owners = np.searchsorted(layout.starts, places, side="right") - 1
        hurt, firsts = np.unique(owners, return_index=True)
        byte = self._byte[0]
        found = zip(hurt.tolist(), places[firsts].tolist(), strict=True)
        return {index: foreign(base + place, byte) for index, place in found}

    def last(self, text: bytes, line: int) -> None:
        """Take note of a damaged record that is the last one so far."""
        self._count = text.count(self._byte) - text.count(b"\r\n") if self._byte else 0
        self._line = line if self._count >= MANY and self._are_records(text) else 0

    def not_last(self) -> None:
        """Take note that the last record so far is sound."""
        self._line = 0

    def judge(self) -> None:
        """Raise ``InputError`` if the records end otherwise from some line to the last."""
        if not self._line:
            return
        name = "CR" if self._byte == b"\r" else "LF"
        raise InputError(
            "input.layout-changed",
            f"from line {self._line:,} to the end the records end in {name} alone, {self._count:,}"
            " times; above they don't",
            hint="`csv: {newline: mixed}` lets LF, CRLF and CR end a record; nothing was loaded",
        )

    def _are_records(self, text: bytes) -> bool:
        _, at = self._lines.line_end(text, 0)
        for _ in range(SEEN):
            record = self._lines.record(text, at)
            if record.state != "ok" or len(record.fields) != self._width:
                return False
            at = record.after
        return True
