"""``csvflow plugins``: what can stand in a pipeline."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.options import Common, command

plugins = typer.Typer()


@plugins.callback(invoke_without_command=True)
@command
def list_(common: Common) -> None:
    """List the sources, steps, sinks, notifiers and ledgers that a pipeline can use.

    For example:

      csvflow plugins

      csvflow plugins show postgres
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.reference import listed  # noqa: PLC0415

    found = listed()
    if common.json:
        screen.document(
            {
                "plugins": [
                    {"kind": item.kind, "type": item.type, "summary": item.summary}
                    for item in found
                ]
            }
        )
        return
    width = max(len(item.type) for item in found)
    for kind in dict.fromkeys(item.kind for item in found):
        screen.say(f"{kind}s")
        for item in found:
            if item.kind == kind:
                screen.say(f"  {item.type:{width}}  {item.summary}")


@plugins.command("show")
@command
def show(
    common: Common,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="e.g. postgres")],
) -> None:
    """Show what a plugin does, its settings and examples.

    A type that several kinds have (a source and a sink, say) can be named `sink.csv`.

    For example:

      csvflow plugins show deduplicate

      csvflow plugins show sink.csv --json
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.reference import page, pages_of  # noqa: PLC0415

    found = pages_of(type_)
    if common.json:
        screen.document({"plugins": [item.as_data() for item in found]})
        return
    screen.markdown("\n".join(page(item) for item in found))
