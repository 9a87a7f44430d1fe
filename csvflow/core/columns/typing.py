"""From the text columns of a file to the declared ones: names, types, constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from csvflow.contract import RESERVED, InputError, MapBatch
from csvflow.core.arrays import no_texts
from csvflow.core.columns.mapping import Mapping, Output
from csvflow.core.columns.marks import PLAIN, Marks, Spelling
from csvflow.core.columns.names import UNNAMED, locate, moved, snake_all
from csvflow.core.columns.spec import Column
from csvflow.core.columns.types import arrow_type

if TYPE_CHECKING:
    from csvflow.core.columns.renames import Rename, Sample

Unknown = Literal["keep", "ignore", "rescue", "fail"]
RESCUED = "_rescued"
"""The column into which ``rescue`` puts the unknown ones, as a JSON object."""


@dataclass(frozen=True, slots=True)
class BindingReport:
    """How a file's header differs from what was declared."""

    renamed: dict[str, str] = field(default_factory=dict)
    """Declared name → header, where they differ and the declaration doesn't say so."""
    missing: tuple[str, ...] = ()
    """Declared columns that aren't in the file, and are null."""
    likely: tuple[Rename, ...] = ()
    """Headers that may be missing columns under new names."""
    unknown: tuple[str, ...] = ()
    """Headers that no declared column claims."""
    reordered: bool = False
    """Whether the declared columns stand in another order in the file."""


class BoundTyping:
    """The declared columns bound to one file's header."""

    def __init__(
        self, outputs: Sequence[Output], marks: Marks, report: BindingReport, header: Sequence[str]
    ) -> None:
        self.outputs = tuple(outputs)
        self._header = list(header)
        self.report = report
        self._marks = marks

    @cached_property
    def schema(self) -> pa.Schema:
        """The typed columns, declared ones first, without reserved ones."""
        return pa.schema([(output.name, output.type) for output in self.outputs])

    @cached_property
    def mapping(self) -> MapBatch:
        """From a batch of the file's text columns, in header order, to typed ones."""
        if self.identity:
            return _same
        return Mapping(self.outputs, self.schema, self._marks)

    @property
    def identity(self) -> bool:
        """Whether every column goes on as it came: then ``mapping`` can be left out."""
        return all(output.unchanged(at) for at, output in enumerate(self.outputs)) and (
            [output.name for output in self.outputs] == self._header
        )

    @property
    def uniques(self) -> list[str]:
        """The columns that are declared unique."""
        return [output.name for output in self.outputs if output.column and output.column.unique]


