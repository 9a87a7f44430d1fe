"""Files on local disk and in every store that fsspec reaches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, field_validator

from csvflow.contract import (
    Duration,
    Event,
    Examples,
    InputError,
    Place,
    Settings,
    Sight,
    Source,
)
from csvflow.kit.hints import Hints
from csvflow.kit.listing import Found
from csvflow.kit.patterns import Pattern
from csvflow.kit.places import InputPlace, LocalPlace, RemotePlace, absolute, shown, speakable
from csvflow.kit.stores import is_local
from csvflow.kit.writers import being_written

UNFINISHED = (".tmp", ".part", ".crdownload", "~")
"""Ends of names that mean "still being written", everywhere."""
WATCHED_SECS = 3600.0
"""A file that is open for writing but wasn't written to for so long is taken all the same."""


class FilesSettings(Settings):
    """Settings of the files source."""

    path: Place | list[Place]
    """Where files arrive: a path or URL with `*`, `?`, `[a-z]`, `**` for folders of any depth
    and `{captures}`; one or several. A final `/` means every file of that folder."""
    settle: Duration = Field(default=2.0, ge=0)
    """How long a local file must stand still before it is ready, unless it was seen to be
    closed or moved in. Objects in stores are ready at once: they appear whole."""
    ignore: tuple[str, ...] = ()
    """File names to leave alone, with `*` and `?`; besides those that begin with `.` or end
    in `.tmp`, `.part`, `.crdownload` or `~`."""
    follow_symlinks: bool = False
    """Whether symbolic links are read. Links that lead out of the folder never are."""

    @field_validator("path")
    @classmethod
    def _patterns(cls, path: str | list[str]) -> str | list[str]:
        for one in [path] if isinstance(path, str) else path:
            Pattern.of(one)
        if not path:
            raise ValueError("at least one path is needed")
        return path


