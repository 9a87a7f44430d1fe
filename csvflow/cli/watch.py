"""``csvflow watch``: everything new, from now until it is stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.options import Common, LogLevel, Pipelines, Terminated, command, on_terminal


@command
def watch(
    common: Common,
    *,
    pipeline: Pipelines = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Worker processes; else one a core.")
    ] = None,
) -> int:
    """Load everything new as it arrives, until Ctrl-C or SIGTERM.

    The first signal lets what is running end; a second one stops it, and the next start goes on.
    With --json each input is one line of JSON, as in the `runs` of `csvflow run`.

    For example:

      csvflow watch

      csvflow watch -p pipelines/orders.yaml --jobs 2 --log-format json
    """
    from csvflow.cli import exits, summary  # noqa: PLC0415
    from csvflow.cli.live import live  # noqa: PLC0415
    from csvflow.services.watch import run_watch  # noqa: PLC0415

    usual = LogLevel.warning if on_terminal() else LogLevel.info
    common.start_logs(usually=usual, told=() if common.json else summary.TOLD_OF_RUNS)
    try:
        with live(shown=on_terminal() and not common.quiet, as_json=common.json) as on_report:
            return run_watch(
                pipeline=pipeline,
                project=common.project,
                overrides=common.overrides,
                jobs=jobs,
                on_report=on_report,
            )
    except Terminated:
        # A signal is how a watch ends: nothing to complain of.
        return exits.TERMINATED
    except KeyboardInterrupt:
        return exits.INTERRUPTED
