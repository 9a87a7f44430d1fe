"""Compression of text files, by the suffix of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

_SUFFIXES = {".gz": "gzip", ".zst": "zstd"}


class Compression(Protocol):
    """A stream that bytes go into."""

    def write(self, data: bytes | memoryview) -> object:
        """Add the bytes."""

    def finish(self) -> None:
        """Write what the codec holds back. The stream below stays open."""


def compressed(stream: BinaryIO, name: str, compression: str) -> Compression:
    """Return what writes into the stream; ``auto`` goes by the suffix of ``name``."""
    if compression == "auto":
        compression = _SUFFIXES.get(f".{name.rpartition('.')[2]}", "none")
    return _Plain(stream) if compression == "none" else _Codec(stream, compression)


class _Plain:
    def __init__(self, stream: BinaryIO) -> None:
        self.write = stream.write

    def finish(self) -> None:
        """Hold nothing back."""


class _Codec:
    def __init__(self, stream: BinaryIO, codec: str) -> None:
        # Arrow closes what it was given; the stream below must stay open to be synced.
        self._kept = _Open(stream)
        self._out = pa.CompressedOutputStream(pa.PythonFile(self._kept, mode="w"), codec)

    def write(self, data: bytes | memoryview) -> None:
        with self._ending():
            self._out.write(data)

    def finish(self) -> None:
        with self._ending():
            self._out.close()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            # Arrow ends the stream once more when it is let go of, and would say on stderr
            # that it can't: what the codec still holds goes nowhere.
            self._kept.write = len
            raise


class _Open:
    """A stream that ignores ``close``."""

    def __init__(self, stream: BinaryIO) -> None:
        self.write: Callable[[Any], int] = stream.write
        self.flush = stream.flush
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return False
