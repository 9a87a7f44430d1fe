"""``csvflow run``: named files, once."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.options import (
    Common,
    CsvKeys,
    LogLevel,
    ThePipeline,
    command,
    on_terminal,
    pairs,
    seconds,
)


@command
def run(
    common: Common,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files, globs or URLs.", show_default=False)
    ],
    *,
    pipeline: ThePipeline = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Load there without a pipeline, columns as text: a file, a folder/, or a"
            " database::table.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Load again what was loaded, in place of its rows.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if any row was rejected.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but load: counts and rejects only.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="Only the first rows; with --dry-run or --to."),
    ] = None,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Wait so long for another worker.")
    ] = "0s",
    csv: CsvKeys = None,
) -> int:
    """Load files now.

    The same version of a file is loaded once: a second call says that there is nothing new. A
    pipeline that changed leaves what it loaded before as it is; --force loads it again by the
    new rules. To try a pipeline on another target, write `${TARGET:-out/}` in its sink.

    For example:

      csvflow run sample_data/orders.csv

      csvflow run 'in/*.csv' -p pipelines/orders.yaml --strict

      csvflow run orders.csv --to 'sqlite:///shop.db::orders'

      csvflow run orders.csv -p orders --set TARGET=trial/

      csvflow run s3://landing/orders-07.csv --dry-run --limit 1000
    """
    if limit is not None and not (dry_run or to):
        raise typer.BadParameter("needs --dry-run or --to", param_hint="'--limit'")
    from csvflow.cli import bar, exits, screen, summary  # noqa: PLC0415
    from csvflow.core.report import Report  # noqa: PLC0415
    from csvflow.services.files import expand  # noqa: PLC0415

    wait_secs = seconds(wait, "--wait")
    given = pairs(csv or [], "--csv")
    usual = LogLevel.warning if on_terminal() else LogLevel.info
    common.start_logs(usually=usual, told=summary.TOLD)
    found = expand(files)
    for missing in found.missing:
        screen.missing(missing)
    if not found.files:
        if common.json:
            screen.document(summary.as_document(Report.of([]), found.missing))
        return exits.USAGE
    # The engine takes its time to import: only where there is something to run.
    from csvflow.core.allocation import keep_freed  # noqa: PLC0415
    from csvflow.services.process import Options  # noqa: PLC0415
    from csvflow.services.run import Order, run_files  # noqa: PLC0415

    order = Order(
        files=found.files,
        project=common.project,
        pipeline=pipeline,
        to=to,
        csv=given,
        overrides=common.overrides,
        options=Options(force=force, wait_secs=wait_secs, limit=limit, dry_run=dry_run),
    )
    keep_freed()
    if on_terminal() and not common.quiet:
        summary.tell_project(pipeline, common.project)
    with bar.progress(shown=on_terminal() and not common.quiet) as progress:
        report = run_files(order, progress=progress, on_report=summary.tell_error)
    if common.json:
        screen.document(summary.as_document(report, found.missing))
    elif not common.quiet and report.runs:
        summary.show(report, dry_run=dry_run, named=f" -p {pipeline}" if pipeline else "")
    return exits.of_report(report, strict=strict, errors=found.missing)
