"""``csvflow runs``: what was tried and how it ended."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from csvflow.cli.options import Common, command

if TYPE_CHECKING:
    from csvflow.contract import RunRecord

runs = typer.Typer()


@runs.callback(invoke_without_command=True)
@command
def list_(
    common: Common,
    *,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", "-p", help="Only runs of this one.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only runs in it, e.g. failed.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
) -> None:
    """List runs, the latest first.

    For example:

      csvflow runs

      csvflow runs --state failed --json

      csvflow runs show 7f3a9c
    """
    from csvflow.cli import screen, summary  # noqa: PLC0415
    from csvflow.contract.ledger import State  # noqa: PLC0415
    from csvflow.services.runs import list_runs  # noqa: PLC0415

    if state is not None and state not in get_args(State):
        known = ", ".join(get_args(State))
        raise typer.BadParameter(
            f"`{state}` is no state; there are {known}", param_hint="'--state'"
        )
    found = list_runs(
        project=common.project,
        overrides=common.overrides,
        pipeline=pipeline,
        state=state,
        limit=limit,
    )
    if common.json:
        screen.document({"runs": [record.model_dump(mode="json") for record in found]})
        return
    if not found:
        screen.say("no runs yet")
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("run", "pipeline", "input", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("loaded", "rejected", "when (UTC)"):
        table.add_column(name, justify="right", no_wrap=True)
    for record in found:
        table.add_row(
            record.run_id[:8],
            screen.text(record.pipeline),
            screen.text(posixpath.basename(record.uri)),
            screen.text(record.state, summary.STYLES.get(record.state, "")),
            _count(record, "loaded"),
            _count(record, "rejected"),
            f"{record.attempted_at:%Y-%m-%d %H:%M:%S}",
        )
    screen.out().print(table)


@runs.command("show")
@command
def show(
    common: Common,
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The run's id, or how it begins.")],
) -> None:
    """Show one run: its input, its balance, its sinks, its attempts.

    For example:

      csvflow runs show 7f3a9c

      csvflow runs show 7f3a9c --json
    """
    from csvflow.cli import screen, summary  # noqa: PLC0415
    from csvflow.services.runs import show_run  # noqa: PLC0415

    shown = show_run(run_id, project=common.project, overrides=common.overrides)
    record = shown.record
    if common.json:
        screen.document(
            {
                "run": record.model_dump(mode="json"),
                "attempts": [dict(item) for item in shown.attempts],
            }
        )
        return
    for name, value in (
        ("run", record.run_id),
        ("pipeline", record.pipeline),
        ("input", record.uri),
        ("version", record.version),
        ("content", record.content_hash or "-"),
        ("state", record.state),
        ("attempt", f"{record.attempt} (generation {record.generation})"),
    ):
        screen.say(f"{name:9} {value}")
    summary.show_stored(record.report)
    for item in shown.attempts:
        _attempt(item, record.uri)


def _attempt(item: Mapping[str, Any], uri: str) -> None:
    from csvflow.cli import prose, screen, summary  # noqa: PLC0415

    when = str(item["started_at"])[:19].replace("T", " ")
    screen.say(f"attempt {item['attempt']}: {item['state']}, {when} UTC")
    if item.get("rows") and (told := summary.counted(item["rows"], zeros=False)):
        screen.say(f"  {told}")
    error = item.get("error")
    if error:
        place = f"{error['place']}: " if error.get("place") not in {None, uri} else ""
        prose.say(f"{error['code']}: {place}{error['message']}", first="  ", rest="    ")
        if error.get("hint"):
            screen.say(f"  hint: {error['hint']}")


def _count(record: RunRecord, name: str) -> str:
    rows = (record.report or {}).get("rows") or {}
    return f"{rows[name]:,}" if name in rows else "-"
