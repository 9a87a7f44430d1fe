"""``csvflow init``: a pipeline for a file, found out from all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import (
    Common,
    CsvKeys,
    LogLevel,
    TheFile,
    command,
    on_terminal,
    pairs,
)

if TYPE_CHECKING:
    from csvflow.services.init import Written


MOST = 60
"""So many columns are shown; all of them stand in the file."""


@command
def init(
    common: Common,
    file: TheFile,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Load there: a file, a folder/, or a database::table. Default: out/NAME.db.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write a pipeline anew that is there already.")
    ] = False,
    csv: CsvKeys = None,
) -> int:
    """Write a pipeline that loads a file as it stands.

    The whole file is read: each column gets the narrowest type that loses nothing of any value,
    and the constraints that hold for all of them. What can't be known is left to you, in
    comments. The pipeline is pipelines/NAME.yaml; its test case is made of the first rows, and
    what seems personal there is made up. After changes `csvflow test --update` writes what came.

    For example:

      csvflow init landing/orders-2026-07.csv

      csvflow init orders.csv --to 'postgresql://localhost/shop::orders'

      csvflow init export.txt --csv encoding=cp1252 --csv header=none --force

      csvflow init statement.csv --csv preamble=6 --csv footer=1
    """
    from csvflow.cli import bar, screen  # noqa: PLC0415
    from csvflow.services.files import expand  # noqa: PLC0415

    given = pairs(csv or [], "--csv")
    common.start_logs(usually=LogLevel.warning)
    found = expand([file])
    if found.missing:
        raise found.missing[0]
    if len(found.files) > 1:
        raise typer.BadParameter("names several files; one is enough", param_hint="'FILE'")
    from csvflow.services.init import init as made  # noqa: PLC0415
    from csvflow.services.wiring import project_of  # noqa: PLC0415

    with bar.progress(shown=on_terminal() and not common.quiet) as progress:
        written = made(
            found.files[0],
            to=to,
            project=project_of(common.project),
            csv=given,
            force=force,
            progress=progress,
        )
    if common.json:
        screen.document(_data(written))
    elif not common.quiet:
        _show(written, file)
    return 0


def _show(written: Written, file: str) -> None:
    from csvflow.cli import grid, screen  # noqa: PLC0415
    from csvflow.services.proposal import counted  # noqa: PLC0415

    rows = counted(written.rows - sum(written.damaged.values()))
    screen.say(f"{screen.near(str(written.path))}: written, from {rows} of {file}")
    shown = written.columns[:MOST]
    width = max(len(grid.cut(one.column.name)) for one in shown)
    for one in shown:
        notes = f"   # {'; '.join(one.notes)}" if one.notes else ""
        screen.say(f"  {grid.cut(one.column.name):<{width}}  {one.column.short()}{notes}")
    if len(written.columns) > MOST:
        screen.say(f"  + {len(written.columns) - MOST:,} more columns")
    for note in written.notes:
        screen.note(f"note: {note}")
    if written.damage:
        screen.note(f"warning: {written.damage}")
    if written.untested:
        screen.note(f"note: no test case: {written.untested}")
    screen.say("next:")
    if not written.untested:
        screen.say(f"  csvflow test {written.name}")
    screen.say(f"  csvflow run {file} -p {written.name}")


def _data(written: Written) -> dict[str, Any]:
    return {
        "pipeline": str(written.path),
        "name": written.name,
        "source": written.source,
        "rows": written.rows,
        "damaged": dict(written.damaged),
        "dialect": dict(written.dialect),
        "columns": [
            {
                "name": one.column.name,
                "header": one.header,
                "declared": one.column.short(),
                "notes": list(one.notes),
                "personal": one.personal,
            }
            for one in written.columns
        ],
        "notes": list(written.notes),
        "untested": written.untested,
    }
