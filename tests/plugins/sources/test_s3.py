"""Inputs in a bucket, on a real S3 server."""

from __future__ import annotations

import io
from typing import Any

import pytest
from support.s3 import S3

from csvflow.contract import InputError, UnreachableError
from csvflow.kit import listing, ranged
from csvflow.plugins.sources.files import FilesSettings, FilesSource


@pytest.fixture
def make(s3: S3, request: pytest.FixtureRequest):
    def made(path: str, **settings: Any) -> FilesSource:
        found = FilesSource(FilesSettings.model_validate({"path": path, **settings}))
        request.addfinalizer(found.close)
        return found

    return made


NAMES = [
    "a b.csv",
    "100%.csv",
    "%41.csv",
    "[x]*.csv",
    "?.csv",
    "a+b.csv",
    "a::b.csv",
    "é漢.csv",
    "a&b<c>.csv",
    "{y}.csv",
    "#1.csv",
]


def test_any_key_can_be_found_and_read(s3: S3, make) -> None:
    for name in NAMES:
        s3.put(f"landing/{name}", name.encode())
    found = make(f"{s3.url}/landing/*.csv")
    events = {sight.uri: sight.event for sight in found.survey()}
    assert sorted(events) == sorted(f"{s3.url}/landing/{name}" for name in NAMES)
    for uri, event in events.items():
        assert found.event(uri) == event
        with found.open(event) as stream:
            assert stream.read().decode() == event.name


def test_captures_walk_only_the_folders_that_can_match(s3: S3, make) -> None:
    for key in (
        "orders/north/a.csv",
        "orders/south/b.csv.gz",
        "orders/north/archive/old.csv",
        "orders/.hidden/c.csv",
        "orders/top.csv",
        "other/d.csv",
    ):
        s3.put(key, b"k\n")
    found = make(f"{s3.url}/orders/{{partner}}/*.csv*")
    seen = {sight.uri.removeprefix(s3.url): sight.event for sight in found.survey()}
    assert {key: event and event.captures for key, event in seen.items()} == {
        "/orders/north/a.csv": {"partner": "north"},
        "/orders/south/b.csv.gz": {"partner": "south"},
    }


def test_folders_of_any_depth(s3: S3, make) -> None:
    for key in ("in/a.csv", "in/x/y/b.csv", "in/x/.tmp/c.csv", "in/x/", "in/x/y/_SUCCESS"):
        s3.put(key, b"k\n")
    found = make(f"{s3.url}/in/**/*.csv")
    verdicts = {s.uri.removeprefix(f"{s3.url}/in/"): s.verdict for s in found.survey()}
    assert verdicts == {
        "a.csv": "ready",
        "x/y/b.csv": "ready",
        "x/.tmp/c.csv": "filtered",
        "x/y/_SUCCESS": "filtered",
    }


def test_a_listing_goes_on_over_its_pages(s3: S3, make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_FLAT", {"Delimiter": "/", "MaxKeys": 2})
    for number in range(7):
        s3.put(f"in/{number}.csv", b"k\n")
    found = make(f"{s3.url}/in/*.csv")
    assert [sight.uri[-5:] for sight in found.survey()] == [f"{n}.csv" for n in range(7)]


def test_a_big_object_is_fetched_in_parts_in_order(
    s3: S3, make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged, "PART", 2**16)
    data = b"".join(number.to_bytes(4, "big") for number in range(2**18))  # 16 parts
    s3.put("in/big.csv", data)
    found = make(f"{s3.url}/in/*.csv")
    with found.open(found.event(f"{s3.url}/in/big.csv")) as stream:
        assert stream.read(10) == data[:10]
        assert stream.tell() == 10
        assert stream.read() == data[10:]


def test_parts_of_two_versions_never_pass_as_one(
    s3: S3, make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged, "PART", 2**16)
    s3.put("in/big.csv", b"1" * 2**20)
    found = make(f"{s3.url}/in/*.csv")
    event = found.event(f"{s3.url}/in/big.csv")
    with found.open(event) as stream:
        assert stream.read(1) == b"1"
        s3.put("in/big.csv", b"2" * 2**20)
        with pytest.raises(InputError) as caught:
            stream.read()
    assert caught.value.code == "input.changed"


def test_an_object_that_vanishes_while_it_is_read_is_gone(
    s3: S3, make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged, "PART", 2**16)
    s3.put("in/big.csv", b"1" * 2**20)
    found = make(f"{s3.url}/in/*.csv")
    with found.open(found.event(f"{s3.url}/in/big.csv")) as stream:
        stream.read(1)
        s3.delete("in/big.csv")
        with pytest.raises(InputError) as caught:
            stream.read()
    assert caught.value.code == "input.gone"


def test_an_object_named_by_hand_may_stand_elsewhere(s3: S3, make) -> None:
    s3.put("elsewhere/x.csv", b"k\n1\n")
    found = make("/nowhere/*.csv")
    event = found.event(f"{s3.url}/elsewhere/x.csv")
    with found.open(event) as stream:
        assert io.TextIOWrapper(stream).read() == "k\n1\n"


def test_a_folder_of_a_bucket_is_no_input(s3: S3, make) -> None:
    s3.put("in/a.csv", b"k\n")
    with pytest.raises(InputError) as caught:
        make(f"{s3.url}/in/*.csv").event(f"{s3.url}/in")
    assert caught.value.code == "input.gone"


def test_objects_are_ready_at_once(s3: S3, make) -> None:
    s3.put("in/a.csv", b"k\n")
    found = make(f"{s3.url}/in/*.csv", settle="1h")
    assert [sight.verdict for sight in found.survey()] == ["ready"]
    assert found.settle_secs() == 0


def test_a_bucket_that_is_not_there_is_named(s3: S3, make) -> None:
    with pytest.raises(UnreachableError, match="`s3://there-is-none/in` can't be reached"):
        list(make("s3://there-is-none/in/*.csv").survey())
