"""JSON Lines files."""

from __future__ import annotations

import json
from typing import BinaryIO, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import Examples
from csvflow.kit.compressed import Compression, compressed
from csvflow.kit.files import Encoder, FileSettings, FileSink
from csvflow.kit.text import halves, joined, to_text

_CONTROL = r"[\x00-\x1f\x7f]"


class JsonlSettings(FileSettings):
    """Settings of the jsonl sink."""

    compression: Literal["auto", "gzip", "zstd", "none"] = "auto"
    """`auto` goes by the suffix: `.jsonl.gz`, `.jsonl.zst`, else none."""


class JsonlSink(FileSink[JsonlSettings]):
    """Writes one file a run with a JSON object a row, on local disk or any object store.

    Whole numbers and decimals are JSON numbers with every digit that they have, so a reader
    that takes all numbers for binary floats rounds them, not we. Dates and times are ISO 8601
    text. A float that is no number in JSON is text: `"NaN"`, `"Infinity"`, `"-Infinity"`.
    """

    suffixes: ClassVar[tuple[str, ...]] = (
        *(".jsonl", ".jsonl.gz", ".jsonl.zst"),
        *(".ndjson", ".ndjson.gz", ".ndjson.zst"),
    )
    examples: ClassVar[Examples] = {
        "One file a run in a folder": {"path": "out/"},
        "Named after the input, compressed": {"path": "s3://lake/orders/{stem}.jsonl.zst"},
    }

    @property
    def file_suffix(self) -> str:
        return {"gzip": ".jsonl.gz", "zstd": ".jsonl.zst"}.get(self.settings.compression, ".jsonl")

    def encoder(self, stream: BinaryIO, schema: pa.Schema, *, name: str) -> Encoder:
        return _Jsonl(compressed(stream, name, self.settings.compression), schema)


class _Jsonl:
    def __init__(self, out: Compression, schema: pa.Schema) -> None:
        self._out = out
        self._labels = [
            f"{',' if at else '{'}{_string(name)}:" for at, name in enumerate(schema.names)
        ]

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_columns:
            self._out.write(b"{}\n" * batch.num_rows)
            return
        for part in halves(batch):
            columns: list[pa.Array | pa.Scalar] = []
            for label, column in zip(self._labels, part.columns, strict=True):
                columns += [pa.scalar(label), _values(column).fill_null("null")]
            self._out.write(joined([*columns, pa.scalar("}\n")]))

    def finish(self) -> None:
        self._out.finish()


def _values(column: pa.Array) -> pa.Array:
    kind = column.type
    text = to_text(column)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        return text
    if pa.types.is_nested(kind):
        return text
    if pa.types.is_floating(kind):
        finite = pc.is_finite(column)
        if pc.all(finite).as_py() in {True, None}:
            return text
        words = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
        return pa.array([words.get(value, value) for value in text.to_pylist()], pa.string())
    return _strings(text)


def _strings(text: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(text, _CONTROL)).as_py():
        return pa.array(
            [None if value is None else _string(value) for value in text.to_pylist()], pa.string()
        )
    if pc.any(pc.match_substring_regex(text, r'["\\]')).as_py():
        text = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    return pc.binary_join_element_wise('"', text, '"', "")


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
