"""What a whole file's columns are, under what was said of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from csvflow.contract import InputError
from csvflow.core.columns.types import TEXT
from csvflow.core.intake.options import CsvOptions
from csvflow.core.profile.column import Profile
from csvflow.core.profile.found import Found
from csvflow.core.profile.verdict import Verdict, judge
from csvflow.core.progress import Progress, Silent
from csvflow.services.naming import column_names
from csvflow.services.survey import Survey, refuse_misfit, survey


@dataclass(frozen=True)
class Judging:
    """A survey, and what follows from it."""

    survey: Survey
    names: list[str]
    by_snake: bool
    """Whether ``headers: snake`` makes the columns' names."""
    options: CsvOptions
    given: Collection[str]
    """The keys of ``csv:`` that were said."""
    quoted_nulls: bool = False
    """Whether empty fields in quotes were found to be no value."""

    def verdict(self, *, tokens: bool) -> Verdict:
        """Return what holds for all values; ``tokens``: words such as ``NA`` may mean none."""
        options, given = self.options, self.given
        words = frozenset((*options.true, *options.false))
        return judge(
            self.survey.header,
            self.names,
            self.survey.profiles,
            tokens=tokens and "nulls" not in given,
            renamed=not self.by_snake,
            decimal=options.decimal if "decimal" in given else None,
            thousands=options.thousands if "thousands" in given else None,
            truth=words if {"true", "false"} & set(given) else None,
        )


def judged(uri: str, options: CsvOptions, given: Collection[str], progress: Progress) -> Judging:
    """Read the whole file.

    Once more where every empty field of a column is in quotes, and no column has others: if types
    come of it, they are no value. Raises ``InputError`` where it can't be read or has no table.
    """
    first = _surveyed(uri, options, given, progress)
    if "quoted_nulls" in given or not _may_hide_types(first):
        return first
    again = options.model_copy(update={"quoted_nulls": "null"})
    found = survey(uri, again, Silent())
    second = Judging(found, first.names, first.by_snake, again, given, quoted_nulls=True)
    return second if _typed(second) > _typed(first) else first


def _surveyed(uri: str, options: CsvOptions, given: Collection[str], progress: Progress) -> Judging:
    found = survey(uri, options, progress)
    try:
        refuse_misfit(found, given)
    except InputError as error:
        error.place = uri
        raise
    return Judging(found, *column_names(found.header), options, given)


def _typed(judging: Judging) -> int:
    return sum(not _is_text(one) for one in judging.verdict(tokens=True).columns)


def _may_hide_types(judging: Judging) -> bool:
    profiles = judging.survey.profiles
    if any(one.empty and one.nulls for one in profiles):
        return False
    columns = judging.verdict(tokens=True).columns
    hiding = [
        profile
        for profile, column in zip(profiles, columns, strict=True)
        if profile.empty and _is_text(column)
    ]
    return any(_has_type(profile) for profile in hiding)


def _has_type(profile: Profile) -> bool:
    """Tell whether the first values that aren't empty have a type."""
    few = Profile()
    few.take(pa.array([text for text in profile.sample if text], pa.utf8()))
    return not _is_text(judge(["x"], ["x"], [few]).columns[0])


def _is_text(found: Found) -> bool:
    return found.column.type == TEXT
