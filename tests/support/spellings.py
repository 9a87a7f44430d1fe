"""The ways in which a table can be written as text, and one writer for all of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

DELIMITERS = (",", ";", "\t", "|", " ", ":", ", ", "; ", "||", "::", ";;", "~|~", "\t|\t", " | ")


@dataclass(frozen=True)
class Spelling:
    delimiter: str = ","
    newline: str = "\n"
    """``mixed``: each record ends as it likes."""
    quote: str | None = '"'
    quoting: str = "minimal"
    """``all``, ``minimal`` or ``none``."""
    escape: str = "doubled"
    """``doubled``, ``backslash`` or ``none``."""
    encoding: str = "utf-8"
    header: tuple[tuple[str, ...], ...] = ()
    preamble: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    """Lines that stand between records, the first one above the header."""
    trailing: bool = False
    final_newline: bool = True
    seed: int = field(default=0, repr=False)

    def can_hold(self, cell: str) -> bool:
        """Whether there is a way to write the cell."""
        if self.quoting == "none" and self.escape != "backslash":
            marks = (self.delimiter, *self.delimiter.strip(), "\r", "\n")
            return (
                not any(mark in cell for mark in marks)
                and cell == cell.strip()
                and cell[:1] not in ("'", '"')
            )
        return self.escape != "none" or self.quote is None or self.quote not in cell

    def held(self, names, rows, *, numbers="id"):
        """Return the columns that can be written, and others where less than two are left."""
        kept = [
            at
            for at, column in enumerate(zip(names, *rows, strict=True))
            if all(map(self.can_hold, column))
        ]
        names = [names[at] for at in kept]
        rows = [[row[at] for at in kept] for row in rows]
        if len(names) < 2 or (numbers and numbers not in names):
            names += ["nr", "age"]
            rows = [[*row, str(n), str(n * 7 % 60)] for n, row in enumerate(rows, 1)]
        return tuple(names), [tuple(row) for row in rows]

    def parts(self, line: str) -> int:
        """Return into how many fields the delimiter parts a remark."""
        return line.count(self.delimiter) + 1

    @property
    def told(self):
        """What `csv:` says of a file that is spelled so."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "quote": self.quote if self.quote is not None and self.quoting != "none" else "none",
            "escape": "\\" if self.escape == "backslash" else "none",
            "doubled": self.escape != "backslash",
            "header": len(self.header) or "none",
            "preamble": len(self.preamble),
            "footer": len(self.footer),
            "comment": "#" if self.comments else "none",
            "trailing": "drop" if self.trailing else "keep",
        }

    def is_quoted(self, cell: str, *, first: bool) -> bool:
        if self.quote is None or self.quoting == "none":
            return False
        if self.quoting == "all":
            return True
        ends = range(1, len(self.delimiter))
        return (
            any(mark in cell for mark in (self.delimiter, self.quote, "\r", "\n"))
            or any(cell.endswith(self.delimiter[:n]) for n in ends)
            or any(cell.startswith(self.delimiter[-n:]) for n in ends)
            or cell != cell.strip()
            or (first and cell.startswith("#") and bool(self.comments))
        )

    def cell(self, cell: str, *, first: bool) -> str:
        backslash = self.escape == "backslash"
        if backslash:
            cell = cell.replace("\\", "\\\\")
        if self.is_quoted(cell, first=first):
            escaped = "\\" + self.quote if backslash else self.quote * 2
            return self.quote + cell.replace(self.quote, escaped) + self.quote
        if backslash:
            marks = []
            if self.quoting == "none":
                marks = [*(self.delimiter.strip() or self.delimiter), "\r\n", "\r", "\n"]
            if self.quote is not None:
                marks.append(self.quote)
            cell = _escaped(cell, marks)
        return cell

    def record(self, row) -> str:
        cells = [self.cell(cell, first=not at) for at, cell in enumerate(row)]
        return self.delimiter.join(cells) + (self.delimiter if self.trailing else "")

    def write(self, rows) -> bytes:
        dice = random.Random(self.seed)
        lines = [*self.preamble]
        lines += self.comments[:1]
        lines += map(self.record, self.header)
        body = list(map(self.record, rows))
        for comment in self.comments[1:]:
            body.insert(dice.randrange(len(body) + 1), comment)
        lines += body
        lines += self.footer
        ends = ["\n", "\r\n", "\r"] if self.newline == "mixed" else [self.newline]
        text = "".join(line + dice.choice(ends) for line in lines)
        if not self.final_newline:
            text = text.removesuffix("\n").removesuffix("\r")
        return text.encode(self.encoding)

    def expected(self, rows):
        """Return the rows as they are read: an empty field without quotes is no value."""
        return [
            tuple(
                cell or ("" if self.is_quoted(cell, first=not at) else None)
                for at, cell in enumerate(row)
            )
            for row in rows
        ]


def _escaped(cell: str, marks: list[str]) -> str:
    made, at = "", 0
    while at < len(cell):
        mark = next((mark for mark in marks if cell.startswith(mark, at)), None)
        made += "\\" + mark if mark else cell[at]
        at += len(mark) if mark else 1
    return made
