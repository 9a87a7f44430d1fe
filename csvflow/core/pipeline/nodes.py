"""What a YAML file says and where it says it: a tree of nodes with positions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from csvflow.contract import ConfigError
from csvflow.core.secrets import redact

Plain = str | int | float | bool | None


@dataclass(slots=True)
class Mark:
    """A position, from 1; line 0: none, as in a document that was never text."""

    line: int = 0
    column: int = 0


@dataclass(slots=True)
class Scalar:
    """One value: ``text`` as written, ``value`` as YAML 1.2 core types it."""

    text: str
    value: Plain
    mark: Mark = field(default_factory=Mark)
    style: str = ""
    """Empty for a plain scalar, else the quote, ``|`` or ``>``."""
    width: int = 1
    """Columns that it takes in its first line, quotes included."""


@dataclass(slots=True)
class Items:
    """A sequence."""

    nodes: list[Node]
    mark: Mark = field(default_factory=Mark)


@dataclass(slots=True)
class Fields:
    """A mapping. Keys are text, as written."""

    entries: dict[str, Entry]
    mark: Mark = field(default_factory=Mark)

    def node(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        entry = self.entries.get(key)
        return entry.node if entry else None


@dataclass(slots=True)
class Entry:
    """A key of a mapping, and its value."""

    key: Scalar
    node: Node


Node = Scalar | Items | Fields


def plain(node: Node) -> object:
    """Return the node as plain Python: dict, list, str, int, float, bool, None."""
    match node:
        case Scalar():
            return node.value
        case Items():
            return [plain(item) for item in node.nodes]
        case Fields():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


def scalars(node: Node, key: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield every scalar value with the nearest key above it."""
    match node:
        case Scalar():
            yield key, node
        case Items():
            for item in node.nodes:
                yield from scalars(item, key)
        case Fields():
            for name, entry in node.entries.items():
                yield from scalars(entry.node, name)


def find_text(node: Node, text: str | None) -> Scalar | None:
    """Return the first value, or else key, that is this text."""
    if text is None:
        return None
    for _, scalar in scalars(node):
        if scalar.text == text:
            return scalar
    return next((key for key in _keys(node) if key.text == text), None)


def _keys(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Items):
        for item in node.nodes:
            yield from _keys(item)
    elif isinstance(node, Fields):
        for entry in node.entries.values():
            yield entry.key
            yield from _keys(entry.node)


@dataclass(slots=True)
class Document:
    """A composed file: its tree, and its lines to quote in errors."""

    name: str
    """How places call it: the path as the user would type it."""
    root: Node
    lines: Sequence[str] = ()

    def error(
        self,
        code: str,
        message: str,
        at: Node | Mark,
        *,
        hint: str | None = None,
        offset: int | None = None,
    ) -> ConfigError:
        """Return an error that shows the place of a node, or ``offset`` characters into it."""
        error = ConfigError(code, redact(message), hint=redact(hint) if hint else None)
        mark, width = self.spot(at, offset)
        error.place = self.place(mark)
        error.excerpt = self.excerpt(mark, width)
        return error

    def place(self, at: Node | Mark) -> str:
        """Return ``file:line:column`` of a node."""
        mark = at if isinstance(at, Mark) else at.mark
        return f"{self.name}:{mark.line}:{mark.column}" if mark.line else self.name

    def excerpt(self, mark: Mark, width: int = 1) -> str | None:
        """Return the line of a mark with carets under it, or None if it isn't to be shown."""
        if not 1 <= mark.line <= len(self.lines):
            return None
        # Tabs would move the carets; a very long line is cut around them.
        line = self.lines[mark.line - 1].replace("\t", " ")
        if redact(line) != line or not line.isprintable():
            return None
        start = max(0, mark.column - 60)
        shown = line[start : start + 100].rstrip()
        gutter = f"{mark.line:>5} | "
        carets = "^" * max(1, min(width, len(shown) - (mark.column - 1 - start)))
        caret_gutter = " " * (len(gutter) - 2) + "| "
        return f"{gutter}{shown}\n{caret_gutter}{' ' * (mark.column - 1 - start)}{carets}"

    def spot(self, at: Node | Mark, offset: int | None = None) -> tuple[Mark, int]:
        """Return where ``offset`` characters into a scalar's text are in the file, and a width.

        Falls back to the scalar's beginning where escapes or folding make that unknowable.
        """
        if not isinstance(at, Scalar):
            return (at if isinstance(at, Mark) else at.mark), 1
        if offset is None or not 1 <= at.mark.line <= len(self.lines):
            return at.mark, at.width
        word = re.match(r"\w+", at.text[offset:])
        width = len(word[0]) if word else 1
        if at.style == "|":
            return self._in_block(at, offset), width
        first = self.lines[at.mark.line - 1]
        begin = at.mark.column - 1 + (1 if at.style in {"'", '"'} else 0)
        if first[begin : begin + len(at.text)] != at.text:
            return at.mark, at.width
        return Mark(at.mark.line, begin + 1 + min(offset, len(at.text))), width

    def _in_block(self, at: Scalar, offset: int) -> Mark:
        before = at.text[:offset]
        down = before.count("\n")
        index = at.mark.line + down
        if index >= len(self.lines):
            return at.mark
        line = self.lines[index]
        indent = len(line) - len(line.lstrip()) if line.strip() else 0
        text = at.text.split("\n")[down]
        indent -= len(text) - len(text.lstrip())
        return Mark(index + 1, indent + 1 + offset - (before.rfind("\n") + 1))


def from_plain(value: object, name: str) -> Document:
    """Return a document of plain Python values, such as the command line makes; no positions."""
    return Document(name, _node(value))


def _node(value: object) -> Node:
    if isinstance(value, Mapping):
        return Fields(
            {str(key): Entry(_node_text(str(key)), _node(item)) for key, item in value.items()}
        )
    if isinstance(value, list | tuple):
        return Items([_node(item) for item in value])
    if value is None or isinstance(value, bool | int | float | str):
        return Scalar(
            "" if value is None else str(value), value, style="'" if isinstance(value, str) else ""
        )
    raise TypeError(f"{type(value).__name__} can't stand in a pipeline")


def _node_text(text: str) -> Scalar:
    return Scalar(text, text, style="'")
