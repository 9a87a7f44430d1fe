"""``csvflow plan``: what a run would change, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, CsvKeys, LogLevel, TheFile, ThePipeline, command, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csvflow.contract import Comparison
    from csvflow.services.plan import Plan, Planned

WIDE = 80
SKIPPED = {
    "unchanged": "its content was loaded last under this name",
    "duplicate": "its content was loaded under another name, and `duplicate: skip`",
    "empty": "it is empty",
}
COUNTS = ("inserted", "updated", "unchanged", "removed", "folded")


@command
def plan(
    common: Common,
    file: TheFile,
    *,
    pipeline: ThePipeline = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="URL", help="Load there: a file, a folder/, or a database::table."
        ),
    ] = None,
    csv: CsvKeys = None,
) -> int:
    """Compare what a run would load with the targets as they are.

    Nothing is written. Tells for each sink how many rows would be inserted, updated (with examples
    for each column), left as they are or removed, and what would be created. The whole file is
    read. A table's own constraints and triggers aren't tried.

    For example:

      csvflow plan sample_data/orders.csv

      csvflow plan in/orders-07.csv -p pipelines/orders.yaml --json

      csvflow plan orders.csv --to 'sqlite:///shop.db::orders'
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.services.plan import plan as planned  # noqa: PLC0415
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
    found = planned(file, order)
    errors = [one for one in (found.error, *(sink.error for sink in found.sinks)) if one]
    for error in errors:
        screen.complain(str(error))
    if common.json:
        screen.document(_document(found))
    else:
        _show(found, file)
    if errors:
        return min(map(exits.of_error, errors))
    return exits.OK if found.allowed else exits.FAILED


def _document(found: Plan) -> dict[str, Any]:
    from csvflow.core.report import ErrorReport  # noqa: PLC0415

    return {
        "pipeline": found.pipeline,
        "uri": found.uri,
        "run_id": found.run_id,
        "known": found.known,
        "skipped": found.skipped,
        "rows": found.rows.model_dump(),
        "rejects": {
            "rows": found.rows.rejected,
            "by_code": found.by_code,
            "max": found.max_rejects,
            "allowed": found.allowed,
        },
        "sinks": [
            {
                "part": sink.part,
                "type": sink.type,
                "target": sink.target,
                "committed": sink.committed,
                **_compared(sink.comparison),
                "error": ErrorReport.of(sink.error).model_dump() if sink.error else None,
            }
            for sink in found.sinks
        ],
        "error": ErrorReport.of(found.error).model_dump() if found.error else None,
    }


def _compared(found: Comparison | None) -> dict[str, Any]:
    if found is None:
        return {"creates": None, "replaces": None, **dict.fromkeys(COUNTS), "columns": None}
    return {
        "creates": list(found.creates),
        "replaces": list(found.replaces),
        **{name: getattr(found, name) for name in COUNTS},
        "columns": [
            {
                "name": change.column,
                "rows": change.rows,
                "examples": [
                    {"key": list(key), "from": old, "to": new} for key, old, new in change.examples
                ],
            }
            for change in found.changes
        ],
    }


def _show(found: Plan, file: str) -> None:
    from csvflow.cli import screen  # noqa: PLC0415

    rows = found.rows
    told = [
        f"{getattr(rows, name):,} {name}"
        for name in ("read", "added", "loaded", "rejected", "dropped", "folded")
        if name in {"read", "loaded"} or getattr(rows, name)
    ]
    screen.say(f"{screen.near(found.uri)}: {', '.join(told).replace('loaded', 'to load')}")
    if found.by_code:
        codes = ", ".join(f"{code} {count:,}" for code, count in found.by_code.items())
        screen.say(f"would be rejected: {codes}")
        screen.note(f"  hint: csvflow preview {file} shows them")
    if not found.allowed:
        screen.note(f"  nothing would be loaded: `rejects: {{max: {found.max_rejects}}}`")
    if found.known in {"succeeded", "skipped", "dead_lettered", "undone"}:
        screen.note(f"  the ledger has this version as {found.known}: only --force loads it again")
    if found.skipped and not found.error:
        screen.note(f"  a run would skip it: {SKIPPED[found.skipped]}")
    for sink in found.sinks:
        if sink.error is None:
            screen.say()
            _show_sink(sink)


def _show_sink(sink: Planned) -> None:
    from csvflow.cli import grid, screen  # noqa: PLC0415

    found = sink.comparison
    screen.say(f"{sink.part} `{sink.type}`: {screen.near(sink.target)}")
    if sink.committed:
        screen.say("  loaded already, by an earlier attempt that failed later on")
        return
    if found is None:
        screen.say("  this sink can't tell what it would change")
        return
    for verb, things in (("create", found.creates), ("replace", found.replaces)):
        for thing in things:
            kind, _, place = thing.partition(" ")
            for line in _folded(f"would {verb} {kind} {screen.near(place)}"):
                screen.say(f"  {line}")
    counts = [f"{getattr(found, name):,} {name}" for name in COUNTS if getattr(found, name)]
    screen.say(f"  rows: {', '.join(counts) or 'none'}")
    for change in found.changes:
        screen.say(f"  {change.column}: {change.rows:,} would change")
        for key, old, new in change.examples:
            keys = ", ".join(grid.cell(part) for part in key)
            screen.say(f"    {keys}: {grid.cell(old)} → {grid.cell(new)}")


def _folded(text: str) -> Iterator[str]:
    """Yield lines that fit the width, folded between the columns of a table."""
    head, parenthesis, columns = text.partition(" (")
    line = head
    indent = " " * 4
    for at, column in enumerate(columns.split(", ") if parenthesis else ()):
        if at == 0:
            yield line
            line = f"{indent}({column}"
        elif len(line) + len(column) + 5 > WIDE:
            yield f"{line},"
            line = f"{indent} {column}"
        else:
            line = f"{line}, {column}"
    yield line
