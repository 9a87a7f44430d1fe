"""``csvflow.run`` and ``csvflow.load_pipeline``: csvflow from a Python program."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.report import RunReport
from csvflow.services.process import Options
from csvflow.services.run import Order, run_files


def run(
    pipeline: str | PathLike[str],
    file: str | PathLike[str],
    *,
    project: str | PathLike[str] | None = None,
    overrides: Mapping[str, str] | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> RunReport:
    """Load one file through a pipeline, and return what became of it.

    A failed input is a report whose ``outcome`` is ``failed``, with its ``error``. Raises
    ``ConfigError`` for a pipeline that is wrong or a file that isn't there, and
    ``UnreachableError`` when the ledger is out of reach. ``overrides`` are values for
    ``${NAME}``, as ``--set`` gives them.
    """
    order = Order(
        files=[fspath(file)],
        project=Path(project) if project is not None else None,
        pipeline=fspath(pipeline),
        overrides=overrides or {},
        options=Options(force=force, dry_run=dry_run),
    )
    runs = run_files(order).runs
    if len(runs) != 1:
        raise ConfigError("config.usage", f"`{fspath(file)}` names {len(runs)} files, not one")
    return runs[0]


def load_pipeline(
    path: str | PathLike[str],
    *,
    project: str | PathLike[str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Pipeline:
    """Read and check a pipeline. Raises ``ConfigError``, with the place in the file."""
    return load(
        Path(path),
        project=Path(project) if project is not None else None,
        overrides=overrides or {},
    )
