"""``csvflow check``: what is wrong with a pipeline, before any row is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load, problems
from csvflow.core.pipeline.model import Pipeline


def check(
    path: Path, *, project: Path | None = None, overrides: Mapping[str, str] | None = None
) -> tuple[Pipeline | None, list[ConfigError]]:
    """Return the pipeline, if it can be read, and everything that is wrong with it.

    Where all columns are known (declared, and no unknown ones kept) the steps are planned over
    them, so that a misspelt column or function is told here with its place.
    """
    found = problems(path, project=project, overrides=overrides or {})
    if found:
        return None, found
    pipeline = load(path, project=project, overrides=overrides or {})
    try:
        _plan(pipeline)
    except ConfigError as error:
        return pipeline, [error]
    return pipeline, []


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
