"""Column types: what a text is read as, and what Arrow carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

TypeName = Literal[
    "text", "int", "decimal", "float", "bool", "date", "time", "timestamp", "json", "uuid"
]
TYPE_NAMES: tuple[TypeName, ...] = (
    "text",
    "int",
    "decimal",
    "float",
    "bool",
    "date",
    "time",
    "timestamp",
    "json",
    "uuid",
)
OTHER_NAMES: dict[str, str] = {
    "bigint": "int",
    "boolean": "bool",
    "datetime": "timestamp",
    "double": "float",
    "integer": "int",
    "money": "decimal(12,2)",
    "number": "decimal(12,2)",
    "numeric": "decimal(12,2)",
    "str": "text",
    "string": "text",
    "varchar": "text",
}
"""What other systems call them: never accepted, only hinted at."""
MAX_PRECISION = 38
CLOCKED: frozenset[str] = frozenset({"date", "time", "timestamp"})
"""Types that take formats."""
ORDERED: frozenset[str] = CLOCKED | {"text", "int", "decimal", "float"}
"""Types that take comparisons."""
WORDED: frozenset[str] = frozenset({"text", "json", "uuid"})
"""Types that stay text in Arrow: they take ``matches`` and ``length``."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """One type with its parameters."""

    name: TypeName
    precision: int = 0
    """Of a decimal: digits in all."""
    scale: int = 0
    """Of a decimal: digits after the mark."""
    formats: tuple[str, ...] = ()
    """Of a date, time or timestamp: how its text may look; none means ISO 8601."""
    zone: str | None = None
    """Of a timestamp: where local times are; the loaded value is an instant, in UTC."""

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.formats:
            return f"{self.name} {' | '.join(self.formats)}"
        return self.name


TEXT = ColumnType("text")


def arrow_type(kind: ColumnType) -> pa.DataType:
    """Return the Arrow type of the loaded values."""
    import pyarrow as pa  # noqa: PLC0415 - `csvflow check` loads a pipeline without Arrow

    if kind.name == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    if kind.name == "timestamp":
        return pa.timestamp("us", tz="UTC" if kind.zone else None)
    plain: dict[str, pa.DataType] = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "time": pa.time64("us"),
    }
    return plain.get(kind.name, pa.utf8())


def spoken(kind: pa.DataType) -> str:
    """Return an Arrow type in the words of ``columns``; one that has none as Arrow says it."""
    import pyarrow as pa  # noqa: PLC0415 - likewise

    if pa.types.is_dictionary(kind):
        return spoken(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return f"timestamp {kind.tz}" if kind.tz else "timestamp"
    for named, name in (
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
        (pa.types.is_integer, "int"),
        (pa.types.is_floating, "float"),
        (pa.types.is_boolean, "bool"),
        (pa.types.is_date, "date"),
        (pa.types.is_time, "time"),
    ):
        if named(kind):
            return name
    return str(kind)
