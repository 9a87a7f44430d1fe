"""A YAML text changed in places: every edit takes exactly the span of what it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import yaml

from csvflow.services.draft import cell


class EditError(Exception):
    """The text can't be changed for sure."""


class Pair(NamedTuple):
    """A key and its value."""

    key: yaml.Node
    value: yaml.Node


Keys = dict[str, Pair]


class Text:
    """The text, and what is to be changed in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._edits: list[tuple[int, int, str]] = []
        # In pure Python: its marks count characters, and end where scalars do.
        if any(getattr(event, "anchor", None) for event in yaml.parse(text, yaml.SafeLoader)):
            raise EditError("the file has anchors, by which one text stands in several places")
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def cases(self) -> list[Keys]:
        """Return each case's keys."""
        tests = keys(self._root)["tests"].value
        return [keys(node) for node in tests.value]

    def replace(self, start: int, end: int, new: str) -> None:
        """Put a text in the place of a span."""
        self._edits.append((start, end, new))

    def insert(self, at: int, lines: list[str]) -> None:
        """Put lines where a line begins, or behind the last."""
        before = "" if not at or self.text[at - 1] == "\n" else self.newline
        self.replace(at, at, before + "".join(f"{line}{self.newline}" for line in lines))

    def edited(self) -> str:
        """Return the text with all changes."""
        text = self.text
        for start, end, new in sorted(self._edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def line(self, at: int) -> int:
        """Return where the line of a place begins."""
        return self.text.rfind("\n", 0, at) + 1

    def below(self, node: yaml.Node) -> int:
        """Return where the line behind a node begins."""
        end = self.text.find("\n", end_of(node) - 1)
        return len(self.text) if end < 0 else end + 1


class Entries:
    """The entries of a list, each to be kept, changed or dropped, with others between them."""

    def __init__(self, text: Text, pair: Pair) -> None:
        if not isinstance(pair.value, yaml.SequenceNode):
            raise EditError("what must be a list is none")
        self._text = text
        self._key = pair.key
        self._list = pair.value
        self._items: list[yaml.Node] = self._list.value
        self._left = len(self._items)
        self._place = text.line(self._items[0].start_mark.index) if self._items else 0
        """Where the next added entry belongs."""
        self._added: dict[int, list[str]] = {}

    def change(self, at: int, values: Mapping[str, str | None]) -> None:
        """Change values of an entry."""
        pairs = keys(self._items[at])
        for name, value in values.items():
            node = pairs[name].value
            if not isinstance(node, yaml.ScalarNode) or node.style in {"|", ">"}:
                raise EditError(f"the value of `{name}` is no text in one line")
            self._text.replace(node.start_mark.index, node.end_mark.index, cell(value))
        self._place = self._text.below(self._items[at])

    def put(self, at: int, new: str) -> None:
        """Write an entry anew."""
        start, end = self._span(at)
        self._text.replace(start, end, new)
        self._place = self._text.below(self._items[at])

    def drop(self, at: int) -> None:
        """Take an entry out, with its lines."""
        start, end = self._span(at)
        first, behind = self._text.line(start), self._text.below(self._items[at])
        if self._text.text[first:start].strip() != "-" or self._text.text[end:behind].strip():
            raise EditError("an entry that is to go has company in its line")
        self._text.replace(first, behind, "")
        self._place = behind
        self._left -= 1

    def add(self, new: str) -> None:
        """Add an entry behind those that were looked at."""
        self._added.setdefault(self._place, []).append(new)

    def close(self) -> None:
        """Write what was added; a list of nothing is ``[]``."""
        if not self._items and self._added:
            if self._text.text[self._colon() : end_of(self._list)].strip() != "[]":
                raise EditError("a list without entries isn't `[]`")
            self._text.replace(self._colon(), end_of(self._list), "")
            self._place = self._text.below(self._list)
            self._added = {self._place: self._added[0]}
        elif self._added and self._list.flow_style:
            raise EditError("a list stands between brackets")
        elif self._items and not self._left and not self._added:
            self._text.replace(self._colon(), self._colon(), " []")
        lead = _lead(self._key)
        if self._items:
            first = self._items[0].start_mark.index
            lead = self._text.text[self._text.line(first) : first]
        for place, new in self._added.items():
            self._text.insert(place, [f"{lead}{one}" for one in new])

    def _colon(self) -> int:
        behind: int = self._key.end_mark.index + 1
        if self._text.text[behind - 1] != ":":
            raise EditError("a key and its colon are apart")
        return behind

    def _span(self, at: int) -> tuple[int, int]:
        start, end = self._items[at].start_mark.index, end_of(self._items[at])
        if " #" in self._text.text[start:end]:
            raise EditError("an entry that is to change has a comment in it")
        return start, end


def begin_list(text: Text, above: Pair, key: str, entries: list[str]) -> None:
    """Write a list of a new key below another key of the same mapping."""
    indent = " " * above.key.start_mark.column
    lines = [f"{indent}{key}:", *(f"{_lead(above.key)}{entry}" for entry in entries)]
    text.insert(text.below(above.value), lines)


def keys(node: yaml.Node | None) -> Keys:
    """Return the keys of a mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise EditError("what must be a mapping is none")
    return {key.value: Pair(key, value) for key, value in node.value}


def end_of(node: yaml.Node) -> int:
    """Return where a node ends, without the comments and blank lines that PyYAML counts to it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return end


def _lead(key: yaml.Node) -> str:
    return " " * (key.start_mark.column + 2) + "- "
