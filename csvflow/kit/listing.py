"""What stands at a place: one pass over it, lazily, folder by folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from csvflow.kit.patterns import Pattern
from csvflow.kit.stores import Store

Oddity = Literal["", "symlink", "outside", "special", "closed"]


@dataclass(frozen=True, slots=True)
class Found:
    """One object as a listing showed it."""

    path: str
    """As the store writes it."""
    relative: str
    """Below the pattern's root."""
    version: str
    size: int
    modified_at: datetime | None
    changed_at: float | None = None
    """Local files: when the system last saw the file change, which nobody can set."""
    oddity: Oddity = ""
    """Local: what it is, if it is no file that may be opened."""


def local_version(info: os.stat_result) -> str:
    """Return what changes with the bytes of a local file, and when another takes its name."""
    return f"stat:{info.st_size}-{info.st_mtime_ns}-{info.st_ctime_ns}-{info.st_ino}"


def remote_version(info: Mapping[str, Any]) -> str | None:
    """Return what a store says changes with the bytes, or None if it says nothing.

    S3 lists no version ids, so a listing and a look at one object can only agree on the
    ETag; with the time of the upload, content that went A, B, A has three versions.
    """
    if "generation" in info:
        return f"generation:{info['generation']}"
    etag = str(info.get("ETag") or info.get("etag") or "").strip('"')
    when = next((info[key] for key in _TIMES if info.get(key) is not None), None)
    if isinstance(when, datetime):
        when = when.timestamp()
    if isinstance(when, int | float):
        # An ETag tells contents apart; listings give the time beside it in whole seconds.
        when = str(int(when)) if etag else f"{when:.6f}"
    mark = str(when or "")
    size = info.get("size")
    if etag:
        return f"etag:{etag}-{size}-{mark}"
    digest = info.get("md5") or info.get("checksum") or info.get("content_md5")
    return f"mark:{size}-{mark or digest}" if mark or digest else None


_TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "created")


def modified_at(info: Mapping[str, Any]) -> datetime | None:
    """Return when a store says that an object was written, where it says so."""
    for key in _TIMES:
        when = info.get(key)
        if isinstance(when, datetime):
            return when if when.tzinfo else when.replace(tzinfo=UTC)
        if isinstance(when, int | float):
            return datetime.fromtimestamp(when, UTC)
    return None


def list_local(pattern: Pattern, *, follow_symlinks: bool) -> Iterator[Found]:
    """Yield the files that the pattern can reach. Hidden folders are never entered.

    Raises ``OSError`` if the root can't be listed; a folder below it that can't stands for what
    is in it, and one that vanishes meanwhile is as good as empty.
    """
    root = pattern.root or "."
    real_root = os.path.realpath(root)
    seen: set[tuple[int, int]] = set()
    folders: list[tuple[str, ...]] = [()]
    while folders:
        below = folders.pop()
        folder = os.path.join(root, *below)  # noqa: PTH118 -- a name isn't to be normalised
        try:
            entries = os.scandir(folder)
        except OSError:
            if not below:
                raise
            if os.path.isdir(folder):  # noqa: PTH112 -- as above
                yield Found(folder, "/".join(below), "", 0, None, oddity="closed")
            continue
        with entries:
            for entry in entries:
                inner = (*below, entry.name)
                info = _look(entry, follow_symlinks=follow_symlinks)
                if info is None:
                    continue
                outside = entry.is_symlink() and not _inside(entry.path, real_root)
                if stat.S_ISDIR(info.st_mode):
                    identity = (info.st_dev, info.st_ino)
                    if (
                        not entry.name.startswith(".")
                        and not outside
                        and identity not in seen  # A link may lead back up.
                        and pattern.enters(inner)
                    ):
                        seen.add(identity)
                        folders.append(inner)
                elif pattern.recursive or len(inner) == len(pattern.parts):
                    yield _found(entry.path, "/".join(inner), info, outside=outside)


def _look(entry: os.DirEntry[str], *, follow_symlinks: bool) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=follow_symlinks)
    except FileNotFoundError:
        # Gone since the listing, or a link to nothing.
        return None


def _inside(path: str, real_root: str) -> bool:
    real = os.path.realpath(path)
    return real.startswith(real_root.rstrip("/") + "/")


def _found(path: str, relative: str, info: os.stat_result, *, outside: bool) -> Found:
    oddity: Oddity = ""
    if stat.S_ISLNK(info.st_mode):
        oddity = "symlink"
    elif outside:
        oddity = "outside"
    elif not stat.S_ISREG(info.st_mode):
        oddity = "special"
    return Found(
        path=path,
        relative=relative,
        version=local_version(info),
        size=info.st_size,
        modified_at=datetime.fromtimestamp(info.st_mtime, UTC),
        changed_at=info.st_ctime,
        oddity=oddity,
    )


def list_remote(store: Store, pattern: Pattern) -> Iterator[Found]:
    """Yield the objects that the pattern can reach, with what the listing says of each."""
    folders: list[tuple[str, ...]] = [()]
    while folders:
        below = folders.pop()
        for info in _entries(store, "/".join((pattern.root, *below)), deep=pattern.recursive):
            path = str(info["name"])
            relative = path[len(pattern.root) :].lstrip("/")
            inner = tuple(relative.split("/"))
            if info["type"] == "directory":
                if not inner[-1].startswith(".") and pattern.enters(inner):
                    folders.append(inner)
            elif path.endswith("/"):
                continue  # What some tools put into a bucket to stand for a folder.
            elif pattern.recursive or len(inner) == len(pattern.parts):
                version = remote_version(info) or f"sum:{store.fs.checksum(path)}"
                size = int(info["size"] or 0)
                yield Found(path, relative, version, size, modified_at(info))


def _entries(store: Store, folder: str, *, deep: bool) -> Iterator[Mapping[str, Any]]:
    if store.scheme in {"s3", "s3a"}:
        yield from _s3_entries(store, folder, deep=deep)
        return
    try:
        found = (
            store.fs.find(folder, detail=True).values()
            if deep
            else store.fs.ls(folder, detail=True)
        )
    except FileNotFoundError:
        # A bucket has no empty folders; one that was never made is something else.
        if store.scheme in _FOLDERLESS and store.fs.exists(folder.partition("/")[0]):
            return
        raise
    yield from found


_FOLDERLESS = {"gs", "gcs", "az", "abfs", "abfss", "memory"}


def _s3_entries(store: Store, folder: str, *, deep: bool) -> Iterator[Mapping[str, Any]]:
    # Page by page: s3fs would hold a million entries before it returns the first.
    bucket, _, key = folder.partition("/")
    request = {"Bucket": bucket, "Prefix": f"{key}/" if key else "", **({} if deep else _FLAT)}
    while True:
        page = store.fs.call_s3("list_objects_v2", **request)
        for inner in page.get("CommonPrefixes", ()):
            yield {"name": f"{bucket}/{inner['Prefix'].rstrip('/')}", "type": "directory"}
        for entry in page.get("Contents", ()):
            yield {
                **entry,
                "name": f"{bucket}/{entry['Key']}",
                "size": entry["Size"],
                "type": "file",
            }
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]


_FLAT = {"Delimiter": "/"}
