"""One line a sink and mode: where each sink stands for the laws. A new sink adds its lines here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csvflow.contract import Sink
from csvflow.core import registry
from csvflow.testing.sinks import SinkCase


@dataclass(frozen=True, slots=True)
class World:
    """What a case may use: a folder of its own, and servers that start when asked for."""

    tmp: Path
    fixture: Callable[[str], Any]
    """Returns a fixture by name: ``world.fixture("postgres_schema")``."""


def sink(name: str, **settings: Any) -> Callable[[], Sink[Any]]:
    """Return what makes a sink of that type with those settings, as a pipeline would."""
    plugin = registry.load("sink", name)
    return lambda: plugin(plugin.settings_type(**settings))


CASES: dict[str, Callable[[World], SinkCase]] = {}
"""``type`` or ``type-anything`` → the case. Every sink in the registry must have one."""
