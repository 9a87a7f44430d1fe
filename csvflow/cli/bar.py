"""How far a run is, on a terminal: rows, MB/s, time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from csvflow.cli import screen
from csvflow.core.printable import printable
from csvflow.core.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


@contextmanager
def progress(*, shown: bool) -> Iterator[Progress]:
    """Give what the services tell their progress; a bar on stderr where it is to be shown."""
    if not shown:
        yield Silent()
        return
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]:,} rows"),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
    )
    with RichProgress(*columns, console=screen.err(), transient=True) as bars:
        yield Bar(bars)


class Bar:
    """One bar: that of the input which is being read."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._rows = 0

    def begin(self, name: str, total_bytes: int | None) -> None:
        """Start the bar anew for an input."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._rows = 0
        shown = printable(name)
        self._task = self._bars.add_task(shown, total=total_bytes, rows=0, doing="")

    def advance(self, read_bytes: int, rows: int) -> None:
        """Move it on."""
        if self._task is not None:
            self._rows += rows
            self._bars.update(self._task, advance=read_bytes, rows=self._rows)

    def phase(self, name: str) -> None:
        """Show what is being done."""
        if self._task is not None:
            self._bars.update(self._task, doing=name)
