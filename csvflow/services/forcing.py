"""``--force``: which run it is the next generation of, and whether its rows can be replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from csvflow.contract import CsvflowError, Event, Ledger, Run, Sink, Source
from csvflow.core.engine.outlets import cannot_replace, is_in_the_way
from csvflow.core.intake import content_hash
from csvflow.core.pipeline.model import Pipeline


def same_content(
    pipeline: Pipeline, event: Event, source: Source[Any], ledger: Ledger[Any]
) -> str | None:
    """Return the run that loaded this name last, if it loaded this content.

    The file was touched, perhaps: ``--force`` is then the next generation of that run, which
    replaces its rows, and no other run, which would add them a second time.
    """
    newest = ledger.newest_load(pipeline.name, event.uri)
    if newest is None or newest.version == event.version:
        return None
    with source.open(event) as stream:
        same = content_hash(stream) == newest.content_hash
    return newest.run_id if same else None


def refusal(pipeline: Pipeline, event: Event, run: str, ledger: Ledger[Any]) -> CsvflowError | None:
    """Return why the run can't be done again: it loaded rows that a sink can't take out.

    Asked before anything is claimed: the load that stands there keeps its entry in the ledger.
    A sink whose target was dropped, or is another one now, has nothing to take out.
    """
    newest = ledger.newest_load(pipeline.name, event.uri)
    if newest is None or newest.run_id != run:
        return None
    again = Run(
        id=run,
        pipeline=pipeline.name,
        event=event,
        generation=newest.generation + 1,
        started_at=datetime.now(UTC),
    )
    for part in pipeline.sinks:
        sink = part.make()
        try:
            if isinstance(sink, Sink) and is_in_the_way(sink, again):
                return cannot_replace(part, sink)
        except CsvflowError as error:
            error.place = error.place or event.uri
            return error
    return None
