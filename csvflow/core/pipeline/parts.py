"""Nodes → parts: which plugin is meant, and its settings, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from csvflow.contract import ConfigError, Plugin
from csvflow.core import registry
from csvflow.core.pipeline.complaints import Subject, checked, unknown_key
from csvflow.core.pipeline.language import LATER
from csvflow.core.pipeline.model import Origin, Part
from csvflow.core.pipeline.nodes import Document, Entry, Fields, Items, Node, Scalar


@dataclass
class Reader:
    """Reads one document's parts and keeps what is wrong with them."""

    document: Document
    context: Mapping[str, Any]
    """What settings may ask for when they are validated: ``project``, ``allow_python``."""
    problems: list[ConfigError]

    def many(self, kind: str, key: str, node: Node | None) -> tuple[Part, ...]:
        """Read a list of plugins."""
        if node is None or _nothing(node):
            return ()
        if not isinstance(node, Items):
            self.problems.append(
                self.document.error(
                    "config.value",
                    f"`{key}` must be a list of {kind}s",
                    node,
                    hint=f"begin each {kind} with `- `",
                )
            )
            return ()
        parts = [self.one(kind, f"{key}[{i}]", item) for i, item in enumerate(node.nodes)]
        return tuple(part for part in parts if part is not None)

    def one(self, kind: str, key: str, node: Node, beside: Sequence[str] = ()) -> Part | None:
        """Read ``type: settings``, or a bare type; ``beside`` are keys that may stand there too."""
        match node:
            case Scalar(value=str()) if node.text:
                return self.part(kind, key, node, None)
            case Fields(entries=entries) if entries:
                names = [name for name in entries if name not in beside]
                if len(names) == 1:
                    entry = entries[names[0]]
                    return self.part(kind, key, entry.key, entry.node)
                self.problems.append(self._several(kind, node, names))
            case _:
                self.problems.append(
                    self.document.error(
                        "config.value",
                        f"a {kind} is written `{kind_example(kind)}`",
                        node,
                        hint=f"{kind}s are {', '.join(registry.names(kind))}",
                    )
                )
        return None

    def _several(self, kind: str, node: Fields, names: Sequence[str]) -> ConfigError:
        if not names:
            return self.document.error("config.missing-key", f"here is no {kind}", node)
        entries = node.entries
        known = registry.names(kind)
        ahead = LATER.get(kind, frozenset())
        later = next((name for name in names[1:] if name in ahead), None)
        if later is not None:
            subject = Subject("", later=ahead)
            return unknown_key(later, self.document, entries[later].node, "", subject, ())
        second = entries[names[1]].key
        first = names[0]
        if _nothing(entries[first].node) and second.text not in known:
            hint = f"indent `{second.text}` further than `{first}`"
        elif second.text in known:
            hint = f"begin `{second.text}` with a `- ` of its own"
        else:
            hint = f"settings of `{first}` go inside it: {first}: {{{second.text}: …}}"
        return self.document.error(
            "config.unknown-key", f"`{second.text}` can't stand beside `{first}`", second, hint=hint
        )

    def part(self, kind: str, key: str, type_: Scalar, node: Node | None) -> Part | None:
        """Read the settings of the plugin that is named."""
        try:
            plugin_type = registry.load(kind, type_.text)
        except ConfigError as error:
            hint = error.hint
            other = next((k for k in registry.KINDS if type_.text in registry.names(k)), None)
            if other is not None:
                hint = f"`{type_.text}` is a {other}"
            self.problems.append(self.document.error(error.code, error.message, type_, hint=hint))
            return None
        under = _under(plugin_type, node)
        subject = Subject(
            f"{kind} `{type_.text}`",
            later=LATER["source"] if kind == "source" else frozenset(),
            example=_example(type_.text, plugin_type),
        )
        settings = checked(
            plugin_type.settings_type,
            None if node is None or (_nothing(node) and under is None) else node,
            self.document,
            subject,
            at=type_ if node is None or not isinstance(node, Scalar) or _nothing(node) else node,
            under=under,
            context=self.context,
        )
        if isinstance(settings, list):
            self.problems += settings
            return None
        # Errors that come later are told at the type's name, unless they are about one value.
        origin = Origin(
            self.document, Fields({type_.text: Entry(type_, node or Fields({}))}, type_.mark)
        )
        place = self.document.place(type_)
        return Part(kind, type_.text, key, place, settings, plugin_type, origin)


def kind_example(kind: str) -> str:
    """Return how a plugin of a kind is written."""
    return f"- {registry.names(kind)[0]}: {{…}}" if registry.names(kind) else "- type: {…}"


def _under(plugin_type: type[Plugin[Any]], node: Node | None) -> str | None:
    """Return the field that the whole value fills, if it isn't a mapping of settings."""
    if plugin_type.shorthand is None or node is None or _nothing(node):
        return None
    if plugin_type.bare or not isinstance(node, Fields):
        return plugin_type.shorthand
    return None


def _example(name: str, plugin_type: type[Plugin[Any]]) -> str | None:
    example = next(iter(plugin_type.examples.values()), None)
    if example is None:
        return None
    shown: object = example
    if plugin_type.bare and plugin_type.shorthand:
        shown = example.get(plugin_type.shorthand)
    return f"`{name}: {_flow(shown)}`"


def _flow(value: object) -> str:
    """Return a value in YAML's flow style, quoted only where it must be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str) and value and not set(value) & set("{}[],:#&*!|>'\"%@`\n"):
        return value
    return json.dumps(value, ensure_ascii=False)


def _nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
