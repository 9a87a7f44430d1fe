"""What a database can hold: its types, and which of its columns would bend a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from csvflow.contract import SinkError


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as far as exactness goes."""

    word: str
    """``text``, ``int``, ``decimal``, ``float``, ``bool``, ``date``, ``time``, ``timestamp``
    or ``timestamptz``."""
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.word == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return self.word


@dataclass(frozen=True, slots=True)
class Dialect:
    """One database's ways."""

    name: str
    """For people."""
    declare: Callable[[Kind], str | None]
    """Returns the type of a new column; None if the database has none that is exact."""
    bends: Callable[[Kind, str], bool]
    """Tells whether a present column of that declared type would change some value."""
    parameter: str = "?"
    locks: str = ""
    """What makes a SELECT lock its rows."""
    merges: bool = False
    """Whether MERGE updates, with any index; else ON CONFLICT, which needs a unique one."""
    fraction: Callable[[str], int | None] = lambda _: None
    """Returns how many digits of a second's fraction a declared type keeps; None: all."""
    length: Callable[[str], int | None] = lambda _: None
    """Returns how long text may be in a declared type before it loses blanks at its end; None:
    it loses none."""
    comparable: Callable[[Kind, str], str] = lambda _, value: value
    """Returns the SQL of a present column's values under which equal ones are the same."""
    differs: str = "IS DISTINCT FROM"
    """The operator that tells values apart, with null as a value."""
    temporary: str = "temp"
    """The schema of temporary tables."""
    schemas: bool = True
    """Whether there are others than ``main``."""
    max_name_bytes: int | None = None
    empty_names: bool = False
    folds_case: bool = True

    def type_of(self, column: pa.Field) -> str:
        """Return the type of a new column. Raises ``SinkError`` (``sink.column-type``)."""
        kind = kind_of(column.type)
        declared = self.declare(kind) if kind else None
        if declared is None:
            raise SinkError(
                "sink.column-type",
                f"column `{column.name}` is {kind or column.type},"
                f" for which {self.name} has no type",
                hint="make it text or a narrower type, with a `cast` or `derive` step",
            )
        return declared


@dataclass(frozen=True, slots=True)
class Types:
    """The types of a database whose columns hold what they are declared to hold."""

    new: Mapping[str, str]
    """Kind → the type of a new column."""
    exact: Mapping[str, frozenset[str]]
    """Declared type → the kinds that it holds exactly; a value out of range is an error.

    What isn't there may be anything, and its own rules decide.
    """
    decimal: str
    """The type of decimals, without precision and scale."""
    most_digits: int | None = None
    scales: Mapping[str, int] = field(default_factory=dict)
    """Declared type → its scale, for decimals under other names."""
    fractions: Mapping[str, int] = field(default_factory=dict)
    """Declared type → the digits of a second's fraction that it keeps, if fewer than six."""

    def declare(self, kind: Kind) -> str | None:
        """Return the type of a new column; None if there is none that is exact."""
        if kind.word != "decimal":
            return self.new[kind.word]
        if self.most_digits is not None and kind.precision > self.most_digits:
            return None
        return f"{self.decimal}({kind.precision},{kind.scale})"

    def bends(self, kind: Kind, declared: str) -> bool:
        """Tell whether a present column of that declared type would change some value."""
        match = re.fullmatch(rf"{self.decimal}\(\d+,(-?\d+)\)", declared)
        scale = int(match[1]) if match else self.scales.get(declared)
        if scale is not None:
            return kind.word not in {"int", "decimal"} or kind.scale > scale
        exact = self.exact.get(re.sub(r"\(\d+\)", "", declared))
        return exact is not None and kind.word not in exact

    def fraction(self, declared: str) -> int | None:
        """Return how many digits of a second's fraction a declared type keeps; None: all."""
        match = re.match(r"time(?:stamp)?\((\d)\)", declared)
        return int(match[1]) if match else self.fractions.get(declared)


_KINDS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (pa.types.is_null, "text"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_string_view, "text"),
    (pa.types.is_integer, "int"),
    (pa.types.is_floating, "float"),
    (pa.types.is_boolean, "bool"),
    (pa.types.is_date, "date"),
    (pa.types.is_time, "time"),
)


def kind_of(type_: pa.DataType) -> Kind | None:
    """Return the kind of an Arrow type; None for lists, structs and the like."""
    if isinstance(type_, pa.BaseExtensionType):
        return kind_of(type_.storage_type)
    if pa.types.is_dictionary(type_):
        return kind_of(type_.value_type)
    if pa.types.is_decimal(type_):
        return Kind("decimal", type_.precision, type_.scale)
    if pa.types.is_timestamp(type_):
        return Kind("timestamptz" if type_.tz else "timestamp")
    if pa.types.is_uint64(type_):
        return Kind("decimal", 20, 0)
    return next((Kind(word) for is_it, word in _KINDS if is_it(type_)), None)
