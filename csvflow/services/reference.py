"""The reference, made from what it describes: plugins, error codes, the command line's exits.

``poe reference`` writes it to ``csvflow/reference/``; a test compares.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from csvflow.contract import ConfigError, Plugin, Settings
from csvflow.core import registry
from csvflow.core.codes import explanations
from csvflow.services.language import columns_page, pipeline_page

FOLDER = Path(__file__).parent.parent / "reference"
LANGUAGE = {
    "columns": "The types and constraints of columns.",
    "pipeline": "The keys of a pipeline.",
}
"""Pages that aren't of plugins, and what is on them."""


@dataclass(frozen=True)
class Entry:
    """One plugin."""

    plugin: type[Plugin[Any]]
    kind: str
    type: str

    @property
    def text(self) -> str:
        """Its page: the class docstring."""
        return inspect.cleandoc(self.plugin.__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of its page."""
        return self.text.split("\n", 1)[0]

    def as_data(self) -> dict[str, Any]:
        """Return the page as data."""
        return {
            "kind": self.kind,
            "type": self.type,
            "text": self.text,
            "settings": self.plugin.settings_type.model_json_schema(),
            "examples": {title: dict(value) for title, value in self.plugin.examples.items()},
        }


@dataclass(frozen=True)
class Setting:
    """One setting of a plugin, in the words of YAML."""

    name: str
    type: str
    default: str
    """As Markdown: ``required``, a value in backticks, or nothing."""
    text: str


def settings_of(entry: Entry) -> list[Setting]:
    """Return what a user may write for a plugin."""
    return [_setting(*item) for item in entry.plugin.settings_type.model_fields.items()]


def examples_of(entry: Entry) -> list[tuple[str, str]]:
    """Return the titles of a plugin's examples, and each as YAML."""
    examples = entry.plugin.examples.items()
    return [(title, _example(entry, settings)) for title, settings in examples]


def listed() -> list[Entry]:
    """Return every plugin of this installation, by kind and type."""
    return [
        Entry(registry.load(kind, name), kind, name)
        for kind in registry.KINDS
        for name in registry.names(kind)
    ]


def pages_of(name: str) -> list[Entry]:
    """Return the plugins of that type, or the one that ``kind.type`` names.

    The name of a kind gives all plugins of it. Raises ``ConfigError``
    (``config.unknown-plugin``).
    """
    if name in registry.KINDS:
        return [Entry(registry.load(name, type_), name, type_) for type_ in registry.names(name)]
    kind, _, type_ = name.rpartition(".")
    kinds = [kind] if kind in registry.KINDS else registry.KINDS
    found = [
        Entry(registry.load(kind, type_), kind, type_)
        for kind in kinds
        if type_ in registry.names(kind)
    ]
    if found:
        return found
    from difflib import get_close_matches  # noqa: PLC0415 - only for a typo

    known = {item for kind in kinds for item in registry.names(kind)} | set(LANGUAGE)
    near = get_close_matches(type_, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`csvflow plugins` lists them"
    raise ConfigError("config.unknown-plugin", f"there is no plugin `{name}`", hint=hint)


def page_of_language(name: str) -> str:
    """Return one of the pages of ``LANGUAGE``, in Markdown."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def page(entry: Entry) -> str:
    """Return a plugin's page in Markdown."""
    plugin = entry.plugin
    parts = [f"## {entry.kind} `{entry.type}`\n", entry.text + "\n"]
    if guarantee := getattr(plugin, "guarantee", None):
        parts.append(f"Guarantee: {guarantee}.\n")
    if plugin.extra:
        parts.append(f"Needs `pip install 'csvflow[{plugin.extra}]'`.\n")
    rows = [_row(*item) for item in plugin.settings_type.model_fields.items()]
    if rows:
        parts.append("| setting | type | default | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n")
    if plugin.shorthand and not plugin.bare:
        parts.append(f"A bare value fills `{plugin.shorthand}`.\n")
    parts += [f"{title}:\n\n```yaml\n{text}```\n" for title, text in examples_of(entry)]
    return "\n".join(parts)


def files() -> dict[str, str]:
    """Return the reference: file name → text."""
    found = {f"{kind}s.md": _of_kind(kind) for kind in registry.KINDS}
    found["pipeline.md"] = pipeline_page(_row)
    found["columns.md"] = columns_page()
    codes = [f"## {code}\n\n{text}" for code, text in explanations().items()]
    found["codes.md"] = "\n".join(["# Error codes\n", *codes])
    return found


def write(folder: Path = FOLDER) -> None:
    """Write the reference."""
    folder.mkdir(exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


def pipeline_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a pipeline with the plugins of this installation."""
    from csvflow.core.pipeline.schema import pipeline_schema as made  # noqa: PLC0415 - start-up

    return made()


def schema_text() -> str:
    """Return the JSON Schema as it stands in ``pipelines/``."""
    return json.dumps(pipeline_schema(), ensure_ascii=False, indent=2) + "\n"


def _of_kind(kind: str) -> str:
    entries = [entry for entry in listed() if entry.kind == kind]
    return "\n".join([f"# {kind.capitalize()}s\n", *(page(entry) for entry in entries)])


def _setting(name: str, field: FieldInfo) -> Setting:
    words = _words_of(field)
    text = " ".join((field.description or "").split()).replace("``", "`")
    return Setting(field.alias or name, words, _default(field, words), text)


def _row(name: str, field: FieldInfo) -> str:
    told = _setting(name, field)
    cells = (f"`{told.name}`", told.type, told.default, told.text)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _words_of(field: FieldInfo) -> str:
    """Return a field's type in the words of YAML."""
    annotation: Any = field.annotation
    for item in field.metadata:
        annotation = Annotated[annotation, item]
    schema = TypeAdapter(annotation).json_schema()
    return _words(schema, schema.get("$defs", {}))


def _words(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _words(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "enum" in schema:
        return " or ".join(f"`{item}`" for item in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        words = [_words(item, defs) for item in schema["anyOf"]]
        return " or ".join(dict.fromkeys(word for word in words if word != "null"))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_words(schema.get('items', {}), defs)}"
    names = {"string": "text", "object": "mapping", "boolean": "true or false"}
    return {**names, "any": "plugin"}.get(kind, kind)


def _default(field: FieldInfo, words: str) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == () or isinstance(value, Settings):
        return ""
    if "Default:" in (field.description or ""):
        return ""
    if words == "text or number" and isinstance(value, float):
        return f"`{value:g}s`"
    if words == "text or integer" and isinstance(value, int):
        return f"`{_bytes(value)}`"
    return f"`{json.dumps(value, ensure_ascii=False, default=str)}`"


def _bytes(value: int) -> str:
    units = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "GB": 10**9, "MB": 10**6, "KB": 10**3}
    return next(
        (f"{value // size}{unit}" for unit, size in units.items() if value and value % size == 0),
        f"{value}B",
    )


def _example(entry: Entry, settings: Mapping[str, Any]) -> str:
    plugin = entry.plugin
    value: Any = dict(settings)
    if plugin.shorthand and set(value) == {plugin.shorthand}:
        value = value[plugin.shorthand]
    shown: Any = {entry.type: value}
    if entry.kind == "source" and entry.type == "files":
        # The usual source needs no name.
        shown = value
    shown = [shown] if entry.kind in {"step", "sink", "notifier"} else {entry.kind: shown}
    text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=90)
    return str(text)
