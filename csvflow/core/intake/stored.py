"""The stored bytes of an input become a local file of UTF-8 text."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from blake3 import blake3

from csvflow.contract import InputError

PART = 1 << 20
MIN_EXPANSION = 64 << 20
"""An archive may always become this large, whatever its ratio."""

MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
}
NOT_TEXT = {
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF file",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "a SQLite database",
    b"\x00\x05\x16\x07": "macOS metadata (AppleDouble)",
    b"\x7fELF": "a program",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
}


class Hasher:
    """The content hash, fed while the bytes go by."""

    def __init__(self) -> None:
        self._hash = blake3()
        self.bytes = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._hash.update(data)
        self.bytes += len(data)

    def name(self) -> str:
        """Return the hash with its algorithm."""
        return f"blake3:{self._hash.hexdigest()}"


def content_hash(stream: BinaryIO) -> str:
    """Return the hash of the stored bytes."""
    hasher = Hasher()
    while data := stream.read(PART):
        hasher.feed(data)
    return hasher.name()


def spool(stream: BinaryIO, path: Path, hasher: Hasher, on_part: Callable[[int], None]) -> None:
    """Copy the stream into a file, hashing it."""
    with path.open("wb") as file:
        while data := stream.read(PART):
            hasher.feed(data)
            file.write(data)
            on_part(len(data))


def compression_of(head: bytes, wanted: str) -> str | None:
    """Return how the bytes are compressed: as told, else by their first bytes."""
    if wanted == "none":
        return None
    if wanted != "auto":
        return wanted
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def refuse_binary(head: bytes) -> None:
    """Raise ``InputError`` (``input.binary``) for files that are no text."""
    what = next((name for magic, name in NOT_TEXT.items() if head.startswith(magic)), None)
    if what is None:
        return
    raise InputError(
        "input.binary",
        f"the file is {what}, not CSV",
        hint="let the source's `path` or `ignore` leave such files out",
    )


def decompress(source: Path, target: Path, method: str, max_ratio: int) -> None:
    """Write the expanded file.

    Raises ``InputError``: ``input.truncated`` for a cut archive, ``input.expansion`` beyond the
    limit, ``input.archive`` for one that can't be read or holds more than one file.
    """
    limit = max(source.stat().st_size * max_ratio, MIN_EXPANSION)
    try:
        with _expanded(source, method) as stream, target.open("wb") as file:
            total = 0
            while data := stream.read(PART):
                total += len(data)
                if total > limit:
                    raise InputError(
                        "input.expansion",
                        f"the {method} archive becomes more than {limit:,} bytes",
                        hint=f"it is a bomb, or set `csv: {{max_expansion: …}}` above {max_ratio}",
                    )
                file.write(data)
    except EOFError as error:
        raise _truncated(method) from error
    except (OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "incomplete" in str(error) or "truncated" in str(error).lower():
            raise _truncated(method) from error
        if method == "zip" and str(error) == "File is not a zip file":
            # Its directory stands at the end.
            raise _truncated(method) from error
        raise InputError(
            "input.archive",
            f"the {method} archive can't be read: {error}",
            hint="its upload may have broken; send it again",
        ) from error


@contextmanager
def _expanded(source: Path, method: str) -> Iterator[IO[bytes]]:
    if method == "zip":
        with zipfile.ZipFile(source) as archive:
            members = [info for info in archive.infolist() if not _aside(info)]
            if len(members) != 1 or members[0].flag_bits & 1:
                raise InputError(
                    "input.archive",
                    f"the zip archive holds {len(members)} files, or is encrypted",
                    hint="csvflow reads a zip archive of exactly one file",
                )
            with archive.open(members[0]) as stream:
                yield stream
        return
    with _opened(source, method) as stream:
        yield stream


def _aside(info: zipfile.ZipInfo) -> bool:
    """Whether the member is a folder or macOS metadata."""
    name = info.filename.rsplit("/", 1)[-1]
    return info.is_dir() or name.startswith("._") or name == ".DS_Store"


def _opened(source: Path, method: str) -> Any:
    if method == "gzip":
        return gzip.open(source, "rb")
    if method == "bz2":
        return bz2.open(source, "rb")
    if method == "xz":
        return lzma.open(source, "rb")
    import pyarrow as pa  # noqa: PLC0415 - only zstd needs it here

    return pa.input_stream(str(source), compression="zstd")


def _truncated(method: str) -> InputError:
    return InputError(
        "input.truncated",
        f"the {method} archive ends before its end; nothing was loaded",
        hint="its upload broke off; send it again",
    )
