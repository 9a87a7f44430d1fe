"""What goes to a worker process and what comes back: plain data that survives JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from csvflow.contract import Event
from csvflow.core.report import RunReport


class Job(BaseModel):
    """One attempt for a worker process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipeline: str
    """The path of its YAML."""
    project: str | None
    """``--project``, where it was given."""
    overrides: dict[str, str] = Field(default_factory=dict)
    """``--set`` options."""
    event: Event
    may_retry: bool
    """Whether another attempt follows a transient failure: then nobody is told of this one."""


class JobResult(BaseModel):
    """What became of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    report: RunReport
    transient: bool = False
    """Whether trying again may help."""
