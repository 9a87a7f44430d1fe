"""``csvflow rejects``: rows that were refused, and why."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, command

if TYPE_CHECKING:
    from csvflow.contract import RunRecord

rejects = typer.Typer(no_args_is_help=True)
NOTHING = "no run rejected a row"


@rejects.callback()
@command
def root(common: Common) -> None:
    """Show the rows that were refused, and why.

    For example:

      csvflow rejects list

      csvflow rejects show 7f3a9c
    """
    del common


@rejects.command("list")
@command
def list_(
    common: Common,
    *,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", "-p", help="Only runs of this one.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
) -> None:
    """List the runs that rejected rows, the latest first.

    For example:

      csvflow rejects list -p orders
    """
    from csvflow.cli import prose, screen  # noqa: PLC0415
    from csvflow.services.rejects import list_rejects  # noqa: PLC0415

    found = list_rejects(
        project=common.project, overrides=common.overrides, pipeline=pipeline, limit=limit
    )
    if common.json:
        screen.document(
            {
                "runs": [
                    {
                        "run_id": record.run_id,
                        "pipeline": record.pipeline,
                        "uri": record.uri,
                        "rejects": _rejects(record),
                    }
                    for record in found
                ]
            }
        )
        return
    for record in found:
        told = _rejects(record)
        codes = ", ".join(f"{code} {count:,}" for code, count in dict(told["by_code"]).items())
        name = posixpath.basename(record.uri)
        text = f"{record.pipeline}  {name}: {told['rows']:,} ({codes})"
        prose.say(text, first=f"{record.run_id[:8]}  ", rest=" " * 10)
        screen.say(f"          {screen.near(told['uri'])}")
    if not found:
        screen.say(NOTHING)


@rejects.command("show")
@command
def show(
    common: Common,
    run_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="The run's id, or how it begins; without it the latest with rejects.",
            show_default=False,
        ),
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
) -> None:
    """Show the rows that a run rejected: line, code, column, reason and the record as it came.

    For example:

      csvflow rejects show 7f3a9c --limit 100

      csvflow rejects show 7f3a9c --json
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.rejects import show_rejects  # noqa: PLC0415

    record, found = show_rejects(
        run_id, project=common.project, overrides=common.overrides, limit=limit
    )
    if common.json:
        items = [dataclasses.asdict(item) for item in found]
        ids = {name: getattr(record, name, None) for name in ("run_id", "uri")}
        screen.document({**ids, "rejects": items})
        return
    if record is None or not found:
        screen.say(NOTHING if record is None else f"run {record.run_id[:8]} rejected no row")
        return
    name = posixpath.basename(record.uri)
    for item in found:
        where = f"{name}:{item.line}" if item.line is not None else name
        column = f" column `{item.column}`:" if item.column else ""
        screen.say(f"{where}:{column} {item.reason} ({item.code})")
        screen.say(f"    {item.raw}")
    total = int(_rejects(record)["rows"])
    if total > len(found):
        screen.note(f"{len(found):,} of {total:,}; --limit shows more; all of them are in")
        screen.note(f"  {screen.near(_rejects(record)['uri'])}")


def _rejects(record: RunRecord) -> dict[str, Any]:
    return dict((record.report or {})["rejects"])
