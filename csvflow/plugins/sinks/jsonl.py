"""JSON Lines files."""

from __future__ import annotations

import json
from typing import BinaryIO, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from csvflow.contract import Examples
from csvflow.kit.compressed import Compression, compressed
from csvflow.kit.files import Encoder, FileSettings, FileSink
from csvflow.kit.text import halves, has_any, has_control, joined, to_text


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
            before = ""
            for label, column in zip(self._labels, part.columns, strict=True):
                values, mark = _values(column)
                columns += [pa.scalar(f"{before}{label}{mark}"), values]
                before = mark
            self._out.write(joined([*columns, pa.scalar(f"{before}}}\n")]))

    def finish(self) -> None:
        self._out.finish()


def _values(column: pa.Array) -> tuple[pa.Array, str]:
    """Return JSON values, and the quote to be put around each, if any."""
    kind = column.type
    text = to_text(column)
    if pa.types.is_floating(kind):
        if pc.all(pc.is_finite(column)).as_py() is False:
            words = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
            text = pa.array([words.get(value, value) for value in text.to_pylist()], pa.string())
    elif not (
        pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_nested(kind)
    ):
        return _strings(text)
    return text.fill_null("null"), ""


def _strings(text: pa.Array) -> tuple[pa.Array, str]:
    if has_control(text):
        dumped = [None if value is None else _string(value) for value in text.to_pylist()]
        return pa.array(dumped, pa.string()).fill_null("null"), ""
    if has_any(text, '"\\'):
        text = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), '"', '\\"')
    if not text.null_count:
        return text, '"'
    return pc.binary_join_element_wise('"', text, '"', "").fill_null("null"), ""


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
