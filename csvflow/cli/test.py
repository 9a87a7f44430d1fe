"""``csvflow test``: what pipelines make of the inputs under ``tests:``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csvflow.cli.options import Common, LogLevel, command

if TYPE_CHECKING:
    from csvflow.core.pipeline.model import Pipeline
    from csvflow.services.test import Tested


@command
def cases(
    common: Common,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PIPELINE", help="Paths or names; without any, all.", show_default=False
        ),
    ] = None,
    *,
    update: Annotated[
        bool,
        typer.Option("--update", help="Write what came into the cases that fail, and show it."),
    ] = False,
) -> int:
    """Run the cases that pipelines have under `tests:`.

    Each goes from bytes to rows and rejects.

    Sinks, ledger and notifiers aren't touched. A case that fails shows what was expected (-) and
    what came (+), with the place in the pipeline; the exit code is then 4. With `--update` what
    came becomes what is expected, in the pipeline's own file: look at the changes that are shown.

    For example:

      csvflow test

      csvflow test pipelines/orders.yaml --json

      csvflow test orders --update
    """
    from csvflow.cli import exits, screen  # noqa: PLC0415
    from csvflow.services.test import run_cases  # noqa: PLC0415

    common.start_logs(usually=LogLevel.error)
    if update and common.overrides:
        raise typer.BadParameter(
            "goes without `--set`: cases hold for the file as it is", param_hint="--update"
        )
    found: list[Tested] = []
    updated: list[dict[str, Any]] = []
    for one in _pipelines(names or [], common):
        pipeline, changes = _updated(one, common) if update else (one, [])
        updated += changes
        those = run_cases(pipeline)
        found += those
        if not common.json:
            _show(pipeline, those, quiet=common.quiet)
    failed = sum(not one.passed for one in found)
    if common.json:
        told = {"updated": updated} if update else {}
        screen.document({"ok": not failed, "tests": [_data(one) for one in found], **told})
    elif found and not common.quiet:
        screen.say(f"{_cases(len(found) - failed)} passed, {failed:,} failed")
        if not update and any(one.differences for one in found):
            screen.note("hint: where what came (+) is right, `csvflow test --update` writes it")
    return exits.FAILED if failed else exits.OK


def _pipelines(names: list[str], common: Common) -> list[Pipeline]:
    from csvflow.core.pipeline.load import load  # noqa: PLC0415
    from csvflow.services.wiring import pipeline_path, pipelines  # noqa: PLC0415

    if not names:
        return pipelines(None, common.project, common.overrides)
    paths = [pipeline_path(name, common.project) for name in names]
    return [load(path, project=common.project, overrides=common.overrides) for path in paths]


def _updated(pipeline: Pipeline, common: Common) -> tuple[Pipeline, list[dict[str, Any]]]:
    """Return the pipeline with what came as what is expected, and the changes of its file."""
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.core.pipeline.load import load  # noqa: PLC0415
    from csvflow.services.update import update  # noqa: PLC0415

    made = update(pipeline)
    if made is None:
        return pipeline, []
    shown = screen.near(str(made.path))
    diff = made.diff(shown)
    if not common.json and not common.quiet:
        for line in diff:
            screen.say(line)
    return load(made.path, project=common.project), [{"pipeline": str(made.path), "diff": diff}]


def _show(pipeline: Pipeline, cases: list[Tested], *, quiet: bool) -> None:
    from csvflow.cli import screen  # noqa: PLC0415

    if not cases and not quiet:
        screen.note(f"{pipeline.name}: no `tests:`")
    for one in cases:
        if one.passed:
            if not quiet:
                screen.say(f"{pipeline.name}: {one.case}: ok")
            continue
        screen.say(f"{pipeline.name}: {one.case}: FAILED")
        for line in _lines(one):
            screen.say(f"  {line}")


def _lines(one: Tested) -> list[str]:
    if one.error is not None:
        hint = [f"  hint: {one.error.hint}"] if one.error.hint else []
        return [f"{one.place}: {one.error.message}", *hint]
    found = []
    for item in one.differences:
        found.append(f"{item.place}: {item.what}")
        found.append("  - " + ("nothing" if item.expected is None else item.expected))
        found.append("  + " + ("nothing" if item.found is None else item.found))
    if one.left_out:
        found.append(f"and {one.left_out:,} more")
    return found


def _data(one: Tested) -> dict[str, Any]:
    return {
        "pipeline": one.pipeline,
        "case": one.case,
        "place": one.place,
        "passed": one.passed,
        "differences": [asdict(item) for item in one.differences],
        "left_out": one.left_out,
        "error": one.error.model_dump() if one.error else None,
    }


def _cases(count: int) -> str:
    from csvflow.cli import prose  # noqa: PLC0415

    return prose.counted(count, "case")
