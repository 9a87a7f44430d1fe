"""An event says that one input is ready; a run takes it through one pipeline."""

from __future__ import annotations

import posixpath
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Event(BaseModel):
    """This input is ready. Plain data: it survives a JSON round trip."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str
    """Absolute: a URL, or an absolute local path."""
    version: str
    """What its store says changes with the bytes, e.g. ``etag:…`` or ``stat:size-mtime-…``."""
    size: int
    """Bytes as stored."""
    modified_at: AwareDatetime | None = None
    captures: Annotated[dict[str, str], Field(default_factory=dict)]
    """What the ``{name}`` parts of the source's path matched."""

    @property
    def name(self) -> str:
        """The file name: the last part of the uri."""
        return posixpath.basename(self.uri)

    @property
    def stem(self) -> str:
        """The file name up to its first dot (a leading dot is part of it)."""
        name = self.name
        return name[:1] + name[1:].split(".", 1)[0]


class Run(BaseModel):
    """One attempt to take one event through one pipeline."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """20 hex digits, derived from pipeline, uri and version: a retry and a replay keep it."""
    pipeline: str
    event: Event
    attempt: int = 1
    token: int = 1
    """The fencing token of this attempt's claim: it only grows. Names what is staged."""
    generation: int = 1
    """Grows with ``--force`` and with a changed pipeline: a later one replaces an earlier."""
    started_at: AwareDatetime
    """When the run was first claimed; ``now()`` in expressions, the same in every attempt."""
