"""``csvflow check --connect``: what a pipeline would need, tried without leaving anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from csvflow.contract import CsvflowError, Plugin, UnreachableError
from csvflow.core.pipeline.model import Part, Pipeline


@dataclass(frozen=True)
class Tried:
    """One part of a pipeline, and whether it can be used from here."""

    part: str
    """``sinks[0]``."""
    type: str
    did: tuple[str, ...]
    """What was tried; nothing where the plugin tries nothing, or failed."""
    error: CsvflowError | None = None


def connect(pipeline: Pipeline) -> Iterator[Tried]:
    """Try the source, the sinks, the place of the rejects, the ledger and the notifiers."""
    yield _try(pipeline.source)
    for part in (*pipeline.sinks, pipeline.rejects.sink, pipeline.ledger):
        yield _try(part)
    for notify in pipeline.notify:
        yield _try(notify.part)


def _try(part: Part) -> Tried:
    plugin: Plugin[Any] = part.make()
    try:
        return Tried(part.key, part.type, tuple(plugin.probe()))
    except CsvflowError as error:
        return Tried(part.key, part.type, (), part.locate(error))
    except OSError as error:
        told = UnreachableError("run.io", f"{part.key}: {error}", place=part.place or None)
        return Tried(part.key, part.type, (), told)
    finally:
        close = getattr(plugin, "close", None)
        if close is not None:
            close()
