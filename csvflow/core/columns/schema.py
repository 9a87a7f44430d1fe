"""JSON Schema of one column, for editors: the short form or the mapping."""

from __future__ import annotations

from typing import Any

from csvflow.core.columns.types import TYPE_NAMES

_SHORT = (
    "Type, then constraints: `int required unique`, `decimal(12,2) >= 0`, `date %d/%m/%Y`, "
    "`text in (open, closed)`, `text matches [A-Z]{2}`, `text length <= 10`"
)
_TYPES = "|".join(r"decimal\s*\(" if name == "decimal" else rf"{name}\b" for name in TYPE_NAMES)
_VALUE: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_VALUES: dict[str, Any] = {"anyOf": [_VALUE, {"type": "array", "items": _VALUE, "minItems": 1}]}
_NAMES: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}


def column_schema() -> dict[str, Any]:
    """Return the schema of a value under ``columns``."""
    short = {"type": "string", "pattern": rf"^\s*(?:{_TYPES})", "description": _SHORT}
    keys: dict[str, Any] = {
        "type": short,
        "format": {**_NAMES, "description": "How a date, time or timestamp is written: %d/%m/%Y"},
        "formats": {**_NAMES, "description": "The same as `format`, for several"},
        "zone": {
            "type": "string",
            "description": "Where local times of a timestamp are: Europe/Berlin",
        },
        "required": {"type": "boolean", "description": "Refuse rows without a value"},
        "unique": {"type": "boolean", "description": "Refuse rows whose value came before"},
        "min": {**_VALUE, "description": "The least value"},
        "max": {**_VALUE, "description": "The greatest value"},
        "in": {**_VALUES, "description": "The values that are allowed"},
        "matches": {
            "type": "string",
            "description": "A RE2 regular expression that the whole text matches",
        },
        "length": {
            "type": ["string", "integer"],
            "description": "How many characters: `<= 10`, `2..5` or `2`",
        },
        "from": {**_NAMES, "description": "The header in the file; of several, the first there"},
        "default": {**_VALUE, "description": "What takes the place of no value"},
    }
    mapping = {"type": "object", "properties": keys, "additionalProperties": False}
    return {"anyOf": [short, mapping, {"type": "null"}]}
