"""``csvflow check``: pipelines, without reading a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csvflow.cli.options import Common, command

if TYPE_CHECKING:
    from csvflow.services.connect import Tried


@command
def check(
    common: Common,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PIPELINE", help="Paths or names; without any, all.", show_default=False
        ),
    ] = None,
    *,
    connect: Annotated[
        bool,
        typer.Option(
            "--connect", help="Also try source, sinks, rejects, ledger and notifiers from here."
        ),
    ] = False,
) -> int:
    """Check pipelines without touching source or sinks.

    Every mistake is told with line and column, and what was meant. With --connect the source is
    listed and a byte of one input read, and what sinks, rejects and ledger would write is tried
    and taken back: nothing is left behind, and no notice is sent.

    For example:

      csvflow check

      csvflow check pipelines/orders.yaml --json

      csvflow check orders --connect
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.core.report import ErrorReport  # noqa: PLC0415
    from csvflow.services.check import check as checked  # noqa: PLC0415
    from csvflow.services.connect import connect as connected  # noqa: PLC0415

    told: list[dict[str, object]] = []
    codes: list[int] = []
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
        item: dict[str, object] = {"pipeline": _shown(path), "errors": found, "warnings": warnings}
        codes += [exits.USAGE] * bool(errors)
        if connect:
            parts = [] if errors or pipeline is None else list(connected(pipeline))
            item["connect"] = [_tried(part, common) for part in parts]
            codes += [exits.of_error(part.error) for part in parts if part.error]
        told.append(item)
    if common.json:
        screen.document({"ok": not codes, "pipelines": told})
    return exits.gravest(codes)


def _tried(part: Tried, common: Common) -> dict[str, object]:
    """Tell of one part, and return it for the document."""
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.core.report import ErrorReport  # noqa: PLC0415

    if part.error is not None:
        screen.complain(str(part.error))
    elif not (common.json or common.quiet):
        screen.say(f"  {part.part} `{part.type}`: {'; '.join(part.did) or 'nothing to try'}")
    error = ErrorReport.of(part.error).model_dump() if part.error else None
    return {"part": part.part, "type": part.type, "tried": list(part.did), "error": error}


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
