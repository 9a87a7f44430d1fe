"""From an event to batches of text with exact physical lines, under one dialect and one hash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from csvflow.contract import RESERVED, Event, InputError, Source
from csvflow.core.intake.batches import TextBatch
from csvflow.core.intake.detect import encoding as encodings
from csvflow.core.intake.detect import footer as footers
from csvflow.core.intake.detect import marks
from csvflow.core.intake.detect.controls import refuse_nuls
from csvflow.core.intake.detect.told import refuse_unicode
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, count_lines
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.reader import Reader
from csvflow.core.intake.stored import (
    Hasher,
    compression_of,
    decompress,
    refuse_binary,
    spool,
)
from csvflow.core.intake.transcode import transcode
from csvflow.core.progress import Progress

SAMPLE = 1 << 20
SAMPLED = 1 << 18
"""So many bytes, or the first records, are looked at where a header isn't what was declared."""
LONGEST_NAME = 1_000


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
        self.notes: list[str] = []
        """What was made of the header, for people."""
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
            narrow = path
            found = options.encoding == "auto"
            path = self._made(
                "text", lambda to: transcode(narrow, to, encoding, skip=mark, found=found)
            )
            head, mark = _head(path), 0
            whole = len(head) < SAMPLE
        base = Dialect(encoding=encoding, confidence=confidence, compression=compression)
        sample = head[mark:]
        self.dialect = marks.detect(sample, options, base, whole=whole)
        self._header_text = b""
        self.header, used, line = self._read_header(sample, options)
        footer = options.footer
        if footer == "auto":
            footer = footers.detect(path, mark + used, self.dialect, len(self.header))
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
            start=mark + used,
            line=line,
            header_text=self._header_text,
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
        return pa.RecordBatch.from_arrays(
            [pa.nulls(0, pa.utf8()) for _ in self.header], names=self.header
        )

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

    def _read_header(self, sample: bytes, options: CsvOptions) -> tuple[list[str], int, int]:
        """Return the column names, how many bytes stand above the rows, and the rows' line."""
        grammar = Grammar(self.dialect)
        at = 0
        for _ in range(self.dialect.preamble_lines):
            _, at = grammar.line_end(sample, at)
        at = _to_record(grammar, sample, at)
        if at >= len(sample):
            return [], at, 1
        if not self.dialect.header:
            width = len(grammar.record(sample, at).fields)
            _refuse_width(width, options)
            return [f"column_{n}" for n in range(1, width + 1)], at, 1 + count_lines(sample[:at])
        parts: list[list[str]] = []
        for _ in range(self.dialect.header_lines):
            record = grammar.record(sample, at)
            if record.state != "ok":
                raise InputError(
                    "input.header",
                    "the header's quotes don't close",
                    hint="say how it is written: `csv: {quote: …, header: …, preamble: …}`",
                )
            _refuse_width(len(record.fields), options)
            parts.append([cell.decode(errors="backslashreplace") for cell in record.fields])
            if self.dialect.header_lines == 1:
                self._header_text = sample[at : record.end]
            at = _to_record(grammar, sample, record.after)
        if self.dialect.trailing:
            if all(not part[-1] for part in parts):
                parts = [part[:-1] for part in parts]
            self.notes.append("the delimiter behind the last field of every record is left out")
        elif len(parts[0]) > 1 and not any(part[-1] for part in parts):
            below = grammar.record(sample, at)
            if at < len(sample) and len(below.fields) == len(parts[0]) - 1:
                parts = [part[:-1] for part in parts]
                self.notes.append("the delimiter behind the last name is left out")
        names = self._names(parts)
        if len(names) == 1 and self.dialect.header_lines == 1 and not names[0]:
            names = ["column_1"]
        return names, at, 1 + count_lines(sample[:at])

    def _names(self, parts: list[list[str]]) -> list[str]:
        width = max(len(part) for part in parts)
        padded = [part + [""] * (width - len(part)) for part in parts]
        joined = [
            " ".join(word.strip() for word in column if word.strip())
            for column in zip(*padded, strict=True)
        ]
        names: list[str] = []
        taken = set(joined)
        given: set[str] = set()
        suffixes: dict[str, int] = {}
        for number, name in enumerate(joined, 1):
            _refuse_name(name, number)
            chosen = name or f"column_{number}"
            if not name:
                self.notes.append(f"column {number} has no name: it is `{chosen}`")
            if chosen in given:
                suffix = suffixes.get(chosen, 2)
                while f"{chosen}_{suffix}" in taken or f"{chosen}_{suffix}" in given:
                    suffix += 1
                suffixes[chosen] = suffix
                chosen = f"{chosen}_{suffix}"
                self.notes.append(f"column {number} is a second `{name}`: it is `{chosen}`")
            given.add(chosen)
            names.append(chosen)
        return names


def _to_record(grammar: Grammar, sample: bytes, at: int) -> int:
    """Return where the next record begins: blank lines and comments are none."""
    while at < len(sample):
        end, after = grammar.line_end(sample, at)
        if end > at and not grammar.is_comment(sample, at):
            break
        at = after
    return at


def _refuse_name(name: str, number: int) -> None:
    if len(name) > LONGEST_NAME:
        raise InputError(
            "input.header",
            f"the name of column {number} has {len(name):,} characters; {LONGEST_NAME:,} may be",
            hint="is the first line a header? `csv: {header: none}` says that it isn't",
        )
    if name.lower().startswith(RESERVED):
        raise InputError(
            "input.header",
            f"the name of column {number}, `{name}`, begins with `{RESERVED}`",
            hint="such names are csvflow's own: rename it in the file",
        )


def _refuse_width(width: int, options: CsvOptions) -> None:
    if width > options.max_columns:
        raise InputError(
            "input.too-many-columns",
            f"the header has {width:,} columns; {options.max_columns:,} may be",
            hint="`csv: {max_columns: …}` allows more",
        )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SAMPLE)
