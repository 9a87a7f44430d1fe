"""``csvflow check``: pipelines, without reading a row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csvflow.cli.options import Common, command


@command
def check(
    common: Common,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PIPELINE", help="Paths or names; without any, all.", show_default=False
        ),
    ] = None,
) -> int:
    """Check pipelines without touching source or sinks.

    Every mistake is told with line and column, and what was meant.

    For example:

      csvflow check

      csvflow check pipelines/orders.yaml --json
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.core.report import ErrorReport  # noqa: PLC0415
    from csvflow.services.check import check as checked  # noqa: PLC0415

    told: list[dict[str, object]] = []
    for path in _paths(names or [], common):
        pipeline, errors = checked(path, project=common.project, overrides=common.overrides)
        warnings = list(pipeline.warnings) if pipeline else []
        for warning in warnings:
            screen.note(f"warning: {warning}")
        for error in errors:
            screen.complain(str(error))
        if not (errors or common.json or common.quiet):
            screen.say(f"{_shown(path)}: ok")
        found = [ErrorReport.of(error).model_dump() for error in errors]
        told.append({"pipeline": _shown(path), "errors": found, "warnings": warnings})
    if common.json:
        screen.document({"ok": not any(item["errors"] for item in told), "pipelines": told})
    return exits.USAGE if any(item["errors"] for item in told) else exits.OK


def _paths(names: list[str], common: Common) -> list[Path]:
    from csvflow.core.pipeline.load import find  # noqa: PLC0415
    from csvflow.services.wiring import pipeline_path, pipelines, project_of  # noqa: PLC0415

    found = [pipeline_path(name, common.project) for name in names]
    found = found or find(project_of(common.project))
    if not found:
        pipelines(None, common.project, common.overrides)  # says where it looked
    return found


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
