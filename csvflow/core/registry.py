"""Plugins by kind and type: the modules of ``csvflow/plugins`` and other people's entry points."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, cast

from csvflow.contract import ConfigError, Plugin

KINDS = ("source", "step", "sink", "notifier", "ledger")
"""Every kind that is here; ``csvflow/plugins`` has a folder ``<kind>s`` for each."""


def names(kind: str) -> list[str]:
    """Return the types of a kind, sorted."""
    return sorted({*_builtin(kind), *_foreign(kind)})


def load(kind: str, name: str, *, place: str | None = None) -> type[Plugin[Any]]:
    """Return the plugin's class.

    Raises ``ConfigError`` (``config.unknown-plugin``) with the nearest type as a hint.
    """
    if name in _builtin(kind):
        return _class_in(import_module(f"csvflow.plugins.{kind}s.{name}"), kind)
    if name in _foreign(kind):
        return cast("type[Plugin[Any]]", _foreign(kind)[name].load())
    near = get_close_matches(name, names(kind), n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(names(kind))}"
    raise ConfigError(
        "config.unknown-plugin", f"there is no {kind} `{name}`", hint=hint, place=place
    )


@cache
def _builtin(kind: str) -> frozenset[str]:
    spec = find_spec(f"csvflow.plugins.{kind}s")
    locations = spec.submodule_search_locations if spec else None
    return frozenset(module.name for module in iter_modules(locations or []))


@cache
def _foreign(kind: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"csvflow.{kind}s")}


def _class_in(module: ModuleType, kind: str) -> type[Plugin[Any]]:
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Plugin)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
        and value.kind == kind
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define exactly one {kind}, not {len(found)}")
    return found[0]
