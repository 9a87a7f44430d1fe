"""No text makes the reader do anything but return a tree or tell a mistake."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csvflow.contract import ConfigError
from csvflow.core.pipeline.compose import compose
from csvflow.core.pipeline.load import problems
from csvflow.core.pipeline.nodes import Scalar, plain, scalars
from csvflow.core.pipeline.scalars import typed

TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
"""What YAML 1.2 takes: https://yaml.org/spec/1.2.2/#51-character-set."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PIPELINE = """\
name: shop
source: {path: "in/*.csv", settle: 5s, trigger: {poll: 1m}}
columns:
  id: int required
  day: {type: date, format: "%d"}
steps:
  - derive: {total: amount * 2}
  - filter: total > 0
sinks:
  - postgres: {url: "${DB:-x}", table: t, key: [id]}
rejects: {max: 1%}
notify:
  - webhook: {url: u}
    on: [failed]
"""


@settings(derandomize=True, deadline=None, max_examples=150)
@given(VALUES)
def test_json_is_yaml(value):
    assert plain(compose(json.dumps(value, ensure_ascii=False), "p.yaml").root) == value


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(max_size=40) | st.text("{}[]:,-&*!|>'\"%@` \n\tab#?<$", max_size=40))
def test_any_text_is_a_tree_or_a_mistake(text):
    told = None
    try:
        document = compose(text, "p.yaml")
    except ConfigError as error:
        told = error
    if told is not None:
        assert told.code.startswith("config.")
        assert told.place is not None
    else:
        assert all(scalar.mark.line >= 1 for _, scalar in scalars(document.root))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.text(max_size=12))
def test_a_plain_scalar_loses_nothing(text):
    value = typed(text)
    if isinstance(value, int) and not isinstance(value, bool) and not text.startswith("0"):
        assert str(value) == text.removeprefix("+")
    if isinstance(value, str):
        assert value == text


@settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.integers(0, len(PIPELINE) - 1),
    cut=st.integers(0, 12),
    put=st.sampled_from(["", "x", ":", " ", "\n", "[", "{", "- ", "'", "5", "${", "&a ", "null"]),
)
def test_a_damaged_pipeline_is_read_or_told(write, at, cut, put):
    path = write(PIPELINE[:at] + put + PIPELINE[at + cut :])
    for error in problems(path):
        assert isinstance(error, ConfigError)
        assert error.place.startswith("pipelines/orders.yaml")


@pytest.mark.parametrize("text", ["0.10", "1e5", "+1", "0x10", "~"])
def test_what_was_written_is_kept_beside_what_it_means(text):
    node = compose(f"a: {text}", "p.yaml").root.node("a")
    assert isinstance(node, Scalar)
    assert node.text == text