@dataclass(frozen=True, slots=True)
class Typing:
    """The declared columns of a pipeline, and what to do where a file differs."""

    columns: tuple[Column, ...] = ()
    unknown: Unknown | None = None
    """None means ``fail`` where columns are declared, else ``keep``."""
    missing: Literal["fail", "null"] = "fail"
    headers: Literal["keep", "snake"] = "keep"
    options: Spelling | None = None
    """The pipeline's ``csv:``."""
    rescued: str = RESCUED
    by_order: bool = False
    """Whether columns without names are the declared ones in their order, if as many."""

    def bind(self, header: Sequence[str], sample: Sample | None = None) -> BoundTyping:
        """Return the typing of one file; ``sample`` is asked where its header differs.

        Raises ``InputError`` for columns that are missing, unknown or can't be told apart.
        """
        found = list(header)
        header = self._ordered(header) if self.by_order else found
        names = snake_all(header) if self.headers == "snake" else list(header)
        marks = PLAIN if self.options is None else Marks.of(self.options)
        places = self._places(header, names)
        _refuse_moved(self.columns, places)
        used = {place for place in places if place is not None}
        rest = [at for at in range(len(header)) if at not in used]
        absent = [
            column for column, place in zip(self.columns, places, strict=True) if place is None
        ]
        likely: list[Rename] = []
        if absent and rest:
            from csvflow.core.columns.renames import Finder  # noqa: PLC0415 - seldom needed

            rows = sample() if sample is not None else no_texts(header)
            likely = Finder(self.columns, places, header, rows, marks).find(absent, rest)
        self._refuse_missing(absent, [header[at] for at in rest], likely)
        outputs = [
            Output(column.name, arrow_type(column.type), place, column)
            for column, place in zip(self.columns, places, strict=True)
        ]
        outputs += self._rest(rest, header, names, likely)
        _refuse_twice(outputs)
        present = [place for place in places if place is not None]
        report = BindingReport(
            renamed=self._renamed(places, header, names),
            missing=tuple(column.name for column in absent),
            likely=tuple(likely),
            unknown=tuple(header[at] for at in rest) if self.columns else (),
            reordered=present != sorted(present),
        )
        return BoundTyping(outputs, marks, report, found)

    def _ordered(self, header: Sequence[str]) -> list[str]:
        """Return the header with names for its unnamed columns, if as many are declared."""
        claimed = {name for column in self.columns for name in column.sources or (column.name,)}
        own = [one.name for one in self.columns if not one.sources and one.name not in header]
        unnamed = [name for name in header if UNNAMED.fullmatch(name) and name not in claimed]
        if len(own) != len(unnamed):
            return list(header)
        given = dict(zip(unnamed, own, strict=True))
        return [given.get(name, name) for name in header]

    def _places(self, header: Sequence[str], names: Sequence[str]) -> list[int | None]:
        exact = {
            header.index(name)
            for column in self.columns
            for name in column.sources or (column.name,)
            if name in header
        }
        found: list[int | None] = []
        taken = set(exact)
        for column in self.columns:
            wanted = column.sources or (column.name,)
            place = locate(wanted, header, taken)
            if place is None and not column.sources and column.name in names:
                candidate = list(names).index(column.name)
                place = candidate if candidate not in taken else None
            if place is not None:
                taken.add(place)
            found.append(place)
        return found

    def _renamed(
        self, places: Sequence[int | None], header: Sequence[str], names: Sequence[str]
    ) -> dict[str, str]:
        return {
            column.name: header[place]
            for column, place in zip(self.columns, places, strict=True)
            if place is not None
            and header[place] not in (column.sources or (column.name,))
            and names[place] != column.name
        }

    def _rest(
        self,
        rest: Sequence[int],
        header: Sequence[str],
        names: Sequence[str],
        likely: Sequence[Rename],
    ) -> list[Output]:
        policy = self.unknown or ("fail" if self.columns else "keep")
        if not rest or policy == "ignore":
            return []
        unknown = [header[at] for at in rest]
        if policy == "fail":
            raise InputError(
                "input.unknown-column",
                f"{_listed('column', unknown)} in the file and not declared",
                hint=_advice(likely)
                if likely
                else "declare them, or say `unknown_columns: keep`, `ignore` or `rescue`",
            )
        if policy == "rescue":
            return [Output(self.rescued, pa.utf8(), None, None, tuple(rest), tuple(unknown))]
        reserved = [name for name in unknown if name.startswith(RESERVED)]
        if reserved:
            raise InputError(
                "input.reserved-column",
                f"{_listed('column', reserved)} in the file, but names that begin with "
                f"`{RESERVED}` are csvflow's own",
                hint="declare a column with another name and `from:`, or "
                "say `unknown_columns: ignore`",
            )
        return [Output(names[at], pa.utf8(), at, None) for at in rest]

    def _refuse_missing(
        self, absent: Sequence[Column], rest: Sequence[str], likely: Sequence[Rename]
    ) -> None:
        needed = [one.name for one in absent if one.required and one.default is None]
        fatal = [one.name for one in absent] if self.missing == "fail" else needed
        if not fatal:
            return
        if rest and all(UNNAMED.fullmatch(name) for name in rest) and len(absent) > 1:
            hint = (
                "its first line was read as data: `csv: {header: 1}` says that it names the"
                f" columns, `{{header: none}}` that they come as declared: {len(self.columns):,}"
            )
        elif len(absent) > max(len(likely) * 2, len(self.columns) // 2, 1):
            hint = (
                "is that its header? `csv: {preamble: …}` says how many lines stand above it,"
                " `csv: {header: none}` that there is none"
            )
        elif likely:
            hint = _advice(likely)
        elif needed:
            hint = f"`{needed[0]}` is required; only with a `default` may a file come without it"
        else:
            hint = "if the file may come without it, say `missing_columns: null`"
        proposed = {one.header for one in likely}
        more = [name for name in rest if name not in proposed]
        others = f", which has {_names(more)} that no column claims" if more else ""
        raise InputError(
            "input.missing-column",
            f"{_listed('column', fatal)} not in the file{others}",
            hint=hint,
        )


def _refuse_moved(columns: Sequence[Column], places: Sequence[int | None]) -> None:
    name = moved([(*one.sources, one.name)[0] for one in columns], places)
    if name is not None:
        raise InputError(
            "input.moved-column",
            f"`{name}` has no name in the file, and the columns before it have moved",
            hint="have it named, or declare the columns as they stand now",
        )


def _advice(likely: Sequence[Rename]) -> str:
    from csvflow.core.columns.renames import advice  # noqa: PLC0415 - seldom needed

    return advice(likely)


def _same(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


def _refuse_twice(outputs: Sequence[Output]) -> None:
    seen: set[str] = set()
    for output in outputs:
        if output.name in seen:
            raise InputError(
                "input.unknown-column",
                f"the file's column `{output.name}` is not declared, and that name is taken",
                hint="declare it under another name with `from:`, or say `unknown_columns: ignore`",
            )
        seen.add(output.name)


def _listed(what: str, names: Sequence[str]) -> str:
    return f"{what} {_names(names)} is" if len(names) == 1 else f"{what}s {_names(names)} are"


def _names(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
