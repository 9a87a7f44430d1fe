"""``csvflow ls``: what stands at the sources."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, LogLevel, Pipelines, command

if TYPE_CHECKING:
    from csvflow.contract import CsvflowError
    from csvflow.services.inputs import Input

HELD = 100_000
"""So many lines are put into the order of their names; a listing of millions is never held."""


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

    An object that some pipeline takes is filtered only by those whose pattern it matches too; one
    that none takes has one line. With -p or --json all are told that the listing shows.

    For example:

      csvflow ls

      csvflow ls -p pipelines/orders.yaml --why

      csvflow ls --json --limit 1000
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.services.inputs import list_inputs  # noqa: PLC0415

    common.start_logs(usually=LogLevel.warning)
    counts: Counter[str] = Counter()
    errors: list[CsvflowError] = []

    def fail(error: CsvflowError) -> None:
        errors.append(error)
        screen.complain(str(error))

    found = list_inputs(
        pipeline,
        project=common.project,
        overrides=common.overrides,
        on_error=fail,
        folded=not common.json,
    )
    listing = _Document() if common.json else _Lines(why=why)
    for item in islice(found, limit):
        counts[item.state] += 1
        listing.add(item)
    complete = next(found, None) is None and not errors
    listing.end(counts, complete=complete, errors=errors)
    return exits.gravest(map(exits.of_error, errors))


class _Lines:
    """A line for each, in the order of the names; beyond ``HELD`` as they come."""

    def __init__(self, *, why: bool) -> None:
        self._why = why
        self._held: list[Input] | None = []
        self._width = 0

    def add(self, item: Input) -> None:
        """Print one, or keep it for later."""
        if self._held is None:
            self._print(item)
            return
        self._held.append(item)
        if len(self._held) == HELD:
            self._flush()

    def end(self, counts: Counter[str], *, complete: bool, errors: Sequence[CsvflowError]) -> None:
        """Print what is kept, and the sums."""
        from csvflow.cli import screen  # noqa: PLC0415

        self._flush()
        if errors:
            return
        told = ", ".join(f"{count:,} {state}" for state, count in counts.most_common())
        more = "" if complete else "; there are more"
        screen.note(f"{counts.total():,} seen{': ' if told else ''}{told}{more}")

    def _flush(self) -> None:
        held, self._held = self._held or [], None
        self._width = max((len(item.pipeline) for item in held), default=0)
        for item in sorted(held, key=lambda item: (item.uri, item.pipeline)):
            self._print(item)

    def _print(self, item: Input) -> None:
        from csvflow.cli import screen  # noqa: PLC0415

        size = "-" if item.size is None else f"{item.size:,}"
        when = "-" if item.modified_at is None else f"{item.modified_at:%Y-%m-%d %H:%M}"
        why = f"  ({item.why})" if self._why else ""
        pipeline = f"{item.pipeline:{self._width}}"
        name = screen.near(item.uri)
        screen.say(f"{item.state:13}  {pipeline}  {size:>14}  {when:16}  {name}{why}")


class _Document:
    """One JSON document, written as its items come."""

    def __init__(self) -> None:
        self._before = '{"inputs": ['

    def add(self, item: Input) -> None:
        """Print one."""
        self._write(f"{self._before}\n  {_text(asdict(item))}")
        self._before = ","

    def end(self, counts: Counter[str], *, complete: bool, errors: Sequence[CsvflowError]) -> None:
        """Print what comes last, also after an error."""
        from csvflow.core.report import ErrorReport  # noqa: PLC0415

        if self._before != ",":
            self._write(self._before)
        told = [ErrorReport.of(error).model_dump() for error in errors]
        self._write(
            f'\n], "counts": {_text(dict(counts))}, "complete": {_text(complete)},'
            f' "errors": {_text(told)}}}\n'
        )

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)


def _text(value: Any) -> str:
    from csvflow.core.printable import json_safe, plain  # noqa: PLC0415

    return json_safe(json.dumps(plain(value), ensure_ascii=False))
