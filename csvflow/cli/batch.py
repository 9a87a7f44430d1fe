"""``csvflow batch``: everything new, once; for cron."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.options import Common, LogLevel, Pipelines, command, on_terminal, seconds


@command
def batch(
    common: Common,
    *,
    pipeline: Pipelines = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Worker processes; else one a core.")
    ] = None,
    max_files: Annotated[
        int | None, typer.Option("--max-files", min=1, help="Take no more inputs than that.")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="TIME", help="Begin no input after it.")
    ] = None,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="Exit with 75 if another batch or a watch is at it.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if any row was rejected.")
    ] = False,
) -> int:
    """Load everything new at the sources, once, and end.

    Safe beside another batch or a watch: each input is loaded by one of them.

    For example:

      csvflow batch

      csvflow batch -p pipelines/orders.yaml --jobs 4 --timeout 10m

      */5 * * * *  cd /srv/shop && /srv/shop/venv/bin/csvflow batch --exclusive -q
    """
    from csvflow.cli import bar, exits, screen, summary  # noqa: PLC0415
    from csvflow.services.batch import run_batch  # noqa: PLC0415

    timeout_secs = None if timeout is None else seconds(timeout, "--timeout")
    usual = LogLevel.warning if on_terminal() else LogLevel.info
    common.start_logs(usually=usual, told=(*summary.TOLD, "survey_failed"))
    if on_terminal() and not common.quiet:
        summary.tell_project(pipeline, common.project)
    with bar.progress(shown=on_terminal() and not common.quiet) as progress:
        progress.begin("everything new", None)
        report = run_batch(
            pipeline=pipeline,
            project=common.project,
            overrides=common.overrides,
            jobs=jobs,
            max_files=max_files,
            timeout_secs=timeout_secs,
            exclusive=exclusive,
            progress=progress,
            on_report=summary.tell_error,
            on_error=summary.tell,
        )
    if common.json:
        screen.document(summary.as_document(report))
    elif not common.quiet:
        summary.show(report)
    return exits.of_report(report, strict=strict)
