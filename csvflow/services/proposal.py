"""The pipeline that a survey of a file proposes: what it says, and as which text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from csvflow.contract import InputError
from csvflow.core.pipeline.load import FOLDER, build
from csvflow.core.pipeline.model import Pipeline
from csvflow.core.profile.notes import FOOTER
from csvflow.core.profile.verdict import Verdict
from csvflow.services.draft import Draft, Example, write
from csvflow.services.examples import example
from csvflow.services.survey import Survey
from csvflow.services.trial import rehearse
from csvflow.services.wiring import literal

_PERCENT = 100
_TENTH = 10
_LINEAGE = "lineage: each row tells its file, so that `csvflow run FILE --force` can load one again"


@dataclass(frozen=True)
class Proposal:
    """All that the text is made of, but for the verdict."""

    file: str
    uri: str
    name: str
    source: str
    sink: str
    settings: Mapping[str, object]
    given: Mapping[str, object]
    survey: Survey
    by_snake: bool
    quoted_nulls: bool
    project: Path

    def case(self, verdict: Verdict) -> Example | str:
        """Return a test case, or why there is none."""
        if not self.survey.head.texts:
            return "the file has no rows"
        footer = self.given.get("footer")
        return example(
            self.survey.head,
            verdict.columns,
            lambda: self.pipeline(verdict),
            footer=footer if isinstance(footer, int) else 0,
        )

    def text(self, verdict: Verdict, case: Example | str, *, with_pattern: bool) -> str:
        """Return the text of the file."""
        uniques = [one.column.name for one in verdict.columns if one.column.unique]
        upsert = f"or `mode: upsert, key: [{uniques[0]}]`" if uniques else None
        masked = any(one.made_up for one in verdict.columns)
        draft = Draft(
            head=self._head(),
            name=self.name,
            source=self.source,
            source_note="what varies in the file's name is `*`" if with_pattern else None,
            csv=self.csv(verdict),
            csv_notes=self._csv_notes(),
            snake=self.by_snake,
            columns=verdict.columns,
            sink=self.sink,
            sink_settings=self.settings,
            sink_note=upsert if "table" in self.settings else None,
            sink_reason=_LINEAGE if "lineage" in self.settings else None,
            max_rejects=self._max_rejects(),
            rejects_note="more records of the file are damaged than the usual 10%",
            example=case if isinstance(case, Example) else None,
            untested=case if isinstance(case, str) else None,
            example_note="what seems personal is made up" if masked else None,
        )
        return write(draft)

    def csv(self, verdict: Verdict) -> dict[str, object]:
        """Return the keys of ``csv:``: what was found out or given, if it isn't the default."""
        quoted = {"quoted_nulls": "null"} if self.quoted_nulls else {}
        return {
            **self._layout(),
            **_spelling(verdict, self.survey.dialect.escape),
            **quoted,
            **self.given,
        }

    def _layout(self) -> dict[str, object]:
        dialect = self.survey.dialect
        found: dict[str, object] = {}
        # What isn't a matter of statistics is as certain in other files.
        if dialect.encoding != "utf-8" and dialect.confidence is not None:
            found["encoding"] = dialect.encoding
        # In one column alone, another character might look like one in the next file.
        if dialect.delimiter != "," or len(self.survey.header) == 1:
            found["delimiter"] = "tab" if dialect.delimiter == "\t" else dialect.delimiter
        if dialect.quote != '"':
            found["quote"] = dialect.quote or "none"
        if dialect.escape is not None:
            found["escape"] = dialect.escape
        if dialect.preamble_lines:
            found["preamble"] = dialect.preamble_lines
        if not dialect.header:
            found["header"] = "none"
        elif dialect.header_lines > 1 or dialect.preamble_lines:
            found["header"] = dialect.header_lines
        if dialect.footer_lines:
            found["footer"] = "auto"
        return found

    def pipeline(self, verdict: Verdict) -> Pipeline:
        """Return the pipeline that the text will be, without its tests."""
        document: dict[str, object] = {
            "name": self.name,
            "source": literal(self.uri),
            "csv": self.csv(verdict),
            "headers": "snake" if self.by_snake else "keep",
            "columns": {one.column.name: one.column.short() for one in verdict.columns},
            "sinks": [{self.sink: dict(self.settings)}],
        }
        return build(document, project=self.project, name=self.name)

    def loads(self, verdict: Verdict) -> bool:
        """Tell whether the file loads with no other rejects than damaged records."""
        report = rehearse(self.pipeline(verdict), self.uri)
        return report.error is None and report.rows.rejected == sum(self.survey.damaged.values())

    def refuse_footer(self, verdict: Verdict) -> None:
        """Raise ``InputError`` where lines that were said to be a footer read as rows."""
        if not self.given.get("footer"):
            return
        error = rehearse(self.pipeline(verdict), self.uri).error
        if error is not None and error.code == "input.footer":
            raise InputError(error.code, error.message, hint=error.hint, place=self.uri)

    def _head(self) -> list[str]:
        survey = self.survey
        rows = survey.rows - sum(survey.damaged.values())
        schema = self.project / FOLDER / "pipeline.schema.json"
        head = [
            *(["yaml-language-server: $schema=./pipeline.schema.json"] if schema.exists() else []),
            f"Written by `csvflow init {self.file}`, from {counted(rows)} of the file.",
            "Types and constraints hold for every value there, and are as narrow as they can be:",
            "widen what other files need. Then: csvflow check, csvflow test, csvflow run FILE.",
        ]
        if survey.damaged:
            head.append(f"{damage(survey)}.")
        return head

    def _csv_notes(self) -> dict[str, str]:
        dialect = self.survey.dialect
        told = {}
        if self.quoted_nulls:
            told["quoted_nulls"] = "empty fields are in quotes here, and mean no value"
        if dialect.confidence is not None and "encoding" not in self.given:
            told["encoding"] = (
                f"by statistics, {dialect.confidence:.0%} sure; files in Unicode are refused then,"
                " and `auto` takes them too"
            )
        if dialect.footer_lines and "footer" not in self.given:
            lines = (
                "line was" if dialect.footer_lines == 1 else f"{dialect.footer_lines} lines were"
            )
            told["footer"] = f"the last {lines} none of the table"
        return told

    def _max_rejects(self) -> str | None:
        damaged, rows = sum(self.survey.damaged.values()), self.survey.rows
        if damaged * _TENTH <= rows:
            return None
        return f"{min(ceil(damaged * _PERCENT / rows) + 1, _PERCENT)}%"


def _spelling(verdict: Verdict, escape: str | None) -> dict[str, object]:
    found: dict[str, object] = {}
    if verdict.nulls:
        # What is null only as long as no words are told stays so.
        found["nulls"] = ["", *verdict.nulls, *(["\\N"] if escape == "\\" else [])]
    if verdict.decimal != ".":
        found["decimal"] = verdict.decimal
    if verdict.thousands is not None:
        found["thousands"] = verdict.thousands
    if verdict.pair is not None:
        found["true"], found["false"] = verdict.pair
    return found


def counted(rows: int) -> str:
    """Return how many rows were looked at, for people."""
    return "the only row" if rows == 1 else f"all {rows:,} rows"


def damage(survey: Survey) -> str:
    """Return what is said of a file's damaged records."""
    damaged = sum(survey.damaged.values())
    codes = ", ".join(f"{code} {count:,}" for code, count in sorted(survey.damaged.items()))
    if damaged > 1:
        place = f"the first in line {survey.first_damage:,}"
        return f"{damaged:,} records are no rows and will be rejected ({codes}; {place})"
    told = f"1 record is no row and will be rejected ({codes}; line {survey.first_damage:,})"
    if not survey.ends_damaged:
        return told
    return f"{told}; it is the last: {FOOTER}"
