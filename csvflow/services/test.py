"""``csvflow test``: what a pipeline makes of the inputs under ``tests:``, against what it must.

Whole pipelines run, from bytes to rows and rejects; sinks, ledger and notifiers aren't touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvflow.contract import ConfigError
from csvflow.core.pipeline.cases import Case, ExpectedReject, ExpectedRow
from csvflow.core.report import ErrorReport
from csvflow.services.canonical import canonical, shown

if TYPE_CHECKING:
    import pyarrow as pa

    from csvflow.core.pipeline.model import Pipeline
    from csvflow.services.trial import Refused, Trial

NULL = "null"
_SHOWN = 20
"""Differences told of one case."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that isn't as it must be."""

    place: str
    """Of what was expected, in the pipeline's file."""
    what: str
    """``row 2, `total```, ``reject 1``."""
    expected: str | None
    """None: nothing was expected there."""
    found: str | None
    """None: nothing came."""


@dataclass(frozen=True)
class Tested:
    """One case and how it went."""

    pipeline: str
    case: str
    place: str
    differences: tuple[Difference, ...] = ()
    left_out: int = 0
    """Differences beyond those listed."""
    error: ErrorReport | None = None

    @property
    def passed(self) -> bool:
        """Whether everything is as it must be."""
        return self.error is None and not self.differences


def run_cases(pipeline: Pipeline) -> list[Tested]:
    """Run every case of a pipeline."""
    return [_tested(pipeline, case) for case in pipeline.tests]


@dataclass(frozen=True)
class Compared:
    """What came of a case, in the form that its rows have."""

    names: Sequence[str]
    expected: Sequence[dict[str, str | None]]
    """The case's rows, as values of the columns are written."""
    found: Sequence[dict[str, str | None]]
    rejects: Sequence[Refused]

    def pairs(self) -> Iterator[tuple[int | None, int | None]]:
        """Pair expected rows with those that came, so that one that is missing moves no other."""
        return _aligned(self.expected, self.found)


def compared(pipeline: Pipeline, case: Case) -> Compared | ErrorReport:
    """Run a case, and return what came or why nothing did."""
    trial = _tried(pipeline, case)
    if isinstance(trial, ErrorReport):
        return trial
    names = trial.schema.names if trial.schema is not None else []
    kinds = {field.name: field.type for field in trial.schema or ()}
    rows = [_expected(row, kinds) for row in case.rows or ()]
    return Compared(names, rows, _found(trial), trial.rejects)


def _tested(pipeline: Pipeline, case: Case) -> Tested:
    trial = _tried(pipeline, case)
    if isinstance(trial, ErrorReport):
        return Tested(pipeline.name, case.name, case.place, error=trial)
    found = [*_rows(case, trial), *_rejects(case, trial.rejects)]
    left_out = max(len(found) - _SHOWN, 0)
    return Tested(pipeline.name, case.name, case.place, tuple(found[:_SHOWN]), left_out)


def _tried(pipeline: Pipeline, case: Case) -> Trial | ErrorReport:
    # The engine takes its time to import: a pipeline without tests doesn't need it.
    from csvflow.services.trial import try_file, try_text  # noqa: PLC0415

    try:
        if "\n" in case.input:
            text = case.input
            trial = try_text(pipeline, text, captures=case.captures, now=case.now)
        else:
            path = _path(pipeline, case)
            trial = try_file(pipeline, path, captures=case.captures, now=case.now)
    except (ConfigError, UnicodeEncodeError) as error:
        return _report(error)
    return trial if trial.error is None else ErrorReport.of(trial.error)


def _path(pipeline: Pipeline, case: Case) -> Path:
    path = pipeline.project / case.input
    if not path.is_file():
        raise ConfigError(
            "input.not-found",
            f"there is no file `{case.input}`",
            hint="`input` is a path in the project, or the text itself with its line breaks",
        )
    return path


def _report(error: ConfigError | UnicodeEncodeError) -> ErrorReport:
    if isinstance(error, ConfigError):
        return ErrorReport.of(error)
    return ErrorReport.of(
        ConfigError(
            "config.value",
            f"`input` has a character that `{error.encoding}` doesn't have",
            hint="write it with characters of `csv: {encoding}`, or name a file",
        )
    )


