"""``csvflow preview``: what the steps make of the first rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, CsvKeys, LogLevel, TheFile, ThePipeline, command, pairs

if TYPE_CHECKING:
    from csvflow.services.preview import Preview, Stage


@command
def preview(
    common: Common,
    file: TheFile,
    *,
    pipeline: ThePipeline = None,
    step: Annotated[
        int | None,
        typer.Option("--step", min=0, help="Only the rows after this one; 0: the typed columns."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many rows and rejects to show.")
    ] = 20,
    whole: Annotated[
        bool, typer.Option("--all", help="Read all records, not only the first 10,000.")
    ] = False,
    to: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="As `run --to`: every column is text.")
    ] = None,
    csv: CsvKeys = None,
) -> None:
    """Show the rows after each step, and those that would be rejected.

    Nothing is written: no sink, no ledger, no rejects. A file that no pipeline takes is shown
    as it is read. Unless `--all`, only the first 10,000 records are looked at, also by steps
    that need every row.

    For example:

      csvflow preview sample_data/orders.csv

      csvflow preview orders.csv -p pipelines/orders.yaml --step 2 --limit 5

      csvflow preview strange.csv --csv delimiter=tab --csv header=none --json
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.preview import preview as previewed  # noqa: PLC0415
    from csvflow.services.run import Order  # noqa: PLC0415

    common.start_logs(usually=LogLevel.warning)
    order = Order(
        files=[file],
        project=common.project,
        pipeline=pipeline,
        to=to,
        csv=pairs(csv or [], "--csv"),
        overrides=common.overrides,
    )
    found = previewed(file, order, limit=limit, step=step, whole=whole)
    if common.json:
        screen.document(_document(found))
    else:
        _show(found)


def _document(found: Preview) -> dict[str, Any]:
    return {
        "pipeline": found.pipeline,
        "uri": found.uri,
        "dialect": found.dialect,
        "read": found.read,
        "complete": found.complete,
        "steps": [
            {
                "step": stage.step,
                "name": stage.name,
                "columns": [{"name": name, "type": kind} for name, kind in stage.columns],
                "counts": _counts(stage),
                "rows": [{"line": row.line, "values": list(row.values)} for row in stage.rows],
            }
            for stage in found.stages
        ],
        "rejected": found.rejected,
        "rejects": [asdict(item) for item in found.rejects],
        "notes": list(found.notes),
    }


def _counts(stage: Stage) -> dict[str, int]:
    counts = asdict(stage.counts)
    del counts["name"]
    return {"in": counts.pop("rows_in"), **counts}


def _show(found: Preview) -> None:
    from csvflow.cli import grid, prose, screen  # noqa: PLC0415

    for stage in found.stages:
        counts = _counts(stage)
        told = [
            prose.counted(counts["out"], "row"),
            *(
                f"{counts[name]:,} {name}"
                for name in ("rejected", "dropped", "folded", "added")
                if counts[name]
            ),
        ]
        screen.say(f"{stage.name}: {', '.join(told)}")
        grid.show(stage.columns, [row.values for row in stage.rows], [r.line for r in stage.rows])
        screen.say()
    if found.rejects:
        screen.say(f"would be rejected: {found.rejected:,}")
        for item in found.rejects:
            line = "a row" if item.line is None else f"line {item.line}"
            column = f", column `{item.column}`" if item.column else ""
            screen.say(f"  {line}{column}, {item.step}, {item.code}: {item.reason}")
        screen.say()
    for note in found.notes:
        screen.note(f"note: {note}")
    if not found.complete:
        looked = prose.counted(found.read, "record")
        screen.note(f"looked at the first {looked}; --all looks at every one")
    if not found.read:
        screen.say("the file has no rows")
