"""What the ledgers of a project know of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvflow.contract import ConfigError, CsvflowError, Ledger, RunRecord
from csvflow.core.pipeline.load import find, load
from csvflow.core.pipeline.model import Pipeline
from csvflow.services.wiring import ledger_of, pipelines, project_of


@dataclass(frozen=True)
class Shown:
    """One run with its attempts."""

    record: RunRecord
    attempts: Sequence[Mapping[str, Any]]


def list_runs(
    *,
    project: Path | None,
    overrides: Mapping[str, str],
    pipeline: str | None = None,
    state: str | None = None,
    limit: int = 50,
) -> list[RunRecord]:
    """Return runs, the last attempted first, of one pipeline or of all."""
    found: dict[tuple[str, int], RunRecord] = {}
    name = pipelines(pipeline, project, overrides)[0].name if pipeline else None
    with _ledgers(project, overrides, pipeline) as ledgers:
        for ledger in ledgers:
            for record in ledger.runs(pipeline=name, state=state, limit=limit):  # type: ignore[arg-type]
                found[record.run_id, record.token] = record
    latest = sorted(found.values(), key=lambda record: record.attempted_at, reverse=True)
    return latest[:limit]


def show_run(prefix: str, *, project: Path | None, overrides: Mapping[str, str]) -> Shown:
    """Return the one run whose id begins so.

    Raises ``ConfigError`` (``run.unknown``, ``run.ambiguous``).
    """
    with _ledgers(project, overrides, None) as ledgers:
        found = [(ledger, record) for ledger in ledgers for record in ledger.find(prefix)]
        if not found:
            raise ConfigError(
                "run.unknown",
                f"there is no run `{prefix}` in the ledger of {project_of(project)}",
                hint="`csvflow runs` lists them; `--project DIR` looks elsewhere",
            )
        if len({record.run_id for _, record in found}) > 1:
            ids = ", ".join(record.run_id for _, record in found[:5])
            raise ConfigError("run.ambiguous", f"`{prefix}` begins several runs: {ids}")
        ledger, record = found[0]
        return Shown(record, list(ledger.attempts(record.run_id)))


@contextmanager
def _ledgers(
    project: Path | None, overrides: Mapping[str, str], pipeline: str | None
) -> Iterator[list[Ledger[Any]]]:
    from contextlib import ExitStack  # noqa: PLC0415 - named once

    with ExitStack() as stack:
        yield [
            stack.enter_context(ledger_of(item))
            for item in _with_ledgers(project, overrides, pipeline)
        ]


def _with_ledgers(
    project: Path | None, overrides: Mapping[str, str], pipeline: str | None
) -> list[Pipeline]:
    """Return one pipeline for each ledger; ad hoc runs have the default one."""
    if pipeline is not None:
        return pipelines(pipeline, project, overrides)
    from csvflow.services.targets import adhoc  # noqa: PLC0415 - only here

    found = [adhoc("out.csv", source="none.csv", csv={}, project=project_of(project))]
    for path in find(project_of(project)):
        try:
            found.append(load(path, project=project, overrides=overrides))
        except CsvflowError:
            # A pipeline that is broken today hides no history of the others.
            continue
    unique = {(item.ledger.type, item.ledger.settings.model_dump_json()): item for item in found}
    return list(unique.values())
