"""The JSON Schema agrees with what the reader takes and refuses, with the real plugins."""

import json
from pathlib import Path

import jsonschema
import pytest

from csvflow.core import registry
from csvflow.core.pipeline.compose import compose, compose_file
from csvflow.core.pipeline.nodes import plain
from csvflow.core.pipeline.schema import pipeline_schema

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(pipeline_schema())


def valid(validator, text):
    return validator.is_valid(plain(compose(text, "p.yaml").root))


def test_the_schema_is_a_schema():
    schema = pipeline_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "csvflow pipeline"
    assert json.loads(json.dumps(schema)) == schema


def test_every_reference_leads_somewhere():
    schema = pipeline_schema()
    text = json.dumps(schema)
    for part in text.split('"$ref": "#/$defs/')[1:]:
        assert part.split('"')[0] in schema["$defs"]


def test_every_key_is_described():
    for name, key in pipeline_schema()["properties"].items():
        assert key.get("description"), name


@pytest.mark.parametrize("path", sorted(ROOT.glob("pipelines/*.yaml")), ids=lambda path: path.name)
def test_sample_pipelines_are_valid(validator, path):
    document = plain(compose_file(path, path.name).root)
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
)
def test_every_example_of_a_plugin_is_valid(validator, kind, name):
    plugin = registry.load(kind, name)
    for settings in plugin.examples.values():
        value = settings[plugin.shorthand] if plugin.bare else settings
        one = {name: value}
        document = {"source": "in/*.csv", "sinks": [{"csv": {"path": "out/"}}]}
        place = {"source": "source", "step": "steps", "sink": "sinks", "notifier": "notify"}
        many = kind in {"step", "sink", "notifier"}
        document[place.get(kind, "ledger")] = [one] if many else one
        assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    "text",
    [
        "source: in/*.csv\nsinks: [parquet: {path: out/}]",
        "source: [a.csv, b.csv]\nsinks: [parquet: {path: out/}]",
        "source: {path: a, settle: 5s, trigger: {poll: 1m}}\nsinks: [csv: {path: out/}]",
        "source: {files: {path: a}, duplicate: skip}\nsinks: [csv: {path: out/}]",
        "source: a\ncolumns: {a: int, b: , c: {type: date}}\nsinks: [csv: {path: o/}]",
        "source: a\nsteps: [filter: a > 1, derive: {b: a * 2}]\nsinks: [csv: {path: out/}]",
        "source: a\nsinks: [csv: {path: out/}]\nrejects: {max: 1%}\nretry: {attempts: '${N}'}",
        "source: a\nsinks: [csv: {path: out/}]\nunknown_columns: {rescue: rest}\nledger: sqlite",
        "source: a\nsinks: [sqlite: {path: x.db, table: 2026}]",
        "source: a\nsinks: [csv: {path: o/}]\nnotify: [{webhook: {url: 'https://x/'}, on: failed}]",
    ],
)
def test_what_can_be_written_is_valid(validator, text):
    assert valid(validator, text)


@pytest.mark.parametrize(
    "text",
    [
        "source: in/*.csv",
        "source: a\nsinks: []",
        "source: a\nsinks: [parqet: {path: out/}]",
        "source: a\nsinks: [parquet: {pth: out/}]",
        "source: a\nsinks: [parquet]",
        "source: a\nsinks: [parquet: {path: o/}]\nsorce: x",
        "source: a\nsinks: [parquet: {path: o/}]\nempty: okay",
        "source: a\nsinks: [parquet: {path: o/}]\ncolumns: {a: {typ: int}}",
        "source: {pth: a}\nsinks: [parquet: {path: o/}]",
        "source: a\nsinks: [parquet: {path: o/}]\nretry: {attempts: many}",
    ],
)
def test_what_can_not_be_written_is_not(validator, text):
    assert not valid(validator, text)
