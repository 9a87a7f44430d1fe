"""Texts as YAML values, quoted only where they would mean something else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from csvflow.core.pipeline.scalars import typed

_PLAIN = re.compile(r"[^\W\d]\w*(?:[ ./+=%(),'*><|-]+[\w%)'*/]+)*", re.ASCII)
_FLOW = re.compile(r"\w[\w.+/@-]*(?: [\w.+/@-]+)*", re.ASCII)


def scalar(text: str) -> str:
    """Return a text as a YAML value in block style."""
    text = text.replace("${", "$${")
    if _PLAIN.fullmatch(text) and isinstance(typed(text), str) and " #" not in text:
        return text
    return _single(text)


def flow(text: str) -> str:
    """Return a text as a YAML value between braces or brackets."""
    text = text.replace("${", "$${")
    return text if _FLOW.fullmatch(text) and isinstance(typed(text), str) else _single(text)


def value(item: object) -> str:
    """Return a plain value for a place between braces."""
    if isinstance(item, str):
        return flow(item)
    if isinstance(item, Sequence):
        return "[" + ", ".join(value(one) for one in item) + "]"
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item)


def quoted(text: str) -> str:
    """Return a text in double quotes: any text, on one line."""
    # JSON's escapes are YAML's; beyond the basic plane it would write surrogates.
    return "".join(
        char if char.isprintable() and char != "\ufeff" else f"\\U{ord(char):08x}"
        for char in json.dumps(text, ensure_ascii=False)
    )


def _single(text: str) -> str:
    if text.isprintable() and not re.search("[\u0085\u2028\u2029\ufeff]", text):
        return "'" + text.replace("'", "''") + "'"
    return quoted(text)
