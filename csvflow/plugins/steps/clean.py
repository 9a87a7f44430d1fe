"""Tidying text."""

from __future__ import annotations

from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from csvflow.contract import ConfigError, Examples, Rows, Settings, Step
from csvflow.kit.names import Names

_SPACES = r"[\s\p{Z}]+"


class CleanSettings(Settings):
    """Settings of the clean step."""

    columns: Names | None = None
    """The text columns to tidy; without it all of them."""
    trim: bool = True
    """Whether white space at both ends goes."""
    collapse: bool = False
    """Whether white space within the text, line breaks too, becomes one space."""
    replace: dict[str, str] = Field(default_factory=dict)
    """Text: what takes its place, wherever it stands; one after the other."""
    case: Literal["keep", "lower", "upper", "title"] = "keep"
    """`lower`, `upper` or `title` changes the letters."""
    empty: Literal["keep", "null"] = "keep"
    """`null` makes null of a text that is empty in the end."""


class CleanStep(Step[CleanSettings]):
    """Tidies text: trims it, then collapses, replaces, changes case, and makes null of nothing."""

    shorthand: ClassVar[str | None] = "columns"
    examples: ClassVar[Examples] = {
        "Trim all text": {},
        "Emails": {"columns": ["email"], "case": "lower", "empty": "null"},
        "One line, without dots": {"columns": "note", "collapse": True, "replace": {".": ""}},
    }

    def apply(self, rows: Rows) -> Rows:
        schema = rows.schema
        named = self.settings.columns
        if named is not None:
            rows.project({name: name for name in dict.fromkeys(named)})
        for name in named or ():
            if not pa.types.is_string(schema.field(name).type):
                raise ConfigError(
                    "config.not-text",
                    f"`{name}` is {schema.field(name).type}, and `clean` tidies text",
                    hint="`derive` changes numbers and times",
                )
        places = [
            place
            for place, field in enumerate(schema)
            if pa.types.is_string(field.type) and (named is None or field.name in named)
        ]

        def tidy(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns = list(batch.columns)
            for place in places:
                columns[place] = self._tidied(columns[place])
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        return rows.map_batches(tidy, schema)

    def _tidied(self, text: pa.Array) -> pa.Array:
        settings = self.settings
        if settings.collapse:
            text = pc.replace_substring_regex(text, _SPACES, " ")
        if settings.trim:
            text = pc.utf8_trim_whitespace(text)
        for old, new in settings.replace.items():
            text = pc.replace_substring(text, old, new)
        if settings.case == "lower":
            text = pc.utf8_lower(text)
        elif settings.case == "upper":
            text = pc.utf8_upper(text)
        elif settings.case == "title":
            text = pc.utf8_title(text)
        if settings.empty == "null":
            text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        return text
