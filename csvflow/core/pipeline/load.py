"""From a YAML file to a pipeline: compose, fill in variables, check, resolve the plugins."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core.intake.options import CsvOptions
from csvflow.core.pipeline.complaints import Subject, checked
from csvflow.core.pipeline.compose import compose_file
from csvflow.core.pipeline.interpolate import Values, interpolate
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.pipeline.nodes import from_plain
from csvflow.core.pipeline.reading import Reading

FOLDER = "pipelines"
ALLOW_PYTHON = "CSVFLOW_ALLOW_PYTHON"
"""Environment variable: modules that the ``python`` step may call, parted by commas."""


def load(
    path: Path,
    *,
    project: Path | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Pipeline:
    """Return the pipeline of a file. Raises ``ConfigError``: the first thing that is wrong.

    ``overrides`` are the ``--set`` values, which go before the environment. The variable
    ``CSVFLOW_ALLOW_PYTHON`` (``--allow-python``) names modules outside of the project that the
    ``python`` step may call: it is the caller's to say, never the YAML's.
    """
    reading = _read_file(path, project, overrides or {})
    pipeline = reading.pipeline()
    if pipeline is None or reading.problems:
        raise _broken(reading.problems)
    return pipeline


def problems(
    path: Path,
    *,
    project: Path | None = None,
    overrides: Mapping[str, str] | None = None,
) -> list[ConfigError]:
    """Return everything that is wrong with a file, in its order."""
    try:
        reading = _read_file(path, project, overrides or {})
    except ConfigError as error:
        return [error]
    reading.pipeline()
    return sorted(reading.problems, key=_position)


def build(document: Mapping[str, object], *, project: Path, name: str) -> Pipeline:
    """Return the pipeline that plain values mean, such as the command line makes.

    Its source names its inputs one by one, so a single file as target is fine.
    """
    composed = from_plain(document, name)
    reading = Reading(composed, composed, None, straight(project), name)
    pipeline = reading.pipeline()
    if pipeline is None or reading.problems:
        raise _broken(reading.problems)
    return pipeline


def find(project: Path) -> list[Path]:
    """Return the project's pipelines, sorted by name."""
    folder = project / FOLDER
    found = [path for suffix in ("*.yaml", "*.yml") for path in folder.glob(suffix)]
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def project_of(path: Path) -> Path:
    """Return the project that a pipeline's file belongs to."""
    folder = straight(path).parent
    return folder.parent if folder.name == FOLDER else folder


def straight(path: Path) -> Path:
    """Return the absolute path without `..`, unless a symbolic link makes that another place."""
    found = Path(os.path.abspath(path))  # noqa: PTH100 - keeps symlinks
    there = found.exists() and path.exists()
    return found if there and found.samefile(path) else path.absolute()


def with_csv(pipeline: Pipeline, values: Mapping[str, str]) -> Pipeline:
    """Return the pipeline with keys of ``csv:`` replaced, as ``--csv KEY=VALUE`` asks."""
    if not values:
        return pipeline
    merged = {**pipeline.csv.model_dump(exclude_unset=True), **values}
    document = from_plain(merged, "--csv")
    options = checked(CsvOptions, document.root, document, Subject("`csv`", "key"))
    if isinstance(options, list):
        raise options[0]
    return replace(pipeline, csv=options)


def _read_file(path: Path, project: Path | None, overrides: Mapping[str, str]) -> Reading:
    home = straight(project) if project else project_of(path)
    written = compose_file(path, _shown(path))
    filled = interpolate(written, Values(overrides, os.environ, home))
    permitted = tuple(filter(None, os.environ.get(ALLOW_PYTHON, "").split(",")))
    return Reading(written, filled, straight(path), home, path.stem, permitted)


def _shown(path: Path) -> str:
    """Return the path as the user would type it from where they are."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _broken(found: Sequence[ConfigError]) -> ConfigError:
    """Return the first problem; it tells of the others."""
    first = min(found, key=_position)
    if len(found) > 1:
        more = f"{len(found) - 1} more: csvflow check"
        first.hint = f"{first.hint} ({more})" if first.hint else more
    return first


def _position(error: ConfigError) -> tuple[int, ...]:
    match = re.search(r":(\d+):(\d+)$", error.place or "")
    return (int(match[1]), int(match[2])) if match else (0, 0)
