"""What an author declares about a column: its type, its constraints, where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from csvflow.contract import RESERVED
from csvflow.core.columns.errors import ColumnError, wrong
from csvflow.core.columns.formats import check_format
from csvflow.core.columns.grammar import OPERATORS, Reader, read_length
from csvflow.core.columns.literals import check_literal, check_pattern
from csvflow.core.columns.types import (
    CLOCKED,
    MAX_PRECISION,
    ORDERED,
    TEXT,
    WORDED,
    ColumnType,
    TypeName,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS = (
    "type",
    "format",
    "zone",
    "required",
    "unique",
    "min",
    "max",
    "in",
    "matches",
    "length",
    "from",
    "default",
)
"""The keys of the long form."""
_BARE = r"[^\s,()'\"]+"
_BARE_PATTERN = r"[^\s'\"]\S*"


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column."""

    name: str
    type: ColumnType = TEXT
    required: bool = False
    """A null is refused."""
    unique: bool = False
    """A value that came before is refused; nulls are never duplicates."""
    comparisons: tuple[tuple[str, str], ...] = ()
    """Operator and literal, all of which must hold; a null passes these and all below."""
    choices: tuple[str, ...] = ()
    """Literals of which the value must be one, where there are any."""
    pattern: str | None = None
    """A RE2 regular expression that the whole text must match."""
    least: int | None = None
    """How many characters the text has at least."""
    most: int | None = None
    """How many characters the text has at most."""
    sources: tuple[str, ...] = ()
    """Headers it may have in the file, the first that is there counts; none means its name."""
    default: str | None = None
    """A literal that takes the place of null."""

    def short(self) -> str:
        """Return the short form that declares this column, without its name."""
        parts = [self.type.name if self.type.name != "decimal" else str(self.type)]
        if self.type.formats:
            parts.append(" | ".join(_format(text) for text in self.type.formats))
        if self.type.zone:
            parts.append(f"zone {self.type.zone}")
        parts += [f"{sign} {_quote(text)}" for sign, text in self.comparisons]
        if self.choices:
            parts.append(f"in ({_list(self.choices)})")
        if self.pattern is not None:
            parts.append(f"matches {_quote(self.pattern, _BARE_PATTERN)}")
        if self.least is not None or self.most is not None:
            parts.append(f"length {self._length()}")
        if self.required:
            parts.append("required")
        if self.unique:
            parts.append("unique")
        if self.sources:
            several = len(self.sources) > 1
            parts.append(
                f"from ({_list(self.sources)})" if several else f"from {_list(self.sources)}"
            )
        if self.default is not None:
            parts.append(f"default {_quote(self.default)}")
        return " ".join(parts)

    def describe(self) -> str:
        """Return ``name: short form``."""
        return f"{self.name}: {self.short()}"

    def _length(self) -> str:
        if self.least is None:
            return f"<= {self.most}"
        if self.most is None:
            return f">= {self.least}"
        return str(self.least) if self.least == self.most else f"{self.least}..{self.most}"


def parse_column(name: str, value: object) -> Column:
    """Return the column that a short form, or a mapping of the long form's keys, declares.

    Raises ``ColumnError``, which knows the key and the offset in its text.
    """
    if name.startswith(RESERVED):
        raise wrong(f"the column name `{name}` is reserved: csvflow's own begin with `{RESERVED}`")
    if not name:
        raise wrong("a column needs a name")
    if value is None:
        return Column(name)
    if isinstance(value, str):
        return _short_form(name, value)
    if not isinstance(value, Mapping):
        raise wrong(
            f"column `{name}` is neither a text nor a mapping",
            hint="write `int required`, or a mapping with `type`",
        )
    return _build(name, _long_form(name, value))


def _short_form(name: str, value: str) -> Column:
    try:
        return _build(name, Reader(value).read())
    except ColumnError as error:
        # Messages quote what is wrong as it was written, so that is where it is.
        quoted = re.search("`([^`]+)`", error.message)
        if error.offset is None and quoted and quoted[1] in value:
            error.offset = value.index(quoted[1])
        raise


