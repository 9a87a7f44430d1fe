"""Text from outside, made safe to show: nothing in it can steer a terminal or split a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from csvflow.core.secrets import redact

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\x00": r"\0"}


def printable(text: str) -> str:
    r"""Return the text with control characters, direction marks and lone surrogates as escapes.

    ``a\x1b[2Jb`` is shown as the eight characters that name the escape, not obeyed. What is
    escaped: C0 and C1 controls, line and paragraph separators, marks that change the direction
    of writing, and the surrogates with which Python stands in for undecodable file names.
    """
    return _STEERING.sub(_escaped, text)


def json_safe(text: str) -> str:
    """Return JSON text in which the same characters stand as JSON escapes."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain(value: Any) -> Any:
    """Return the value as JSON data, with known secrets taken out of every text in it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return redact(str(value))


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{ord(char):02x}" if char <= "\xff" else f"\\u{ord(char):04x}"
