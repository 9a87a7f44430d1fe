"""Every law of sources is broken by a source made for it: no law can pass by saying nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pytest

from csvflow.contract import Event, InputError, Settings, Sight, Source, UnreachableError
from csvflow.testing.sources import SourceCase, SourceLaws


@dataclass
class Store:
    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    writing: dict[str, bytes] = field(default_factory=dict)
    writes: int = 0
    down: bool = False
    acked: list[str] = field(default_factory=list)

    def put(self, name: str, data: bytes) -> str:
        self.writes += 1
        self.objects[name] = (self.writes, data)
        return f"/shelf/{name}"


class ShelfSettings(Settings):
    pass


class Shelf(Source[ShelfSettings]):
    """A good source; the broken ones below spoil one thing each."""

    def __init__(self, store: Store) -> None:
        super().__init__(ShelfSettings())
        self.store = store

    def matches(self, uri: str) -> Mapping[str, str] | None:
        return {} if uri.endswith(".csv") else None

    def names(self) -> list[str]:
        return list(self.store.objects)

    def event(self, uri: str) -> Event:
        name = uri.removeprefix("/shelf/")
        if name not in self.store.objects:
            raise InputError("input.gone", "it is gone")
        version, data = self.store.objects[name]
        return Event(uri=uri, version=f"v{version}", size=len(data), captures={})

    def survey(self) -> Iterator[Sight]:
        if self.store.down:
            raise UnreachableError("source.unreachable", "the shelf is away")
        for name in self.names():
            yield self.sight(f"/shelf/{name}")
        for name in self.store.writing:
            yield Sight(f"/shelf/{name}", "not-ready", why="it is being written")

    def sight(self, uri: str) -> Sight:
        if self.matches(uri) is None:
            return Sight(uri, "filtered", why="no CSV")
        return Sight(uri, "ready", self.event(uri))

    def open(self, event: Event) -> BinaryIO:
        if self.event(event.uri).version != event.version:
            raise InputError("input.changed", "it changed")
        return io.BytesIO(self.store.objects[event.name][1])


class MissesOne(Shelf):
    def names(self) -> list[str]:
        return super().names()[:2]


class SeesGhosts(Shelf):
    def names(self) -> list[str]:
        return [*super().names(), "ghost.csv"]

    def event(self, uri: str) -> Event:
        if "ghost" in uri:
            return Event(uri=uri, version="v0", size=0, captures={})
        return super().event(uri)


class ForgetsWhatWasAcked(Shelf):
    def names(self) -> list[str]:
        return [name for name in super().names() if name not in self.store.acked]

    def ack(self, event: Event) -> None:
        self.store.acked.append(event.name)


class CachesItsListing(Shelf):
    listing: list[str] | None = None

    def names(self) -> list[str]:
        if self.listing is None:
            self.listing = super().names()
        return self.listing


class CountsAllWrites(Shelf):
    def event(self, uri: str) -> Event:
        return super().event(uri).model_copy(update={"version": f"v{self.store.writes}"})


class GoesBySize(Shelf):
    def event(self, uri: str) -> Event:
        event = super().event(uri)
        return event.model_copy(update={"version": f"size:{event.size}"})


class NamesItOtherwise(Shelf):
    def sight(self, uri: str) -> Sight:
        event = self.event(uri).model_copy(update={"version": "listed"})
        return Sight(uri, "ready", event)


class SizeOfNothing(Shelf):
    def event(self, uri: str) -> Event:
        return super().event(uri).model_copy(update={"size": 0})


class SpoilsJson(Shelf):
    def event(self, uri: str) -> Event:
        return super().event(uri).model_copy(update={"captures": {"partner": 7}})


class CutsTheEnd(Shelf):
    def open(self, event: Event) -> BinaryIO:
        return io.BytesIO(super().open(event).read()[:-1])


class PathToAnother(Shelf):
    def local_path(self, event: Event) -> str | None:
        return __file__


class OpensTheNewOne(Shelf):
    def open(self, event: Event) -> BinaryIO:
        return io.BytesIO(self.store.objects[event.name][1])


class OpensNothing(Shelf):
    def open(self, event: Event) -> BinaryIO:
        data = self.store.objects.get(event.name, (0, b""))[1]
        return io.BytesIO(data)


class ConfirmsAll(Shelf):
    def confirm(self, event: Event) -> bool:
        return True


class Impatient(Shelf):
    def survey(self) -> Iterator[Sight]:
        yield from super().survey()
        for name, data in self.store.writing.items():
            event = Event(uri=f"/shelf/{name}", version="v0", size=len(data), captures={})
            yield Sight(event.uri, "ready", event)


class TakesAll(Shelf):
    def matches(self, uri: str) -> Mapping[str, str] | None:
        return {}


class MatchesOtherwise(Shelf):
    def matches(self, uri: str) -> Mapping[str, str] | None:
        return {"partner": "north"} if uri.endswith(".csv") else None


class TakesItAway(Shelf):
    def confirm(self, event: Event) -> bool:
        return self.store.objects.pop(event.name, None) is not None


class AcksOnce(Shelf):
    def ack(self, event: Event) -> None:
        if event.uri in self.store.acked:
            raise InputError("input.gone", "it was acked before")
        self.store.acked.append(event.uri)


class WakesOnce(Shelf):
    def wake(self, ring: Callable[[], Any]) -> Callable[[], None]:
        bells = [ring]
        return lambda: bells.remove(ring)


class RaisesItsOwn(Shelf):
    def survey(self) -> Iterator[Sight]:
        if self.store.down:
            raise OSError("no route to shelf")
        return super().survey()


class TakesItsProbe(Shelf):
    def probe(self) -> tuple[str, ...]:
        self.store.objects.clear()
        return ("took all",)


BROKEN: list[tuple[str, type[Shelf]]] = [
    ("test_survey_shows_every_object", MissesOne),
    ("test_an_empty_place_shows_nothing", SeesGhosts),
    ("test_survey_shows_an_object_again_whatever_was_done_with_it", ForgetsWhatWasAcked),
    ("test_survey_is_never_stale", CachesItsListing),
    ("test_a_version_stays_while_the_bytes_stay", CountsAllWrites),
    ("test_a_version_changes_with_the_bytes", GoesBySize),
    ("test_an_event_by_name_is_that_of_the_survey", NamesItOtherwise),
    ("test_an_event_says_what_stands_there", SizeOfNothing),
    ("test_an_event_survives_json", SpoilsJson),
    ("test_open_gives_the_bytes_of_the_version", CutsTheEnd),
    ("test_a_local_path_has_the_bytes_of_the_version", PathToAnother),
    ("test_an_input_replaced_before_it_is_opened_is_changed", OpensTheNewOne),
    ("test_an_input_removed_before_it_is_opened_is_gone", OpensNothing),
    (
        "test_an_input_replaced_while_it_is_read_is_not_taken_for_the_version",
        ConfirmsAll,
    ),
    ("test_an_input_that_is_being_written_is_not_ready", Impatient),
    ("test_what_the_source_does_not_take_is_never_ready", TakesAll),
    ("test_a_name_is_taken_as_the_survey_takes_it", MatchesOtherwise),
    ("test_looking_changes_nothing", TakesItAway),
    ("test_a_probe_changes_nothing", TakesItsProbe),
    ("test_ack_may_come_again", AcksOnce),
    ("test_a_wake_can_be_ended_at_any_time", WakesOnce),
    ("test_a_place_out_of_reach_is_unreachable", RaisesItsOwn),
]
LAWS = [name for name in vars(SourceLaws) if name.startswith("test_")]


def case_of(plugin: type[Shelf]) -> SourceCase:
    store = Store()

    def begin(name: str, data: bytes) -> Callable[[], None]:
        store.writing[name] = data
        return store.writing.clear

    return SourceCase(
        make=lambda: plugin(store),
        put=store.put,
        remove=store.objects.pop,
        standing=lambda: {name: data for name, (_, data) in store.objects.items()},
        unreachable=lambda: plugin(Store(down=True)),
        begin=begin,
    )


def test_every_law_has_a_source_that_breaks_it() -> None:
    assert [law for law, _ in BROKEN] == LAWS


@pytest.mark.parametrize("law", LAWS)
def test_a_good_source_keeps_the_law(law: str) -> None:
    getattr(SourceLaws(), law)(case_of(Shelf))


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(("law", "broken"), BROKEN)
def test_a_broken_source_fails_the_law(law: str, broken: type[Shelf]) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        getattr(SourceLaws(), law)(case_of(broken))
