"""The JSON Schema of a pipeline with this installation's plugins, for editors.

https://json-schema.org/draft/2020-12; in YAML files it is used through
``# yaml-language-server: $schema=./pipeline.schema.json``.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from csvflow.contract import Plugin, Settings
from csvflow.core import registry
from csvflow.core.columns.spec import KEYS
from csvflow.core.pipeline.language import (
    DEFAULT_SOURCE,
    PLUGIN,
    NotifyKeys,
    PipelineKeys,
    SourceKeys,
)

ID = "https://csvflow.dev/pipeline.schema.json"
"""Names the schema; nothing is fetched from there."""
_REFERENCE = {"$ref": "#/$defs/reference"}

Schema = dict[str, Any]


def pipeline_schema() -> Mapping[str, Any]:
    """Return the schema of a pipeline."""
    defs: Schema = {
        "reference": {
            "type": "string",
            "pattern": r"\$\{[^}]+\}",
            "description": "`${VAR}`, `${VAR:-default}` or `${file:/path}`",
        },
        "column": _column(),
    }
    root = _settings(PipelineKeys, "pipeline", defs)
    for key, schema in root["properties"].items():
        kind = schema.pop(PLUGIN, None)
        many = schema.pop("many", False)
        schema.pop("default", None)
        if kind is None:
            continue
        one = _source(defs) if kind == "source" else _one_of(kind, defs)
        root["properties"][key] = {
            **schema,
            **({"type": "array", "items": one} if many else one),
        }
    root["properties"]["sinks"]["minItems"] = 1
    root["properties"]["columns"]["additionalProperties"] = {"$ref": "#/$defs/column"}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ID}
    return {**head, **root, "title": "csvflow pipeline", "$defs": dict(sorted(defs.items()))}


def _one_of(kind: str, defs: Schema) -> Schema:
    """Return the schema of one plugin of a kind: a single key, or a bare type."""
    beside = _settings(NotifyKeys, "notify", defs)["properties"] if kind == "notifier" else {}
    plugins = {name: registry.load(kind, name) for name in registry.names(kind)}
    options = [_single_key(kind, name, plugin, beside, defs) for name, plugin in plugins.items()]
    bare = [name for name, plugin in plugins.items() if not _required(plugin)]
    if bare:
        options.append({"enum": bare})
    # Without any plugin of the kind nothing can stand there.
    return {"oneOf": options} if options else {"not": {}}


def _single_key(
    kind: str, name: str, plugin: type[Plugin[Any]], beside: Schema, defs: Schema
) -> Schema:
    return {
        "type": "object",
        "description": _first_line(plugin),
        "properties": {name: _value(kind, name, plugin, defs), **beside},
        "required": [name],
        "additionalProperties": False,
    }


def _value(kind: str, name: str, plugin: type[Plugin[Any]], defs: Schema) -> Schema:
    """Return the schema of what follows ``type:``."""
    schema = _settings(plugin.settings_type, f"{kind}.{name}", defs)
    defs[f"{kind}.{name}"] = {**schema, "description": inspect.getdoc(plugin) or ""}
    whole: Schema = {"$ref": f"#/$defs/{kind}.{name}"}
    options = []
    if plugin.shorthand is not None:
        options.append(schema["properties"][plugin.shorthand])
    if not plugin.bare:
        options.append(whole)
        if not _required(plugin):
            options.append({"type": "null"})
    description = {"description": _first_line(plugin)}
    return {**description, **(options[0] if len(options) == 1 else {"anyOf": options})}


def _source(defs: Schema) -> Schema:
    """Return the schema of ``source``: a path, or settings with the common keys beside them."""
    common = _settings(SourceKeys, "source", defs)["properties"]
    default = registry.load("source", DEFAULT_SOURCE)
    own = _settings(default.settings_type, f"source.{DEFAULT_SOURCE}", defs)
    options = [{**own, "properties": {**own["properties"], **common}}]
    if default.shorthand is not None:
        options.insert(0, own["properties"][default.shorthand])
    options += [
        _single_key("source", name, registry.load("source", name), common, defs)
        for name in registry.names("source")
    ]
    return {"anyOf": options}


def _settings(model: type[Settings], prefix: str, defs: Schema) -> Schema:
    """Return a model's schema; its own definitions go to ``defs`` under a prefix."""
    schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, inner in schema.pop("$defs", {}).items():
        defs[f"{prefix}.{name}"] = _open(inner)
    schema.pop("title", None)
    opened = _open(schema)
    return opened if isinstance(opened, dict) else {}


def _open(schema: Any) -> Any:
    """Return the schema with references allowed wherever a number, a word or a flag may stand."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if set(schema) & {"enum", "const"} or schema.get("type") in {"integer", "number", "boolean"}:
        outer = {key: schema[key] for key in ("description", "default") if key in schema}
        inner = {key: item for key, item in schema.items() if key not in {*outer, "title"}}
        return {**outer, "anyOf": [inner, _REFERENCE]}
    if schema.get("type") == "string" and not set(schema) & {"pattern", "format"}:
        # An unquoted number is text where text is wanted.
        schema = {**schema, "type": ["string", "number", "boolean"]}
    literal = {"default", "examples", "required", "description", PLUGIN, "pattern"}
    named = {"properties", "$defs", "patternProperties"}
    return {
        key: item
        if key in literal
        else {name: _open(inner) for name, inner in item.items()}
        if key in named
        else _open(item)
        for key, item in schema.items()
        if not (key == "title" and isinstance(item, str))
    }


def _column() -> Schema:
    word: Schema = {"type": ["string", "number", "boolean"]}
    words: Schema = {"anyOf": [word, {"type": "array", "items": word}]}
    flags = {"required", "unique"}
    lists = {"in", "from", "format", "formats"}
    properties = {
        key: {"type": "boolean"} if key in flags else words if key in lists else word
        for key in (*KEYS, "formats")
    }
    return {
        "description": "Type and constraints, such as `decimal(12,2) >= 0 required`",
        "anyOf": [
            {"type": "string"},
            {"type": "null"},
            {"type": "object", "properties": properties, "additionalProperties": False},
        ],
    }


def _required(plugin: type[Plugin[Any]]) -> bool:
    return any(field.is_required() for field in plugin.settings_type.model_fields.values())


def _first_line(plugin: type[Plugin[Any]]) -> str:
    return (inspect.getdoc(plugin) or "").split("\n", 1)[0]
