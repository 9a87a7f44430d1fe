"""``csvflow check``: what is wrong with a pipeline, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load, problems
from csvflow.core.pipeline.model import Part, Pipeline


def check(
    path: Path, *, project: Path | None = None, overrides: Mapping[str, str] | None = None
) -> tuple[Pipeline | None, list[ConfigError]]:
    """Return the pipeline, if it can be read, and everything that is wrong with it.

    Where all columns are known (declared, and no unknown ones kept) the steps are planned over
    them, so that a misspelt column or function is told here with its place. A part whose
    package isn't installed can't run either.
    """
    found = problems(path, project=project, overrides=overrides or {})
    if found:
        return None, found
    pipeline = load(path, project=project, overrides=overrides or {})
    found = _missing_packages(pipeline)
    try:
        _plan(pipeline)
    except ConfigError as error:
        found.append(error)
    return pipeline, found


def _missing_packages(pipeline: Pipeline) -> list[ConfigError]:
    parts = (pipeline.source, *pipeline.steps, *pipeline.sinks, pipeline.rejects.sink)
    others = (*(notify.part for notify in pipeline.notify), pipeline.ledger)
    return [
        _missing(part, package)
        for part in (*parts, *others)
        for package in part.plugin_type.packages
        if find_spec(package) is None
    ]


def _missing(part: Part, package: str) -> ConfigError:
    extra = part.plugin_type.extra
    return ConfigError(
        "config.missing-package",
        f"{part.plugin_type.kind} `{part.type}` needs the package `{package}`",
        hint=f"pip install 'csvflow[{extra}]'" if extra else f"install `{package}`",
        place=part.place or None,
    )


def _plan(pipeline: Pipeline) -> None:
    if not pipeline.columns or pipeline.unknown_columns == "keep":
        return
    # Engine and Arrow only where there is something to plan.
    from csvflow.core.engine.compose import bind, compose, text_schema  # noqa: PLC0415
    from csvflow.services.wiring import made  # noqa: PLC0415

    with made(pipeline) as source:
        captures = dict.fromkeys(source.capture_names(), "")
    columns = [column for column in pipeline.columns if column.name not in captures]
    header = [(column.sources or (column.name,))[0] for column in columns]
    bound = bind(pipeline, header, captures)
    text = text_schema(header, captures, bound.schema.names)
    compose(pipeline, text, bound, captures)
