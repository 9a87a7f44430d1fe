"""Column names in the settings of steps."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_several, json_schema_input_type=str | list[str]),
]
"""One or more column names; a single one needs no list."""


def _written(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Sql = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | int | float | bool)]
"""An SQL expression; a bare number or truth value in YAML is one too."""