def _long_form(name: str, value: Mapping[object, object]) -> dict[str, object]:
    found: dict[str, object] = {"type": "text"}
    for key in value:
        if key == "formats" or key in KEYS:
            continue
        near = get_close_matches(str(key), KEYS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"keys are {', '.join(KEYS)}"
        raise wrong(f"column `{name}` has no key `{key}`", hint=hint, key=str(key))
    if "type" in value:
        if not isinstance(value["type"], str):
            raise wrong("`type` is a text such as `int` or `decimal(12,2)`", key="type")
        try:
            found = Reader(value["type"]).read()
        except ColumnError as error:
            error.key = "type"
            raise
    for given, entry in value.items():
        key = "format" if given == "formats" else str(given)
        if key == "type" or entry is None:
            continue
        if key in {"min", "max"}:
            pairs = cast("list[tuple[str, str]]", found.setdefault("compare", []))
            pairs.append((">=" if key == "min" else "<=", _text(entry, key)))
        elif key in found:
            raise wrong(f"`{key}` is said twice: in `type` and by itself", key=key)
        elif key in {"required", "unique"}:
            found[key] = _truth(entry, key)
        elif key in {"in", "from", "format"}:
            found[key] = _texts(entry, key)
        else:
            found[key] = _text(entry, key)
    return found


def _build(name: str, found: Mapping[str, object]) -> Column:
    kind = _type(found)
    least, most = read_length(str(found["length"])) if "length" in found else (None, None)
    pattern = cast("str | None", found.get("matches"))
    column = Column(
        name=name,
        type=kind,
        required=bool(found.get("required", False)),
        unique=bool(found.get("unique", False)),
        comparisons=tuple(cast("Iterable[tuple[str, str]]", found.get("compare", ()))),
        choices=tuple(cast("Iterable[str]", found.get("in", ()))),
        pattern=pattern,
        least=least,
        most=most,
        sources=tuple(cast("Iterable[str]", found.get("from", ()))),
        default=cast("str | None", found.get("default")),
    )
    _check(column)
    return column


def _type(found: Mapping[str, object]) -> ColumnType:
    text = str(found["type"])
    precision = scale = 0
    if text.startswith("decimal"):
        sizes = re.findall(r"\d+", text)
        precision, scale = int(sizes[0]), int(sizes[1])
        if not 1 <= precision <= MAX_PRECISION or scale > precision:
            raise wrong(
                f"`{text}` is not possible",
                hint=f"a decimal has 1 to {MAX_PRECISION} digits, of which some may be decimals",
                key="type",
            )
        text = "decimal"
    formats = found.get("format", ())
    formats = (formats,) if isinstance(formats, str) else tuple(cast("Iterable[str]", formats))
    zone = cast("str | None", found.get("zone"))
    if formats and text not in CLOCKED:
        raise wrong(f"`{text}` takes no format", hint="date, time and timestamp do", key="format")
    if zone is not None:
        _check_zone(text, zone)
    for entry in formats:
        try:
            check_format(entry, text, zone=zone is not None)
        except ColumnError as error:
            error.key = "format"
            raise
    return ColumnType(cast("TypeName", text), precision, scale, formats, zone)


def _check_zone(kind: str, zone: str) -> None:
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - reads a folder of files

    if kind != "timestamp":
        raise wrong(f"`{kind}` takes no zone", hint="timestamp does", key="zone")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        near = get_close_matches(zone, available_timezones(), n=1)
        hint = (
            f"did you mean `{near[0]}`?" if near else "write one such as `UTC` or `Europe/Berlin`"
        )
        raise wrong(f"there is no time zone `{zone}`", hint=hint, key="zone") from None


def _check(column: Column) -> None:
    kind = column.type
    if kind.name not in WORDED:
        for key, value in (("matches", column.pattern), ("length", column.least or column.most)):
            if value is not None:
                raise wrong(f"`{kind.name}` takes no `{key}`", hint="text does", key=key)
    if column.comparisons and kind.name not in ORDERED:
        raise wrong(f"`{kind.name}` has no order to compare by", key="type")
    if column.least is not None and column.most is not None and column.least > column.most:
        raise wrong(f"no text has {column.least} to {column.most} characters", key="length")
    for sign, text in column.comparisons:
        key = {">=": "min", "<=": "max"}.get(sign, "type")
        check_literal(kind, text, key)
    for text in column.choices:
        check_literal(kind, text, "in")
    if column.default is not None:
        check_literal(kind, column.default, "default")
    if column.pattern is not None:
        check_pattern(column.pattern)


def _text(value: object, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise wrong(f"`{key}` is a single value", key=key)


def _texts(value: object, key: str) -> list[str]:
    if isinstance(value, list | tuple):
        if not value:
            raise wrong(f"`{key}` is empty", key=key)
        return [_text(entry, key) for entry in value]
    return [_text(value, key)]


def _truth(value: object, key: str) -> bool:
    if isinstance(value, bool):
        return value
    raise wrong(f"`{key}` is true or false", key=key)


def _quote(text: str, bare: str = _BARE) -> str:
    if re.fullmatch(bare, text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _list(values: tuple[str, ...]) -> str:
    return ", ".join(_quote(value) for value in values)


def _format(text: str) -> str:
    words = text.split(" ")
    return (
        text
        if all("%" in word and word[0] not in "'\"|<>=!" for word in words)
        else _quote(text, "a^")
    )


__all__ = ["KEYS", "OPERATORS", "Column", "parse_column"]
