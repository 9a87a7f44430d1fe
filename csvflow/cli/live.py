"""What a watch shows: on a terminal a live table, with ``--json`` one line an input."""

from __future__ import annotations

import json
import posixpath
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from csvflow.cli import screen, summary
from csvflow.core.printable import json_safe, plain

if TYPE_CHECKING:
    from csvflow.core.report import RunReport

LATEST = 10
"""Inputs in the live table."""


@contextmanager
def live(*, shown: bool, as_json: bool) -> Iterator[Callable[[RunReport], None]]:
    """Give what the watch tells of each input."""
    if as_json:
        yield _print_line
        return
    if not shown:
        yield summary.tell_error
        return
    from rich.live import Live  # noqa: PLC0415

    table = _Table()
    with Live(table.drawn(), console=screen.err(), auto_refresh=False) as display:

        def on_report(run: RunReport) -> None:
            summary.tell_error(run)
            table.add(run)
            display.update(table.drawn(), refresh=True)

        yield on_report


def _print_line(run: RunReport) -> None:
    line = json.dumps(plain(run.model_dump(mode="json")), ensure_ascii=False)
    sys.stdout.write(json_safe(line) + "\n")
    sys.stdout.flush()


class _Table:
    """The latest inputs, and sums since the start."""

    def __init__(self) -> None:
        self._latest: deque[RunReport] = deque(maxlen=LATEST)
        self._outcomes: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()

    def add(self, run: RunReport) -> None:
        """Take an input that ended."""
        self._latest.append(run)
        self._outcomes[run.outcome] += 1
        self._rows.update(run.rows.model_dump())

    def drawn(self) -> Any:
        """Return what rich draws."""
        from rich.table import Table  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
        for name in ("input", "pipeline", "outcome"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        for name in ("loaded", "rejected", "time"):
            table.add_column(name, justify="right", no_wrap=True)
        for run in self._latest:
            table.add_row(
                screen.text(posixpath.basename(run.uri)),
                screen.text(run.pipeline),
                screen.text(run.outcome, summary.STYLES[run.outcome]),
                f"{run.rows.loaded:,}",
                f"{run.rows.rejected:,}",
                summary.duration(run.duration_secs),
            )
        ended = ", ".join(f"{count:,} {name}" for name, count in sorted(self._outcomes.items()))
        table.caption = f"watching; {ended or 'nothing yet'}; Ctrl-C ends it"
        table.caption_justify = "left"
        return table
