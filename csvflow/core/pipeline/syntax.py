"""What libyaml says about a broken file, in the words of who wrote it."""

from __future__ import annotations

from typing import Protocol

import yaml

from csvflow.contract import ConfigError
from csvflow.core.pipeline.nodes import Document, Mark

MAX_DEPTH = 50


class _Position(Protocol):
    """A mark of PyYAML's, from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def mark_of(mark: _Position | None) -> Mark:
    """Return a position of PyYAML's as one from 1."""
    return Mark(mark.line + 1, mark.column + 1) if mark else Mark()


def explained(document: Document, error: yaml.MarkedYAMLError) -> ConfigError:
    """Return the error with its place."""
    said, context, mark = error.problem or "", error.context or "", mark_of(error.problem_mark)
    begin = mark_of(error.context_mark) if error.context_mark else mark
    line = document.lines[mark.line - 1] if 1 <= mark.line <= len(document.lines) else ""
    character = line[mark.column - 1 : mark.column]
    quote = "put the value in quotes"
    hint: str | None = None
    if "nesting" in said:
        message = f"is nested deeper than {MAX_DEPTH} levels"
        return document.error("config.limit", message, mark)
    if "tab character" in said or (character == "\t" and "any token" in said):
        message = "YAML is indented by spaces, not tabs"
    elif "cannot start any token" in said:
        message, hint = f"a value can't begin with `{character}`", quote
    elif "scanning an alias" in context or "scanning an anchor" in context:
        sign = "*" if "alias" in context else "&"
        message, mark, hint = f"a value can't begin with `{sign}`", begin, quote
    elif "mapping values are not allowed" in said:
        message = "`: ` can't stand inside an unquoted value"
        hint = "put the value in quotes, or mend the indentation"
    elif "quoted scalar" in context and "end of stream" in said:
        message, mark = "this quote is never closed", begin
    elif "parsing a flow" in context and character in {"{", "["}:
        message = f"between brackets, a value with `{character}` inside needs quotes"
        hint = 'for example "${NAME}" or "out/{stem}.csv"'
    elif "flow sequence" in context or "flow mapping" in context:
        sign = "[" if "sequence" in context else "{"
        message, mark = f"this `{sign}` isn't closed, or a comma is missing", begin
        hint = "quote a value that is text but begins with a bracket"
    elif "did not find expected" in said or "could not find expected" in said:
        message = "a `key: value` pair is expected here"
        hint = "is the indentation right, and is the line above complete?"
        if line[: mark.column - 1].rstrip().endswith(("}", "'", '"')):
            hint = "put the whole value in quotes"
    else:
        message = f"{said} {context}".strip()
    return document.error("config.syntax", message, mark, hint=hint)
