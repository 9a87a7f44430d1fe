"""The application: its commands, and nothing that takes long to import."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.batch import batch
from csvflow.cli.check import check
from csvflow.cli.explain import explain
from csvflow.cli.help import help_
from csvflow.cli.init import init
from csvflow.cli.ls import ls
from csvflow.cli.options import Common, command
from csvflow.cli.plan import plan
from csvflow.cli.plugins import plugins
from csvflow.cli.preview import preview
from csvflow.cli.rejects import rejects
from csvflow.cli.run import run
from csvflow.cli.runs import runs
from csvflow.cli.schema import schema
from csvflow.cli.test import cases
from csvflow.cli.watch import watch

app = typer.Typer(
    name="csvflow",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from csvflow import __version__  # noqa: PLC0415

        typer.echo(f"csvflow {__version__}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
@command
def root(
    common: Common,
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print it.")
    ] = False,
) -> None:
    """CSV files land; checked rows arrive: once, accounted for, fast.

    Start with `csvflow run FILE`. Results go to stdout, everything else to stderr; exit codes
    and the pipeline language are in the README.
    """
    del common, version


for function, name in (
    (run, "run"),
    (batch, "batch"),
    (watch, "watch"),
    (init, "init"),
    (check, "check"),
    (cases, "test"),
    (preview, "preview"),
    (explain, "explain"),
    (ls, "ls"),
    (plan, "plan"),
    (schema, "schema"),
    (help_, "help"),
):
    app.command(name)(function)
app.add_typer(runs, name="runs")
app.add_typer(rejects, name="rejects")
app.add_typer(plugins, name="plugins")
