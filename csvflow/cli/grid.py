"""Cells from files as a table: what doesn't fit is cut, and said to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csvflow.cli import screen

CELL = 32
"""The widest that a cell is shown."""
MARGIN = 8


def show(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    lines: Sequence[int | None],
) -> None:
    """Print rows under their names and types, as many columns as are wide enough for."""
    from rich.table import Table  # noqa: PLC0415

    console = screen.out()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("line", justify="right", no_wrap=True, style="dim")
    texts = [[cell(value) for value in row] for row in rows]
    room = console.width - MARGIN
    fit = 0
    for at, (name, kind) in enumerate(columns):
        longest = max([len(cut(name)), len(kind), *(len(row[at]) for row in texts)])
        room -= longest + 2
        if room < 0 and fit:
            break
        fit += 1
    for name, kind in columns[:fit]:
        head = screen.text(cut(name))
        head.append(f"\n{kind}", "dim")
        right = kind.startswith(("int", "float", "decimal"))
        table.add_column(head, justify="right" if right else "left", no_wrap=True)
    for line, row in zip(lines, texts, strict=True):
        shown = [screen.text(text, "dim" if text == "null" else "") for text in row[:fit]]
        table.add_row("-" if line is None else str(line), *shown)
    console.print(table)
    if fit < len(columns):
        left = ", ".join(cut(name) for name, _ in columns[fit:][:10])
        more = ", …" if len(columns) - fit > 10 else ""  # noqa: PLR2004 - names that fit a line
        screen.say(f"  + {len(columns) - fit} more columns: {left}{more}")


def cell(value: object, width: int = CELL) -> str:
    """Return a value for people: null and the empty text are told apart, long ones cut."""
    if value is None:
        return "null"
    if value == "":
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    return cut(str(value), width)


def cut(text: str, width: int = CELL) -> str:
    """Return the text made safe to show, and cut at a width."""
    from csvflow.core.printable import printable  # noqa: PLC0415

    safe = printable(text[: width + 1])
    return safe if len(safe) <= width else f"{safe[: width - 1]}…"
