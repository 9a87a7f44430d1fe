"""Text for people at any width: paragraphs wrapped, Markdown's marks taken away."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from textwrap import wrap

from csvflow.cli import screen
from csvflow.core.printable import plain, printable

PIPED = 80
"""Columns where no terminal says how many it has."""
_BAR = re.compile(r"(?<!\\)\|")
WIDEST = 100
"""Lines longer than that are hard to read."""


def width() -> int:
    """Return how many columns a line may take."""
    return min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else PIPED


def counted(count: int, thing: str) -> str:
    """Return how many of a thing there are: ``1 row``, ``2,903 rows``."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def fold(text: str, *, first: str = "", rest: str = "") -> list[str]:
    """Return the text as lines, the first one after ``first``, the others after ``rest``."""
    return wrap(
        printable(plain(text)),
        width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str, *, first: str = "", rest: str = "") -> None:
    """Print the text as lines of a result."""
    for line in fold(text, first=first, rest=rest):
        screen.say(line)


def listed(items: list[tuple[str, str]]) -> None:
    """Print names and, beside them, what they mean."""
    column = max((len(name) for name, _ in items), default=0)
    for name, text in items:
        say(text, first=f"{name:{column}}  ", rest=" " * (column + 2))


def markdown(source: str, indent: str = "") -> None:
    """Print paragraphs, lists and blocks of code as plain text."""
    for at, block in enumerate(_blocks(source)):
        if at:
            screen.say()
        if block[0].startswith("```"):
            for line in block[1:-1]:
                screen.say(f"{indent}    {line}")
            continue
        if block[0].startswith("| "):
            _table(block)
            continue
        for item in _items(block):
            text = item.lstrip("#").lstrip().replace("**", "").replace("``", "`")
            inner = "  " if text.startswith(("* ", "- ")) else ""
            say(text, first=indent, rest=indent + inner)


def _table(block: list[str]) -> None:
    """Print a table: a column without a head explains the first; others are told by cell."""
    head, _, *rows = [[cell.strip() for cell in _BAR.split(line)[1:-1]] for line in block]
    column = max((len(_bare(row[0])) for row in rows), default=0)
    rest = " " * (column + 2)
    for name, *cells in rows:
        first = f"{_bare(name):{column}}  "
        if head[-1]:
            say(_by_cell(head[1:], cells), first=first, rest=rest)
            continue
        *more, text = cells
        short = [
            f"default {cell}" if cell.startswith("`") and at else cell
            for at, cell in enumerate(more)
            if cell
        ]
        if short:
            say(", ".join(short), first=first, rest=rest)
            first = rest
        say(text, first=first, rest=rest)


def _by_cell(heads: list[str], cells: list[str]) -> str:
    told = [
        f"{cell} as {_bare(head)}" for head, cell in zip(heads, cells, strict=True) if cell != "-"
    ]
    return ", ".join(told + ["else -"] * (len(told) < len(cells))) if told else "-"


def _bare(cell: str) -> str:
    return _unbarred(cell).replace("`", "")


def _unbarred(cell: str) -> str:
    return cell.replace("\\|", "|")


def _blocks(source: str) -> Iterator[list[str]]:
    """Yield what blank lines part; a block of code is one."""
    block: list[str] = []
    code = False
    for line in source.strip().split("\n"):
        code ^= line.startswith("```")
        if line.strip() or code:
            block.append(line)
        elif block:
            yield block
            block = []
    yield block


def _items(block: list[str]) -> Iterator[str]:
    """Yield the items of a list, or the one paragraph."""
    text = ""
    for line in block:
        if line.startswith(("* ", "- ")) and text:
            yield text
            text = ""
        text = f"{text} {line}" if text else line
    yield text
