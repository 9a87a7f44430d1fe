"""The ``csv:`` keys of a pipeline: how the text of an input is to be read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from csvflow.contract import Settings, Size

_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


def _delimiter(value: object) -> object:
    return _NAMED.get(value, value) if isinstance(value, str) else value


def _words(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Delimiter = Annotated[str, BeforeValidator(_delimiter), Field(min_length=1, max_length=8)]
Words = Annotated[
    tuple[str, ...], BeforeValidator(_words, json_schema_input_type=str | tuple[str, ...])
]
Mark = Annotated[str, Field(min_length=1, max_length=4)]


class CsvOptions(Settings):
    """How to read the text. What is ``auto`` is found out from the input and reported."""

    encoding: str = "auto"
    """``auto``, or a name such as ``utf-8``, ``utf-16`` or ``cp1252``. Bytes are never replaced.
    ``auto`` looks for what isn't ASCII in the whole file. An older encoding is taken only if the
    words are clearly likelier in it than in every other one that reads them differently, and if
    the text keeps to it: the report has ``encoding_confidence``, from 0.75 to 1. Else the input is
    refused, with what the encodings make of it. A few such bytes in a file of more than a megabyte
    are rejected with their records (``row.encoding``)."""
    newline: Literal["auto", "lf", "crlf", "cr", "mixed"] = "auto"
    """What ends a record outside quotes. ``lf`` and ``crlf``: LF and CRLF, both; ``cr``: CR and
    CRLF; a newline of another kind outside quotes rejects its record (``row.newline``). ``mixed``:
    LF, CRLF and CR. ``auto`` goes by the first records: ``mixed`` only where a lone CR beside the
    others stands between whole records, and often."""
    delimiter: Delimiter = "auto"
    """``auto``, or the text between fields; also ``tab``, ``comma``, ``semicolon``, ``pipe`` and
    ``space``."""
    quote: Mark = "auto"
    """``auto``, ``none``, or the character around fields that hold delimiters or newlines."""
    escape: Mark = "auto"
    """``auto``, ``none``, or the character that takes the next one literally."""
    doubled: bool = True
    """Whether a quote inside a quoted field is written twice."""
    header: Annotated[int, Field(ge=1, le=10)] | Literal["auto", "none"] = "auto"
    """``auto``, ``none``, or how many records at the top join into the column names. With ``none``
    the declared columns are the fields in their order, if as many; else ``column_1`` and so on."""
    preamble: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"
    """``auto``, or how many lines stand above the header. ``auto`` finds titles, remarks, and
    labels beside values. A line ``sep=;`` for Excel is one of them whatever the delimiter is."""
    footer: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"
    """``auto``, or how many lines at the end are no records. ``auto`` takes lines that say so, such
    as ``Total: 5`` or ``12 rows``, and prose behind a blank line. A total in the shape of a record
    is taken only behind a blank line; else it is a row, and a note tells of it."""
    comment: Mark = "auto"
    """``auto``, ``none``, or what a line begins with that is no record. ``auto`` knows ``#``, below
    the header only where a blank or no delimiter follows: ``#7,cut`` is a damaged record."""
    trailing: Literal["auto", "drop", "keep"] = "auto"
    """Whether a delimiter behind the last field of every record is dropped, or means one more
    field."""
    nulls: Words = ("",)
    """Unquoted fields that mean: no value, compared as they are written, before escapes are
    resolved. A quoted field is text, unless ``quoted_nulls`` says otherwise. Where ``escape`` is a
    backslash and nothing is told here, ``\\N`` is one as well, as MySQL and Postgres write it."""
    quoted_nulls: Literal["text", "null"] = "text"
    """What a quoted field is that is one of ``nulls``: ``text``; or ``null`` as well, for senders
    who quote every field, also those without a value."""
    ragged: Literal["reject", "pad", "truncate"] = "reject"
    """What becomes of a record with too few or too many fields: ``reject`` it; ``pad`` what is
    missing with nulls and reject what has too many; ``truncate`` what is too much, and pad."""
    compression: Literal["auto", "none", "gzip", "zstd", "bz2", "xz", "zip"] = "auto"
    """``auto`` looks at the first bytes, not at the name. A zip must hold one file."""
    max_field: Size = 16_000_000
    """The longest record in bytes; a longer one is rejected."""
    max_lines: Annotated[int, Field(ge=1)] = 10_000
    """The most newlines in one record: beyond them its quote is taken as never closed."""
    max_expansion: Annotated[int, Field(ge=1)] = 200
    """How many times larger than its compressed form an input may become."""
    max_columns: Annotated[int, Field(ge=1)] = 10_000
    """The most columns that a header may name."""
    true: Words = ("true",)
    """Words that a bool column reads as true, in any case."""
    false: Words = ("false",)
    """Words that a bool column reads as false, in any case."""
    decimal: Mark = "."
    """The mark before the fraction of a number."""
    thousands: Mark = "none"
    """``none``, or the mark between groups of three digits."""

    @field_validator("quote", "escape")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if value not in ("auto", "none") and (len(value) != 1 or not value.isascii()):
            raise ValueError("must be `auto`, `none` or one ASCII character")
        return value

    @field_validator("comment", "decimal", "thousands")
    @classmethod
    def _no_newline(cls, value: str) -> str:
        if "\n" in value or "\r" in value:
            raise ValueError("must not hold a newline")
        return value

    @model_validator(mode="after")
    def _distinct(self) -> CsvOptions:
        marks = {"delimiter": self.delimiter, "quote": self.quote, "escape": self.escape}
        given = {name: mark for name, mark in marks.items() if mark not in ("auto", "none")}
        if any(character in "\r\n" for character in "".join(given.values())):
            raise ValueError("delimiter, quote and escape must not hold a newline")
        if self.quote not in ("auto", "none") and self.quote in given.get("delimiter", ""):
            raise ValueError("`delimiter` must not hold the quote")
        if self.escape not in ("auto", "none") and self.escape in given.get("delimiter", ""):
            raise ValueError("`delimiter` must not hold the escape")
        if self.decimal == self.thousands:
            raise ValueError(
                "`decimal` and `thousands` must differ: say both, or `thousands: none`"
            )
        return self
