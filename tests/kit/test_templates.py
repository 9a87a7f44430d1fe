"""No value, whatever it is, takes a file out of the place that the author named."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csvflow.contract import ConfigError, Event, Run
from csvflow.kit.templates import Template, safe

WHEN = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


def run(name: str = "orders-07.csv.gz", **captures: str) -> Run:
    event = Event(uri=f"/landing/{name}", version="v1", size=1, captures=captures)
    return Run(id="0" * 19 + "a", pipeline="orders", event=event, started_at=WHEN)


def test_a_template_is_filled_from_the_run() -> None:
    template = Template("/out/{pipeline}/{partner}/{run_date}/{stem}-{run_id}.csv")
    assert template.fill(run(partner="north")) == (
        "/out/orders/north/2026-11-23/orders-07-0000000000000000000a.csv"
    )


def test_doubled_braces_are_braces() -> None:
    assert Template("/out/{{a}}/{stem}").fill(run()) == "/out/{a}/orders-07"


@pytest.mark.parametrize(
    "text",
    [
        "{x.__class__}",
        "{0.__init__.__globals__}",
        "{0}",
        "{}",
        "{stem!r}",
        "{stem:>300}",
        "{stem[0]}",
        "{a-b}",
        "{stem",
        "stem}",
        "{a b}",
        "{a{b}}",
    ],
)
def test_only_plain_names_are_placeholders(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Template(f"/out/{text}")
    assert caught.value.code == "config.template"


def test_a_placeholder_that_nothing_fills_is_named_with_what_there_is() -> None:
    with pytest.raises(ConfigError) as caught:
        Template("/out/{partnr}.csv").fill(run(partner="north"))
    assert str(caught.value) == (
        "nothing fills `{partnr}` in `/out/{partnr}.csv`\n"
        "  hint: there are: `{name}`, `{partner}`, `{pipeline}`, `{run_date}`, `{run_id}`, `{stem}`"
    )


HOSTILE = [
    "../../etc/x",
    "/etc/x",
    "..\\x",
    "..",
    ".",
    "...",
    "",
    "%2e%2e",
    "%2e%2e%2fetc",
    "..%2f",
    "a\x00b",
    "\x00",
    "a\nb",
    "a\rb",
    "\x1b[2J",
    "\x85",
    "\u2028",
    "\u202e",
    "CON",
    "con.txt",
    "NUL",
    "LPT1.csv",
    "~",
    "~root",
    "$HOME",
    "`id`",
    "{stem}",
    "{x.__class__}",
    "a" * 300,
    "é" * 300,
    "/" * 300,
    "../" * 100 + "etc/passwd",
    "C:\\x",
    "\\\\host\\share",
    "file:///etc/x",
    "s3://other/key",
    "a::b",
    " ",
    "-rf",
    "\ud800",
    "\u2024\u2024",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("text", ["out/{x}", "out/{x}.csv", "out/{x}/a.csv", "out/p-{x}/{x}{x}"])
def test_no_value_leaves_the_root(tmp_path: Path, value: str, text: str) -> None:
    root = tmp_path / "out"
    filled = Path(Template(f"{tmp_path}/{text}").fill(run(x=value)))
    filled.parent.mkdir(parents=True, exist_ok=True)
    filled.write_bytes(b"x")
    real = os.path.realpath(filled)
    assert real.startswith(f"{root}/")
    assert len(Path(real).relative_to(root).parts) == text.count("/")
    assert [path for path in tmp_path.iterdir() if path != root] == []


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(min_size=0, max_size=400))
def test_a_value_fills_one_path_segment(value: str) -> None:
    filled = Template("/root/{x}/{x}.csv").fill(run(x=value))
    parts = filled.split("/")
    assert parts[:2] == ["", "root"]
    assert len(parts) == 4
    for part in parts[2:]:
        assert part not in {"", ".", ".."}
        assert len(part.encode()) < 215
        assert not any(ord(character) < 32 or character == "\\" for character in part)
    assert parts[3].endswith(".csv")


def test_two_values_never_meet_under_one_name() -> None:
    values = ["a/b", "a\\b", "a_b", "a\nb", "a" * 200, "a" * 201, "a" * 180 + "b"]
    assert len({safe(value) for value in values}) == len(values)


def test_ordinary_values_stay_as_they_are() -> None:
    for value in ["orders-07", "Ünïcode 漢字", "50% off", "a b", "x.y.z", "O'Neil & Co"]:
        assert safe(value) == value
