"""The laws of a source as a test suite: subclass ``SourceLaws`` and give it a ``case`` fixture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from csvflow.contract import Event, InputError, Sight, Source, UnreachableError


@dataclass(frozen=True, slots=True)
class SourceCase:
    """One source over a place that is its own and empty, taking ``*.csv`` there."""

    make: Callable[[], Source[Any]]
    """Returns a new instance with the same settings: the process after a crash."""
    put: Callable[[str, bytes], str]
    """Lets an object of that name stand there whole and ready, replacing; returns its uri."""
    remove: Callable[[str], None]
    """Takes the object of that name away."""
    standing: Callable[[], Mapping[str, bytes]]
    """Everything that stands there, by name, looked at past the source."""
    unreachable: Callable[[], Source[Any]]
    """Returns one whose place is out of reach."""
    begin: Callable[[str, bytes], Callable[[], None]] | None = None
    """Begins to write an object and returns what ends it; None where objects appear whole."""


class SourceLaws:
    """Every law in ``csvflow.contract.Source``; each test is one of them."""

    @pytest.fixture
    def case(self) -> SourceCase:
        """Return the case under test."""
        raise NotImplementedError("override the fixture `case`")

    def test_survey_shows_every_object(self, case: SourceCase) -> None:
        uris = {case.put(f"{name}.csv", b"k\n1\n") for name in ("a", "b", "c")}
        assert set(ready(case)) == uris

    def test_an_empty_place_shows_nothing(self, case: SourceCase) -> None:
        assert sights(case) == []

    def test_survey_shows_an_object_again_whatever_was_done_with_it(self, case: SourceCase) -> None:
        case.put("a.csv", b"k\n1\n")
        with closing(case.make()) as source:
            (first,) = source.survey()
            assert first.event is not None
            read(source, first.event)
            source.ack(first.event)
            assert list(source.survey()) == [first]
        assert sights(case) == [first]

    def test_survey_is_never_stale(self, case: SourceCase) -> None:
        with closing(case.make()) as source:
            assert list(source.survey()) == []
            uri = case.put("a.csv", b"k\n1\n")
            assert [sight.uri for sight in source.survey()] == [uri]
            case.remove("a.csv")
            assert list(source.survey()) == []

    def test_a_version_stays_while_the_bytes_stay(self, case: SourceCase) -> None:
        case.put("a.csv", b"k\n1\n")
        before = ready(case)
        case.put("b.csv", b"k\n2\n")
        after = ready(case)
        assert {uri: after[uri].version for uri in before} == {
            uri: event.version for uri, event in before.items()
        }

    def test_a_version_changes_with_the_bytes(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        first = ready(case)[uri]
        assert case.put("a.csv", b"k\n2\n") == uri
        second = ready(case)[uri]
        case.put("a.csv", b"k\n2\n3\n")
        third = ready(case)[uri]
        assert len({first.version, second.version, third.version}) == 3

    def test_an_event_by_name_is_that_of_the_survey(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        with closing(case.make()) as source:
            (sight,) = source.survey()
            assert source.event(uri) == sight.event

    def test_an_event_says_what_stands_there(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        (sight,) = sights(case)
        assert sight.uri == uri
        assert sight.event is not None
        assert sight.event.uri == uri
        assert sight.event.name == "a.csv"
        assert sight.event.size == 4

    def test_an_event_survives_json(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        event = ready(case)[uri]
        again = Event.model_validate_json(event.model_dump_json())
        assert again == event
        with closing(case.make()) as source:
            assert read(source, again) == b"k\n1\n"

    def test_open_gives_the_bytes_of_the_version(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        case.put("empty.csv", b"")
        with closing(case.make()) as source:
            found = {sight.uri: sight.event for sight in source.survey() if sight.event}
            assert {read(source, event) for event in found.values()} == {b"k\n1\n", b""}
            assert source.confirm(found[uri])

    def test_a_local_path_has_the_bytes_of_the_version(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        with closing(case.make()) as source:
            path = source.local_path(source.event(uri))
        if path is not None:
            with open(path, "rb") as stream:  # noqa: PTH123 -- the path is text by contract
                assert stream.read() == b"k\n1\n"

    def test_an_input_replaced_before_it_is_opened_is_changed(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        with closing(case.make()) as source:
            event = source.event(uri)
            case.put("a.csv", b"k\n2\n")
            with pytest.raises(InputError) as caught:
                read(source, event)
            assert caught.value.code == "input.changed"
            assert not source.confirm(event)

    def test_an_input_removed_before_it_is_opened_is_gone(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        with closing(case.make()) as source:
            event = source.event(uri)
            case.remove("a.csv")
            with pytest.raises(InputError) as caught:
                read(source, event)
            assert caught.value.code == "input.gone"
            with pytest.raises(InputError) as caught:
                source.event(uri)
            assert caught.value.code == "input.gone"

    def test_an_input_replaced_while_it_is_read_is_not_taken_for_the_version(
        self, case: SourceCase
    ) -> None:
        uri = case.put("a.csv", b"1" * 1000)
        with closing(case.make()) as source:
            event = source.event(uri)
            with source.open(event) as stream:
                case.put("a.csv", b"2" * 1000)
                try:
                    outcome = stream.read().decode()
                except InputError as error:
                    outcome = error.code
            assert outcome in {"1" * 1000, "input.changed"}
            assert not source.confirm(event)

    def test_an_input_that_is_being_written_is_not_ready(self, case: SourceCase) -> None:
        if case.begin is None:
            return
        end = case.begin("a.csv", b"k\n1\n")
        try:
            assert ready(case) == {}
        finally:
            end()

    def test_what_the_source_does_not_take_is_never_ready(self, case: SourceCase) -> None:
        uri = case.put("notes.txt", b"no rows")
        with closing(case.make()) as source:
            assert source.matches(uri) is None
            assert all(sight.verdict == "filtered" and sight.why for sight in source.survey())

    def test_a_name_is_taken_as_the_survey_takes_it(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        event = ready(case)[uri]
        with closing(case.make()) as source:
            assert source.matches(uri) == event.captures

    def test_looking_changes_nothing(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        before = case.standing()
        with closing(case.make()) as source:
            event = source.event(uri)
            list(source.survey())
            read(source, event)
            source.local_path(event)
            source.confirm(event)
        assert case.standing() == before == {"a.csv": b"k\n1\n"}

    def test_a_probe_changes_nothing(self, case: SourceCase) -> None:
        case.put("a.csv", b"k\n1\n")
        before = sights(case)
        with closing(case.make()) as source:
            source.probe()
        assert case.standing() == {"a.csv": b"k\n1\n"}
        assert sights(case) == before

    def test_ack_may_come_again(self, case: SourceCase) -> None:
        uri = case.put("a.csv", b"k\n1\n")
        event = ready(case)[uri]
        for _ in range(2):
            with closing(case.make()) as source:
                source.ack(event)
                source.ack(event)

    def test_a_wake_can_be_ended_at_any_time(self, case: SourceCase) -> None:
        with closing(case.make()) as source:
            stop = source.wake(lambda: None)
            case.put("a.csv", b"k\n1\n")
            stop()
            stop()

    def test_a_place_out_of_reach_is_unreachable(self, case: SourceCase) -> None:
        with pytest.raises(UnreachableError) as caught:
            sights(replace(case, make=case.unreachable))
        assert caught.value.code == "source.unreachable"


def sights(case: SourceCase) -> list[Sight]:
    """Return what a new instance sees."""
    with closing(case.make()) as source:
        return list(source.survey())


def ready(case: SourceCase) -> dict[str, Event]:
    """Return the events that are ready, by uri."""
    found = [sight for sight in sights(case) if sight.verdict == "ready"]
    assert len({sight.uri for sight in found}) == len(found), "an object was shown twice"
    return {sight.uri: sight.event for sight in found if sight.event is not None}


def read(source: Source[Any], event: Event) -> bytes:
    """Return the bytes that ``open`` gives."""
    with source.open(event) as stream:
        return stream.read()
