"""``csvflow explain``: one record, from its bytes to the sinks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, CsvKeys, LogLevel, ThePipeline, command, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csvflow.services.explain import After, Explanation, Field
    from csvflow.services.trace import Value

WIDE = 60
LONG = 2_000
"""So many characters of a record are shown."""


@command
def explain(
    common: Common,
    record: Annotated[
        str,
        typer.Argument(metavar="FILE:LINE", help="Any physical line of the record, from 1."),
    ],
    *,
    pipeline: ThePipeline = None,
    csv: CsvKeys = None,
) -> None:
    """Show what became of one record, from its bytes to the sinks.

    Shown are its text, its bytes where the text doesn't tell them, its fields, and its values
    after every step. It ends with the rule that rejected or dropped the record, or says that it
    reaches the sinks. Nothing is written. Where a step needs every row, the whole file is read.

    With `--json`, `bytes` are those of the file in hexadecimal, without the newline, from `offset`
    on: of the file as it is stored, or expanded where it is compressed.

    For example:

      csvflow explain sample_data/orders.csv:17

      csvflow explain in/orders-07.csv:1204 -p pipelines/orders.yaml --json
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.explain import explain as explained  # noqa: PLC0415
    from csvflow.services.run import Order  # noqa: PLC0415

    file, _, line = record.rpartition(":")
    if not file or not line.isdecimal() or not int(line):
        raise typer.BadParameter(
            f"`{record}` is not FILE:LINE, such as orders.csv:17", param_hint="'FILE:LINE'"
        )
    common.start_logs(usually=LogLevel.warning)
    order = Order(
        files=[file],
        project=common.project,
        pipeline=pipeline,
        csv=pairs(csv or [], "--csv"),
        overrides=common.overrides,
    )
    found = explained(file, int(line), order)
    if common.json:
        screen.document(_document(found))
    else:
        _show(found)


def _document(found: Explanation) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in asdict(found).items():
        if name == "original":
            document |= {
                "bytes": value["data"].hex(),
                "offset": value["offset"],
                "bytes_complete": value["complete"],
            }
        else:
            document[name] = value
    document["outcome"] = "loaded" if found.outcome == "passed" else found.outcome
    return document


def _show(found: Explanation) -> None:
    from csvflow.cli import dump, screen  # noqa: PLC0415

    first, last = found.lines
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    screen.say(f"{screen.near(found.uri)}: record {found.row:,}, {lines}")
    screen.say()
    screen.say(f"  {_text(found.raw)}")
    screen.say()
    screen.say(_place(found))
    if _misleads(found):
        for row in dump.dump(found.original.data, found.original.offset):
            screen.say(f"  {row}")
    screen.say()
    screen.say("fields, as parsed")
    _pairs(
        [
            (field.name if field.name is not None else f"(field {at})", _parsed(field))
            for at, field in enumerate(found.fields, 1)
        ]
    )
    before: Sequence[Value] | None = None
    for step in found.steps:
        if step.fate == "passed":
            screen.say()
            screen.say(_title(step))
            _values(step.values, before)
            before = step.values
    screen.say()
    screen.say(_outcome(found))


def _text(raw: str) -> str:
    if len(raw) <= LONG:
        return raw
    return f"{raw[:LONG]}… ({len(raw) - LONG:,} more characters)"


def _place(found: Explanation) -> str:
    from csvflow.cli import prose  # noqa: PLC0415

    original, dialect = found.original, found.dialect
    size = prose.counted(len(original.data), "byte")
    file = f"the expanded file ({dialect['compression']})" if dialect["compression"] else "the file"
    sure = dialect["encoding_confidence"]
    by = "" if sure is None else f", by statistics, {sure:.0%} sure"
    first = "" if original.complete else "the first "
    return f"{first}{size} at offset {original.offset:,} of {file}, {dialect['encoding']}{by}"


def _misleads(found: Explanation) -> bool:
    """Tell whether the text, as it is shown, leaves open which bytes it is made of."""
    from csvflow.core.printable import printable  # noqa: PLC0415

    data = found.original.data
    return not data.isascii() or printable(found.raw).encode() != data


def _parsed(field: Field) -> str:
    from csvflow.cli import grid  # noqa: PLC0415

    unseen = f"  ({', '.join(field.unseen)})" if field.unseen else ""
    return f"{grid.cell(field.text, WIDE)}{unseen}"


def _title(step: After) -> str:
    return f"{step.step} ({step.place})" if step.place else step.step


def _values(values: Sequence[Value], before: Sequence[Value] | None) -> None:
    """Print the row after a step: all of it at first, then what differs."""
    from csvflow.cli import grid, screen  # noqa: PLC0415

    if before is None:
        _pairs([(item.name, f"{grid.cell(item.value, WIDE)}  {item.type}") for item in values])
        return
    old = {item.name: item for item in before}
    new = {item.name for item in values}
    told = []
    for item in values:
        was = old.get(item.name)
        shown = grid.cell(item.value, WIDE)
        if was is None:
            told.append((f"+ {item.name}", f"{shown}  {item.type}"))
        elif (was.value, was.type) != (item.value, item.type):
            told.append((f"  {item.name}", f"{grid.cell(was.value, WIDE)} → {shown}  {item.type}"))
    told += [
        (f"- {item.name}", grid.cell(item.value, WIDE)) for item in before if item.name not in new
    ]
    if told:
        _pairs(told)
    else:
        screen.say("  unchanged")


def _pairs(items: Sequence[tuple[str, str]]) -> None:
    from csvflow.cli import grid, screen  # noqa: PLC0415

    names = [grid.cut(name) for name, _ in items]
    width = max(map(len, names), default=0)
    for name, (_, value) in zip(names, items, strict=True):
        screen.say(f"  {name:{width}}  {value}")


def _outcome(found: Explanation) -> str:
    refusal = found.refusal
    if refusal is not None:
        column = f", column `{refusal.column}`" if refusal.column else ""
        place = f" ({refusal.place})" if refusal.place else ""
        return f"rejected by {refusal.step}{place}: {refusal.code}{column}: {refusal.reason}"
    step = found.steps[-1] if found.steps else None
    if found.outcome == "dropped" and step is not None:
        return f"dropped by {_title(step)}"
    if found.outcome == "remade" and step is not None:
        return f"{_title(step)} makes new rows of all: which came of this record can't be told"
    return "it reaches the sinks"