class FilesSource(Source[FilesSettings]):
    """Takes files from local folders, S3, Google Cloud Storage, Azure and other fsspec stores.

    What the `{captures}` of the path match can be used in the paths of sinks. Files are
    found by listing; on local disk inotify makes it quick. Nothing is moved or changed.
    """

    shorthand: ClassVar[str | None] = "path"
    examples: ClassVar[Examples] = {
        "A folder": {"path": "incoming/*.csv"},
        "A bucket, one folder a partner": {"path": "s3://landing/orders/{partner}/*.csv*"},
        "Several places, slow writers": {
            "path": ["incoming/**/*.csv", "gs://landing/*.csv"],
            "settle": "30s",
            "ignore": ["*_draft*"],
        },
    }

    def __init__(self, settings: FilesSettings) -> None:
        super().__init__(settings)
        self._hints = Hints()
        self._others: dict[str, InputPlace] = {}
        self._looks: dict[str, tuple[str, float]] = {}

    @cached_property
    def _places(self) -> list[InputPlace]:
        path = self.settings.path
        return [
            LocalPlace(one, follow_symlinks=self.settings.follow_symlinks)
            if is_local(one)
            else RemotePlace(one)
            for one in ([path] if isinstance(path, str) else path)
        ]

    def matches(self, uri: str) -> Mapping[str, str] | None:
        uri = absolute(uri) if is_local(uri) else uri
        for place in self._places:
            relative = place.relative(uri)
            captures = place.pattern.match(relative) if relative is not None else None
            if relative is not None and captures is not None and not self._unwanted(relative):
                return captures
        return None

    def capture_names(self) -> tuple[str, ...]:
        return tuple(sorted(set().union(*(place.pattern.captures for place in self._places))))

    def event(self, uri: str) -> Event:
        return self._place(uri).event(uri, self.matches(uri) or {})

    def survey(self) -> Iterator[Sight]:
        self._hints.refresh()
        looks: dict[str, tuple[str, float]] = {}
        for at, place in enumerate(self._places):
            for found in place.survey():
                uri = place.uri(found)
                if not any(self._takes(earlier, uri) for earlier in self._places[:at]):
                    yield self._sight(place, uri, found, looks)
        self._looks = looks

    def open(self, event: Event) -> BinaryIO:
        return self._place(event.uri).open(event)

    def local_path(self, event: Event) -> str | None:
        if not is_local(event.uri):
            return None
        self.open(event).close()  # It is a file, and still that version.
        return event.uri

    def confirm(self, event: Event) -> bool:
        try:
            return super().confirm(event)
        except InputError:
            return False

    def wake(self, ring: Callable[[], Any]) -> Callable[[], None]:
        folders = [
            (place.pattern.root, len(place.pattern.parts) > 1 or place.pattern.recursive)
            for place in self._places
            if isinstance(place, LocalPlace)
        ]
        if folders:
            self._hints.start(folders, ring)
        return self._hints.stop

    def settle_secs(self) -> float:
        local = any(isinstance(place, LocalPlace) for place in self._places)
        return self.settings.settle if local else 0.0

    def close(self) -> None:
        self._hints.stop()
        for place in (*self._places, *self._others.values()):
            place.close()

    def _place(self, uri: str) -> InputPlace:
        for place in self._places:
            if place.relative(uri) is not None and isinstance(place, LocalPlace) == is_local(uri):
                return place
        # Named by hand, outside of the source's own paths.
        if is_local(uri):
            return LocalPlace("/", follow_symlinks=self.settings.follow_symlinks)
        folder = uri.rpartition("/")[0] + "/"
        return self._others.setdefault(folder, RemotePlace(folder))

    @staticmethod
    def _takes(place: InputPlace, uri: str) -> bool:
        relative = place.relative(uri)
        return relative is not None and place.pattern.match(relative) is not None

    def _sight(
        self,
        place: InputPlace,
        uri: str,
        found: Found,
        looks: dict[str, tuple[str, float]],
    ) -> Sight:
        if not speakable(uri):
            return Sight(shown(uri), "filtered", why="its name is not UTF-8")
        captures = place.pattern.match(found.relative)
        why = self._unwanted(found.relative) or _ODD[found.oddity]
        if captures is None:
            why = why or "doesn't match the source's `path`"
        if captures is None or why:
            return Sight(uri, "filtered", why=why)
        waiting = self._waiting(found, looks)
        if waiting:
            return Sight(uri, "not-ready", why=waiting)
        event = Event(
            uri=uri,
            version=found.version,
            size=found.size,
            modified_at=found.modified_at,
            captures=dict(captures),
        )
        return Sight(uri, "ready", event)

    def _unwanted(self, relative: str) -> str:
        *folders, name = relative.split("/")
        if name.startswith(".") or any(folder.startswith(".") for folder in folders):
            return "its name begins with `.`"
        if name.endswith(UNFINISHED):
            return "its name says that it is still being written"
        for pattern in self.settings.ignore:
            if fnmatchcase(name, pattern):
                return f"`ignore` has `{pattern}`"
        return ""

    def _waiting(self, found: Found, looks: dict[str, tuple[str, float]]) -> str:
        settle = self.settings.settle
        if found.changed_at is None or self._hints.complete(found.path, found.version):
            return ""
        still = time.time() - found.changed_at
        if still < 0:
            # The file's clock is ahead of ours: only looking twice can tell.
            version, since = self._looks.get(found.path, ("", 0.0))
            if version != found.version:
                since = time.monotonic()
            looks[found.path] = (found.version, since)
            still = time.monotonic() - since
        if still < settle:
            return f"changed {still:.1f} s ago, `settle` is {settle:g} s"
        if still < WATCHED_SECS and being_written(found.path):
            return "a process has it open for writing"
        return ""


_ODD = {
    "": "",
    "symlink": "it is a symbolic link, and `follow_symlinks` is off",
    "outside": "it is a symbolic link that leads out of the folder",
    "special": "it is a pipe, socket or device",
    "closed": "it is a folder that can't be listed",
}
