"""``csvflow ls``: what stands at the sources."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, LogLevel, Pipelines, command

if TYPE_CHECKING:
    from csvflow.contract import CsvflowError
    from csvflow.services.inputs import Input


@command
def ls(
    common: Common,
    *,
    pipeline: Pipelines = None,
    why: Annotated[bool, typer.Option("--why", help="Say of each what decided that.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Stop after so many.")
    ] = None,
) -> int:
    """List what stands at the sources, and the state of each.

    It is new, changed, running, done, failed, filtered or not ready, for instance. Nothing is read
    but the listing, and nothing is changed. `batch` takes what is new or changed, and what failed
    while attempts are left.

    For example:

      csvflow ls

      csvflow ls -p pipelines/orders.yaml --why

      csvflow ls --json --limit 1000
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.contract import CsvflowError  # noqa: PLC0415
    from csvflow.services.inputs import list_inputs  # noqa: PLC0415

    common.start_logs(usually=LogLevel.warning)
    counts: Counter[str] = Counter()
    found = list_inputs(pipeline, project=common.project, overrides=common.overrides)
    listing = _Document() if common.json else _Lines(why=why)
    error: CsvflowError | None = None
    complete = False
    try:
        for item in islice(found, limit):
            counts[item.state] += 1
            listing.add(item)
        complete = next(found, None) is None
    except CsvflowError as raised:
        error = raised
        screen.complain(str(raised))
    listing.end(counts, complete=complete, error=error)
    return exits.OK if error is None else exits.of_error(error)


class _Lines:
    """A line for each, as they come: a listing of millions is never held."""

    def __init__(self, *, why: bool) -> None:
        self._why = why

    def add(self, item: Input) -> None:
        """Print one."""
        from csvflow.cli import screen  # noqa: PLC0415

        size = "-" if item.size is None else f"{item.size:,}"
        when = "-" if item.modified_at is None else f"{item.modified_at:%Y-%m-%d %H:%M}"
        why = f"  ({item.why})" if self._why else ""
        screen.say(
            f"{item.state:13}  {item.pipeline}  {size:>14}  {when:16}  {screen.near(item.uri)}{why}"
        )

    def end(self, counts: Counter[str], *, complete: bool, error: CsvflowError | None) -> None:
        """Print the sums."""
        from csvflow.cli import screen  # noqa: PLC0415

        if error is not None:
            return
        told = ", ".join(f"{count:,} {state}" for state, count in counts.most_common())
        more = "" if complete else "; there are more"
        screen.note(f"{counts.total():,} seen{': ' if told else ''}{told}{more}")


class _Document:
    """One JSON document, written as its items come."""

    def __init__(self) -> None:
        self._before = '{"inputs": ['

    def add(self, item: Input) -> None:
        """Print one."""
        self._write(f"{self._before}\n  {_text(asdict(item))}")
        self._before = ","

    def end(self, counts: Counter[str], *, complete: bool, error: CsvflowError | None) -> None:
        """Print what comes last, also after an error."""
        from csvflow.core.report import ErrorReport  # noqa: PLC0415

        if self._before != ",":
            self._write(self._before)
        errors = [] if error is None else [ErrorReport.of(error).model_dump()]
        self._write(
            f'\n], "counts": {_text(dict(counts))}, "complete": {_text(complete)},'
            f' "errors": {_text(errors)}}}\n'
        )

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)


def _text(value: Any) -> str:
    from csvflow.core.printable import json_safe, plain  # noqa: PLC0415

    return json_safe(json.dumps(plain(value), ensure_ascii=False))
