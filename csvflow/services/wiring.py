"""The composition root: a pipeline's parts are made, opened and let go here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvflow.contract import ConfigError, Ledger, Source
from csvflow.core import registry
from csvflow.core.interrupts import Shielded
from csvflow.core.logs import get_logger
from csvflow.core.pipeline import load as loading
from csvflow.core.pipeline.load import find, load, straight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csvflow.core.ledger import Claims
    from csvflow.core.pipeline.model import Pipeline

log = get_logger()


@dataclass(frozen=True)
class Station:
    """A pipeline with its source and ledger open."""

    pipeline: Pipeline
    source: Source[Any]
    claims: Claims


@contextmanager
def opened(pipeline: Pipeline) -> Iterator[Station]:
    """Open the pipeline's source and ledger, and close them at the end."""
    from csvflow.core.ledger import Claims  # noqa: PLC0415 - start-up: not for `check`

    log.debug("pipeline_opened", pipeline=pipeline.name, project=str(pipeline.project))
    with made(pipeline) as source, ledger_of(pipeline) as ledger:
        claims = Claims(ledger, pipeline.project)
        try:
            yield Station(pipeline, source, claims)
        finally:
            with Shielded():
                claims.close()


@contextmanager
def made(pipeline: Pipeline) -> Iterator[Source[Any]]:
    """Make the pipeline's source, and close it at the end."""
    source = pipeline.source.make()
    if not isinstance(source, Source):
        raise TypeError(f"{pipeline.source.key} is no source")
    try:
        yield source
    finally:
        source.close()


@contextmanager
def ledger_of(pipeline: Pipeline) -> Iterator[Ledger[Any]]:
    """Open the pipeline's ledger, and close it at the end."""
    ledger = pipeline.ledger.make()
    if not isinstance(ledger, Ledger):
        raise TypeError(f"{pipeline.ledger.key} is no ledger")
    try:
        yield ledger
    finally:
        ledger.close()


def source_of(uri: str) -> Source[Any]:
    """Make a source of that one input."""
    files = registry.load("source", "files")
    source = files(files.settings_type.model_validate({"path": literal(uri), "settle": 0}))
    if not isinstance(source, Source):
        raise TypeError("`files` is no source")
    return source


def literal(path: str) -> str:
    """Return the path as a pattern that matches itself alone."""
    return "".join(f"[{char}]" if char in "*?[{}" else char for char in path)


def project_of(project: Path | None) -> Path:
    """Return the project of a command without a pipeline: ``--project``, else where we are."""
    return straight(project or Path.cwd())


def project_elsewhere(name: str, project: Path | None) -> Path | None:
    """Return the project of the pipeline that ``-p`` means, None if it is the working folder."""
    path = pipeline_path(name, project)
    home = project_of(project) if project else loading.project_of(path)
    return None if home.resolve() == Path.cwd() else home


def pipeline_path(name: str, project: Path | None) -> Path:
    """Return the YAML that ``-p`` means: a path, or the name of one in ``pipelines/``."""
    given = Path(name)
    folder = project_of(project) / "pipelines"
    for path in (given, folder / given, folder / f"{name}.yaml", folder / f"{name}.yml"):
        if path.is_file():
            return straight(path)
    there = ", ".join(path.stem for path in find(project_of(project))) or "none"
    raise ConfigError(
        "config.no-pipeline",
        f"there is no pipeline `{name}`",
        hint=f"pipelines in {folder}: {there}",
    )


def pipelines(
    name: str | None, project: Path | None, overrides: Mapping[str, str]
) -> list[Pipeline]:
    """Load the named pipeline, or all of the project's."""
    home = project_of(project)
    paths = find(home) if name is None else [pipeline_path(name, project)]
    found = [load(path, project=project, overrides=overrides) for path in paths]
    if not found:
        raise ConfigError(
            "config.no-pipeline",
            f"there is no pipeline in {home / 'pipelines'}",
            hint="write one there, or name one with `-p PIPELINE`",
        )
    return found


def matching(uri: str, project: Path | None, overrides: Mapping[str, str]) -> Pipeline:
    """Return the one pipeline of the project whose source takes an input of that name."""
    takers = []
    for pipeline in pipelines(None, project, overrides):
        with made(pipeline) as source:
            if source.matches(uri) is not None:
                takers.append(pipeline)
    if len(takers) == 1:
        return takers[0]
    if takers:
        names = ", ".join(f"`{pipeline.name}`" for pipeline in takers)
        raise ConfigError(
            "config.ambiguous-pipeline",
            f"the sources of {len(takers)} pipelines take this file: {names}",
            hint="choose one with `-p PIPELINE`",
            place=uri,
        )
    raise ConfigError(
        "config.no-pipeline",
        "no pipeline's source takes this file",
        hint="name one with `-p PIPELINE`, or a target with `--to URL`",
        place=uri,
    )
