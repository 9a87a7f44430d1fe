"""The stored bytes of an input become a local file of UTF-8 text."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
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
    "gzip": re.compile(rb"\x1f\x8b"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "bz2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90|\Z)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zip": re.compile(rb"PK(?:\x03\x04|\x05\x06)"),
}
NOT_TEXT = {
    "a PNG image": re.compile(rb"\x89PNG"),
    "a PDF file": re.compile(rb"%PDF"),
    "an old Excel or Word file": re.compile(rb"\xd0\xcf\x11\xe0"),
    "a Parquet file": re.compile(rb"PAR1[^\t\r\n -~]"),
    "an Avro file": re.compile(rb"Obj\x01"),
    "an Arrow file": re.compile(rb"ARROW1\x00"),
    "a SQLite database": re.compile(rb"SQLite format 3\x00"),
    "macOS metadata (AppleDouble)": re.compile(rb"\x00\x05\x16\x07"),
    "a program": re.compile(rb"\x7fELF"),
    "a GIF image": re.compile(rb"GIF8[79]a"),
    "a JPEG image": re.compile(rb"\xff\xd8\xff"),
    "a 7z archive": re.compile(rb"7z\xbc\xaf\x27\x1c"),
    "a RAR archive": re.compile(rb"Rar!\x1a\x07"),
    "an LZ4 archive": re.compile(rb"\x04\x22\x4d\x18"),
    "a compress (.Z) archive": re.compile(rb"\x1f\x9d"),
    "an LZMA archive": re.compile(rb"\x5d\x00\x00"),
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
    """Return how the bytes are compressed: as told, else by their first bytes.

    Raises ``InputError`` (``input.archive``) if they are and were said not to be.
    """
    if wanted not in ("auto", "none"):
        return wanted
    found = next((name for name, magic in MAGIC.items() if magic.match(head)), None)
    if found and wanted == "none":
        raise InputError(
            "input.archive",
            f"the file is a {found} archive, and `csv: {{compression: none}}` was said",
            hint="`compression: auto` finds out for each file",
        )
    return found


def refuse_binary(head: bytes) -> None:
    """Raise ``InputError`` (``input.binary``) for files that are no text."""
    what = next((name for name, magic in NOT_TEXT.items() if magic.match(head)), None)
    if what is None:
        return
    hint = "let the source's `path` or `ignore` leave such files out"
    if what.endswith("archive"):
        hint = "have it packed as gzip, zstd, bz2, xz or zip, or left plain"
    raise InputError("input.binary", f"the file is {what}, not CSV", hint=hint)


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
    except NotImplementedError as error:
        raise InputError(
            "input.archive",
            f"the {method} archive is packed in a way that can't be read: {error}",
            hint="have it packed by `deflate`, or as gzip",
        ) from error
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
        with zipfile.ZipFile(source) as archive, archive.open(_member(archive)) as stream:
            yield stream
        return
    with _opened(source, method) as stream:
        yield stream


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file in the archive."""
    members = [info for info in archive.infolist() if not _aside(info)]
    if any(info.filename == "[Content_Types].xml" for info in members):
        raise InputError(
            "input.binary",
            "the file is an Excel or Word document, not CSV",
            hint="have it saved as CSV",
        )
    if len(members) != 1:
        raise InputError(
            "input.archive",
            f"the zip archive holds {len(members) or 'no'} files",
            hint="csvflow reads a zip archive of exactly one file",
        )
    if members[0].flag_bits & 1:
        raise InputError(
            "input.archive", "the zip archive is encrypted", hint="have it sent without a password"
        )
    return members[0]


def _aside(info: zipfile.ZipInfo) -> bool:
    """Whether the member is a folder or macOS metadata."""
    name = info.filename.rsplit("/", 1)[-1]
    return info.is_dir() or name.startswith("._") or name == ".DS_Store"


def _opened(source: Path, method: str) -> Any:
    if method == "gzip":
        return gzip.open(source, "rb")
    if method == "bz2":
        return io.BufferedReader(_Streams(source, bz2.BZ2Decompressor), PART)
    if method == "xz":
        return io.BufferedReader(_Streams(source, lzma.LZMADecompressor, padding=b"\0"), PART)
    import pyarrow as pa  # noqa: PLC0415 - only zstd needs it here

    return pa.input_stream(str(source), compression="zstd")


class _Streams(io.RawIOBase):
    """Compressed streams behind each other, and nothing else behind them.

    The standard library reads a stream whose beginning is damaged as the end of the file.
    """

    def __init__(self, source: Path, make: Callable[[], Any], padding: bytes = b"") -> None:
        self._file = source.open("rb")
        self._make = make
        self._padding = padding
        self._stream = make()

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while True:
            data = b""
            if self._stream.eof:
                data = self._behind()
                if not data:
                    return 0
                self._stream = self._make()
            elif self._stream.needs_input and not (data := self._file.read(PART)):
                raise EOFError
            if expanded := self._stream.decompress(data, len(target)):
                target[: len(expanded)] = expanded
                return len(expanded)

    def _behind(self) -> bytes:
        """Return the bytes behind a stream that ended."""
        left: bytes = self._stream.unused_data.lstrip(self._padding)
        while not left and (data := self._file.read(PART)):
            left = data.lstrip(self._padding)
        return left

    def close(self) -> None:
        self._file.close()
        super().close()


def _truncated(method: str) -> InputError:
    return InputError(
        "input.truncated",
        f"the {method} archive ends before its end; nothing was loaded",
        hint="its upload broke off, or it is damaged; send it again",
    )
