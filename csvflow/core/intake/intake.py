"""From an event to batches of text with exact physical lines, under one dialect and one hash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from csvflow.contract import Event, InputError, Source
from csvflow.core.arrays import no_texts
from csvflow.core.intake import header as headers
from csvflow.core.intake.batches import TextBatch
from csvflow.core.intake.detect import encoding as encodings
from csvflow.core.intake.detect import footer as footers
from csvflow.core.intake.detect.controls import refuse_nuls
from csvflow.core.intake.detect.told import refuse_unicode
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.reader import Reader
from csvflow.core.intake.stored import (
    Hasher,
    compression_of,
    decompress,
    refuse_binary,
    spool,
)
from csvflow.core.intake.top import SAMPLE, top
from csvflow.core.progress import Progress

SAMPLED = 1 << 18
"""So many bytes, or the first records, are looked at where a header isn't what was declared."""


def take(
    source: Source[Any], event: Event, options: CsvOptions, scratch: Path, *, progress: Progress
) -> Intake:
    """Make the input readable and find out its dialect and header; reads no row.

    Raises ``InputError`` where it is no text, can't be expanded, or isn't in its encoding.
    """
    hasher = Hasher()
    local = source.local_path(event)
    if local is not None:
        path = Path(local)
    else:
        path = scratch / "stored"
        with source.open(event) as stream:
            spool(stream, path, hasher, lambda count: progress.advance(count, 0))
    return Intake(path, options, scratch, hasher, progress, spooled=local is None)


class Intake:
    """One input, open for reading once."""

    def __init__(
        self,
        path: Path,
        options: CsvOptions,
        scratch: Path,
        hasher: Hasher,
        progress: Progress,
        *,
        spooled: bool,
    ) -> None:
        self._scratch = scratch
        self._hasher = hasher
        self._progress = progress
        self._counted = spooled
        self.stored_bytes = path.stat().st_size
        stored = path
        head = _head(path)
        refuse_binary(head)
        compression = compression_of(head, options.compression)
        if compression is not None:
            path = self._made(
                "expanded", lambda to: decompress(stored, to, compression, options.max_expansion)
            )
            head = _head(path)
            refuse_binary(head)
            if compression_of(head, "auto") is not None:
                raise InputError(
                    "input.archive",
                    f"the {compression} archive holds another archive",
                    hint="pack it once",
                )
        whole = len(head) < SAMPLE
        confidence = None
        if options.encoding == "auto":
            encoding, mark, confidence = encodings.detect(path, head, whole=whole)
        else:
            encoding, mark = encodings.named(options.encoding, head)
            refuse_unicode(path, encoding)
        if not encoding.startswith(("utf-16", "utf-32")):
            refuse_nuls(head)
        if encoding != "utf-8":
            from csvflow.core.intake.transcode import transcode  # noqa: PLC0415 - most is UTF-8

            narrow = path
            found = options.encoding == "auto"
            path = self._made(
                "text", lambda to: transcode(narrow, to, encoding, skip=mark, found=found)
            )
            head, mark = _head(path), 0
        base = Dialect(encoding=encoding, confidence=confidence, compression=compression)
        self.dialect, header = headers.read(top(path, mark, head, options), options, base)
        self.header, self.notes = header.names, header.notes
        footer = options.footer
        if footer == "auto":
            found_below = footers.detect(path, header.end, self.dialect, len(self.header))
            footer = found_below.lines
            if found_below.total is not None:
                self.notes.append(f"the last row may be a total: it begins `{found_below.total}`")
        elif header.names:
            headers.refuse_footer(path, header.end, footer)
        self.dialect = replace(self.dialect, footer_lines=footer)
        # Bytes that are read in place are hashed while they are parsed.
        self._in_place = path == stored and not spooled
        self._stored = stored
        if not self._in_place and not spooled:
            self._hash_stored()
        self._read = partial(
            Reader,
            path,
            self.header,
            self.dialect,
            options,
            start=header.end,
            line=header.line,
            header_text=header.text,
        )
        self._reader = self._read(hasher=hasher if self._in_place else None, on_block=self._advance)
        self._path = path
        self._at = 0

    @property
    def rows(self) -> int:
        """How many records were read so far, damaged ones included."""
        return self._reader.rows

    @property
    def content_hash(self) -> str | None:
        """The hash of the stored bytes; None while they weren't all read."""
        return self._hasher.name() if self._hasher.bytes == self.stored_bytes else None

    def hash_now(self) -> str:
        """Return the content hash before anything is read."""
        if self._hasher.bytes != self.stored_bytes:
            self._hash_stored()
            self._reader.forget_hasher()
        return self._hasher.name()

    def batches(self) -> Iterator[TextBatch]:
        """Yield every record, in order, with its number and its physical line."""
        if self.header:
            yield from self._reader.batches()

    def sample(self) -> pa.RecordBatch:
        """Return some of the first sound rows as text, in the order of the header."""
        aside = self._read(hasher=None, on_block=lambda _at, _rows: None, block=SAMPLED)
        for text in aside.batches():
            if text.batch.num_rows:
                return text.batch.select(range(len(self.header)))
        return no_texts(self.header)

    def raw(self, lines: Sequence[int]) -> list[str]:
        """Return the text of the records that begin on these physical lines."""
        return self._reader.raw(lines)

    def fields(self, raw: str) -> list[str | None]:
        """Return the fields of one record's text; None: an empty one without quotes."""
        return self._reader.fields(raw)

    def last_lines(self, count: int) -> list[str]:
        """Return so many lines at the end of the text, of which none may be long."""
        return footers.last_lines(self._path, count)

    def close(self) -> None:
        """Remove what was made on the way."""
        for name in ("stored", "expanded", "text"):
            (self._scratch / name).unlink(missing_ok=True)

    def _made(self, name: str, make: Any) -> Path:
        target = self._scratch / name
        make(target)
        return target

    def _hash_stored(self) -> None:
        with self._stored.open("rb") as file:
            while data := file.read(SAMPLE):
                self._hasher.feed(data)

    def _advance(self, at: int, rows: int) -> None:
        read = max(at - self._at, 0)
        self._at = at
        self._progress.advance(0 if self._counted else read, rows)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SAMPLE)