def _rows(case: Case, trial: Trial) -> Iterator[Difference]:
    if case.rows is None:
        return
    if trial.schema is None:
        for number, row in enumerate(case.rows, 1):
            yield Difference(row.place, f"row {number}", _whole(row), None)
        return
    names = trial.schema.names
    for unknown in dict.fromkeys(name for row in case.rows for name in row.values):
        if unknown not in names:
            first = next(row for row in case.rows if unknown in row.values)
            near = get_close_matches(unknown, names, n=1)
            meant = f"no such column; did you mean `{near[0]}`?" if near else "no such column"
            yield Difference(first.place, f"column `{unknown}`", unknown, meant)
            return
    kinds = {field.name: field.type for field in trial.schema}
    expected = [_expected(row, kinds) for row in case.rows]
    found = _found(trial)
    for at, other in _aligned(expected, found):
        yield from _pair(case, expected, found, at, other)


def _found(trial: Trial) -> list[dict[str, str | None]]:
    names = trial.schema.names if trial.schema is not None else []
    return [
        {name: shown(value) for name, value in zip(names, row, strict=True)} for row in trial.rows
    ]


def _pair(
    case: Case,
    expected: Sequence[dict[str, str | None]],
    found: Sequence[dict[str, str | None]],
    at: int | None,
    other: int | None,
) -> Iterator[Difference]:
    rows = case.rows or ()
    if at is None:
        assert other is not None  # noqa: S101 - a pair has at least one side
        yield Difference(case.place, f"row {other + 1}", None, _listed(found[other]))
    elif other is None:
        yield Difference(rows[at].place, f"row {at + 1}", _listed(expected[at]), None)
    else:
        for name, text in expected[at].items():
            if found[other][name] != text:
                yield Difference(
                    rows[at].place,
                    f"row {at + 1}, `{name}`",
                    _cell(text),
                    _cell(found[other][name]),
                )


def _aligned(
    expected: Sequence[dict[str, str | None]], found: Sequence[dict[str, str | None]]
) -> Iterator[tuple[int | None, int | None]]:
    """Pair expected rows with those that came, so that one that is missing moves no other."""
    named = sorted({name for row in expected for name in row})
    if len(expected) == len(found) or any(sorted(row) != named for row in expected):
        for at in range(max(len(expected), len(found))):
            yield at if at < len(expected) else None, at if at < len(found) else None
        return
    left = [tuple(row[name] for name in named) for row in expected]
    right = [tuple(row[name] for name in named) for row in found]
    for _, one, one_end, two, two_end in SequenceMatcher(
        None, left, right, autojunk=False
    ).get_opcodes():
        for step in range(max(one_end - one, two_end - two)):
            yield (
                one + step if one + step < one_end else None,
                two + step if two + step < two_end else None,
            )


def _rejects(case: Case, refused: Sequence[Refused]) -> Iterator[Difference]:
    left = list(refused)
    for number, want in enumerate(case.rejects, 1):
        match = next((one for one in left if is_met(want, one)), None)
        if match is not None:
            left.remove(match)
            continue
        near = next((one for one in left if one.line == want.line), None)
        if near is not None:
            left.remove(near)
        yield Difference(
            want.place,
            f"reject {number}",
            _refusal(want.line, want.code, want.column),
            _told(near) if near else None,
        )
    for one in left:
        yield Difference(case.place, f"line {one.line} is rejected", None, _told(one))


def is_met(want: ExpectedReject, one: Refused) -> bool:
    """Tell whether a row was refused as it must be."""
    return (
        one.line == want.line
        and one.code == want.code
        and (want.column is None or one.column == want.column)
    )


def _told(one: Refused) -> str:
    return f"{_refusal(one.line, one.code, one.column)}: {one.reason}"


def _refusal(line: int | None, code: str, column: str | None) -> str:
    return f"line {line}, `{code}`" + (f", column `{column}`" if column else "")


def _whole(row: ExpectedRow) -> str:
    return _listed(row.values)


def _listed(row: Any) -> str:
    return "{" + ", ".join(f"{name}: {_cell(text)}" for name, text in row.items()) + "}"


def _cell(text: str | None) -> str:
    if text is None:
        return NULL
    return repr(text) if text in {"", NULL} or text != text.strip() else text


def _expected(row: ExpectedRow, kinds: dict[str, pa.DataType]) -> dict[str, str | None]:
    return {
        name: None if text is None else canonical(text, kinds[name]) if name in kinds else text
        for name, text in row.values.items()
    }
