"""YAML text → nodes with positions. Nothing is ever constructed from a tag.

Built from the parser's events, without recursion, under limits: a pipeline is small, so
whatever isn't is refused before it costs anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from csvflow.contract import ConfigError
from csvflow.core.pipeline.nodes import Document, Entry, Fields, Items, Mark, Node, Scalar
from csvflow.core.pipeline.scalars import typed
from csvflow.core.pipeline.syntax import MAX_DEPTH, explained, mark_of

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
"""Nodes with every alias written out."""
_STANDARD = "tag:yaml.org,2002:"
_STRUCTURE = {f"{_STANDARD}map", f"{_STANDARD}seq", f"{_STANDARD}str", "!"}


def compose_file(path: Path, name: str) -> Document:
    """Return the tree of a file. Raises ``ConfigError`` with the place."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError("config.unreadable", f"can't be read: {reason}", place=name) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(
            "config.limit",
            f"is larger than {MAX_BYTES // 1000:,} KB, which no pipeline needs",
            place=name,
            hint="is this the data instead of the pipeline?",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigError(
            "config.syntax",
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            place=f"{name}:{line}:{column}",
            hint="save the file as UTF-8",
        ) from error
    return compose(text, name)


def compose(text: str, name: str) -> Document:
    """Return the tree of a YAML text. Raises ``ConfigError`` with the place."""
    document = Document(name, Fields({}), text.splitlines())
    if len(text) > MAX_BYTES:
        raise ConfigError("config.limit", f"is larger than {MAX_BYTES // 1000:,} KB", place=name)
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise explained(document, error) from error
    except yaml.YAMLError as error:
        # The reader's complaint about a character that YAML doesn't allow.
        raise document.error("config.syntax", str(error).splitlines()[0], Mark()) from error
    if builder.root is None:
        raise document.error(
            "config.syntax",
            "the file is empty",
            Mark(1, 1),
            hint="a pipeline needs `source` and `sinks`",
        )
    document.root = builder.root
    return document


@dataclass
class _Open:
    """A mapping or sequence that is being filled."""

    node: Items | Fields
    anchor: str | None
    size: int = 1
    key: Scalar | None = None


@dataclass
class _Builder:
    document: Document
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise self.refuse(
                    "config.syntax",
                    "a second document begins here",
                    event,
                    hint="one file holds one pipeline",
                )
            case yaml.ScalarEvent():
                self.check_tag(event)
                self.add(self.scalar(event), 1, event, event.anchor)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.check_tag(event)
                self.begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self.stack.pop()
                self.add(done.node, done.size, event, done.anchor)
            case yaml.AliasEvent():
                self.alias(event)

    def begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self.refuse("config.limit", f"is nested deeper than {MAX_DEPTH} levels", event)
        mark = mark_of(event.start_mark)
        if self.stack and isinstance(self.stack[-1].node, Fields) and self.stack[-1].key is None:
            raise self.refuse(
                "config.syntax",
                "a key must be a single word, not a list or mapping",
                event,
                hint='quote a value that begins with `{` or `[`: "{name}"',
            )
        node = Fields({}, mark) if isinstance(event, yaml.MappingStartEvent) else Items([], mark)
        self.stack.append(_Open(node, event.anchor))

    def alias(self, event: yaml.AliasEvent) -> None:
        found = self.anchors.get(event.anchor or "")
        if found is None:
            raise self.refuse(
                "config.syntax",
                f"there is no anchor `&{event.anchor}` above",
                event,
                hint=f'quote a value that begins with `*`: "*{event.anchor}"',
            )
        self.add(*found, event, None)

    def add(self, node: Node, size: int, event: yaml.Event, anchor: str | None) -> None:
        self.nodes += size if isinstance(event, yaml.AliasEvent) else 1
        if self.nodes > MAX_NODES:
            raise self.refuse("config.limit", f"means more than {MAX_NODES:,} values", event)
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += size
        match parent.node:
            case Items():
                parent.node.nodes.append(node)
            case Fields() if parent.key is None:
                parent.key = self.key(node, parent.node, event)
            case Fields():
                parent.node.entries[parent.key.text] = Entry(parent.key, node)
                parent.key = None

    def key(self, node: Node, parent: Fields, event: yaml.Event) -> Scalar:
        if not isinstance(node, Scalar):
            raise self.refuse("config.syntax", "a key must be a single word", event)
        if node.text == "<<" and not node.style:
            raise self.refuse(
                "config.syntax",
                "YAML 1.2 has no merge key `<<`",
                event,
                hint="write the keys out, or use `*anchor` for a whole value",
            )
        if node.text in parent.entries:
            first = parent.entries[node.text].key.mark
            raise self.document.error(
                "config.duplicate-key",
                f"`{node.text}` stands here for the second time",
                node,
                hint=f"the first is in line {first.line}; keep one of them",
            )
        return node

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text, style = event.value, event.style or ""
        is_plain = event.implicit[0] and not style
        start, end = mark_of(event.start_mark), mark_of(event.end_mark)
        width = max(1, end.column - start.column) if start.line == end.line else 1
        return Scalar(text, typed(text) if is_plain else text, start, style, width)

    def check_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is None or tag in _STRUCTURE:
            return
        shown = tag.replace(_STANDARD, "!!")
        raise self.refuse(
            "config.syntax",
            f"the YAML tag `{shown}` isn't allowed",
            event,
            hint="a pipeline is plain data; quote a value that begins with `!`",
        )

    def refuse(
        self, code: str, message: str, event: yaml.Event, *, hint: str | None = None
    ) -> ConfigError:
        return self.document.error(code, message, mark_of(event.start_mark), hint=hint)
