"""Values that carry their unit in YAML: durations ``5s`` and sizes ``8MB``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def parse_duration(value: object) -> object:
    """Return the seconds that ``1m30s`` or ``200ms`` names; other types pass through."""
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError(f"`{value}` is not a duration such as `5s`, `10m` or `1h30m`")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def parse_size(value: object) -> object:
    """Return the bytes that ``8MB`` or ``64KiB`` names; other types pass through."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(B|[KMG]i?B)", value)
    if match is None:
        raise ValueError(f"`{value}` is not a size such as `64KB`, `8MB` or `1GiB`")
    return int(float(match[1]) * _BYTES[match[2]])


Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=str | float)]
"""Seconds. In YAML with a unit: ``200ms``, ``5s``, ``10m``, ``1h30m``, ``2d``."""

Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=str | int)]
"""Bytes. In YAML with a unit: ``64KB``, ``8MB``, ``1GiB``."""
