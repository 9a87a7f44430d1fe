"""What a source's path matches."""

from __future__ import annotations

from pathlib import Path

import pytest

from csvflow.contract import ConfigError
from csvflow.kit.patterns import Pattern


@pytest.mark.parametrize(
    ("path", "root", "relative", "captures"),
    [
        ("/in/*.csv", "/in", "a.csv", {}),
        ("/in/*.csv", "/in", "a.csv.gz", None),
        ("/in/*.csv*", "/in", "a.csv.gz", {}),
        ("/in/*.csv", "/in", "sub/a.csv", None),
        ("/in/?.csv", "/in", "ab.csv", None),
        ("/in/[a-c].csv", "/in", "b.csv", {}),
        ("/in/[!a-c].csv", "/in", "b.csv", None),
        ("/in/[!a-c].csv", "/in", "/.csv", None),
        ("/in/{partner}/*.csv", "/in", "north/a.csv", {"partner": "north"}),
        ("/in/{partner}/*.csv", "/in", "north/x/a.csv", None),
        ("/in/{shop}-{day}.csv", "/in", "a-b-c.csv", {"shop": "a", "day": "b-c"}),
        ("/in/**/*.csv", "/in", "a.csv", {}),
        ("/in/**/*.csv", "/in", "x/y/a.csv", {}),
        ("/in/**/{day}/*.csv", "/in", "x/y/a.csv", {"day": "y"}),
        ("/in/**", "/in", "x/y/a.csv", {}),
        ("/in/a.csv", "/in", "a.csv", {}),
        ("/in/a.csv", "/in", "aXcsv", None),
        ("/in/", "/in", "anything", {}),
        ("/in/a+b (1)^$.*", "/in", "a+b (1)^$.csv", {}),
        ("s3://bucket/x/*.csv", "s3://bucket/x", "a.csv", {}),
        ("/*.csv", "/", "a.csv", {}),
        ("/in/*", "/in", "line\nbreak.csv", {}),
    ],
)
def test_a_pattern_matches(
    path: str, root: str, relative: str, captures: dict[str, str] | None
) -> None:
    pattern = Pattern.of(path)
    assert pattern.root == root
    assert pattern.match(relative) == captures


@pytest.mark.parametrize("path", ["/in/{}.csv", "/in/{a b}", "/in/{a,b}", "/in/{a}-{a}", "/in/{1}"])
def test_a_capture_has_a_name_of_its_own(path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Pattern.of(path)
    assert caught.value.code == "config.pattern"


def test_a_folder_that_has_brackets_in_its_name_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "old [2025]").mkdir()
    pattern = Pattern.of(f"{tmp_path}/old [2025]/*.csv", local=True)
    assert pattern.root == f"{tmp_path}/old [2025]"


def test_only_folders_that_can_lead_to_a_match_are_entered() -> None:
    pattern = Pattern.of("/in/{partner}/20*/*.csv")
    assert pattern.enters(("north",))
    assert pattern.enters(("north", "2026"))
    assert not pattern.enters(("north", "archive"))
    assert not pattern.enters(("north", "2026", "deeper"))
    assert Pattern.of("/in/**/*.csv").enters(("a", "b", "c"))
