"""``csvflow init FILE``: a pipeline that loads the file as it stands, proved over all of it."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core import registry
from csvflow.core.columns.names import snake
from csvflow.core.intake.options import CsvOptions
from csvflow.core.pipeline.load import FOLDER, build, with_csv
from csvflow.core.profile.found import Found
from csvflow.core.progress import Progress, Silent
from csvflow.services.check import check
from csvflow.services.judging import judged
from csvflow.services.naming import pipeline_name, relative
from csvflow.services.proposal import Proposal, damage
from csvflow.services.targets import sink_for
from csvflow.services.wiring import literal


@dataclass(frozen=True)
class Written:
    """The pipeline that was written, and what it says of the file."""

    path: Path
    name: str
    source: str
    rows: int
    damaged: Mapping[str, int]
    """Code → records that are no rows."""
    first_damage: int | None
    """The line of the first of them."""
    dialect: Mapping[str, object]
    columns: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    damage: str | None = None
    """What is said of damaged records, for people."""
    untested: str | None = None
    """Why there is no test case; None: there is one."""


def init(
    file: str,
    *,
    to: str | None = None,
    project: Path,
    csv: Mapping[str, str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Write ``pipelines/NAME.yaml`` for the file.

    Raises ``ConfigError`` where that is there already (without ``force``) or the target is no
    target, ``InputError`` where the file can't be read.
    """
    uri = file if "://" in file else os.path.abspath(Path(file).expanduser())  # noqa: PTH100 - keeps symlinks
    name, pattern = pipeline_name(uri)
    path = project / FOLDER / f"{name}.yaml"
    if path.exists() and not force:
        raise ConfigError(
            "config.exists",
            f"there is a pipeline `{name}` already: {path}",
            hint="`--force` writes it anew",
        )
    sink, settings = _sink(to, name)
    given = csv or {}
    options = _options(given, project)
    judging = judged(uri, options, given, progress or Silent())
    found = judging.survey
    single = _single(sink, settings)
    folder, base = posixpath.split(relative(uri, project))
    named = literal(base) if single or pattern is None else pattern
    source = posixpath.join(literal(folder), named)
    verdict = judging.verdict(tokens=True)
    plan = Proposal(
        relative(uri, project),
        uri,
        name,
        source,
        sink,
        settings,
        {key: _said(text, getattr(options, key)) for key, text in given.items()},
        found,
        judging.by_snake,
        judging.quoted_nulls,
        project,
    )
    if verdict.nulls and not plan.loads(verdict):
        # Such a word in quotes is text, which only loading it shows.
        verdict = judging.verdict(tokens=False)
    plan.refuse_footer(verdict)
    case = plan.case(verdict)
    text = plan.text(verdict, case, with_pattern=named == pattern)
    _save(path, text, project)
    return Written(
        path,
        name,
        source,
        found.rows,
        dict(sorted(found.damaged.items())),
        found.first_damage,
        found.dialect.as_report(),
        verdict.columns,
        found.notes,
        damage(found) if found.damaged else None,
        case if isinstance(case, str) else None,
    )


def _options(csv: Mapping[str, str], project: Path) -> CsvOptions:
    document = {"source": "none", "sinks": [{"csv": "none/"}]}
    return with_csv(build(document, project=project, name="init"), csv).csv


def _said(text: str, value: object) -> object:
    """Return what was said of a key as YAML has it: numbers and truth aren't texts there."""
    return value if isinstance(value, int) and (text.isdigit() or value in {True, False}) else text


def _sink(to: str | None, name: str) -> tuple[str, Mapping[str, object]]:
    sink: str = "sqlite"
    settings: Mapping[str, object] = {"path": f"out/{name}.db", "table": snake(name)}
    if to is not None:
        sink, settings = sink_for(to)
    keeps_lineage = "lineage" in registry.load("sink", sink).settings_type.model_fields
    return sink, {**settings, "lineage": True} if keeps_lineage else settings


def _single(sink: str, settings: Mapping[str, object]) -> bool:
    """Tell whether the sink writes exactly one file, each input over the one before."""
    path = str(settings.get("path", ""))
    suffixes = getattr(registry.load("sink", sink), "suffixes", ())
    return "table" not in settings and path.endswith(tuple(suffixes)) and "{" not in path


def _save(path: Path, text: str, project: Path) -> None:
    """Write the file whole, once it was seen to be right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    try:
        _, errors = check(draft, project=project)
        if errors:
            raise errors[0]
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
