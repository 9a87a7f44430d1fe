"""The reference of the pipeline language: its keys, its column types and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from csvflow.contract import Settings
    from csvflow.core.columns.kernels.view import Converted

Row = Callable[[str, FieldInfo], str]

AWKWARD: Final = (
    "007", "12.7", "1e3", "0x1F", "1_000", " 5 ", "+5", "-0", "nan", "12.345", "12,50",
    "2026-01-01", "2026-02-30", "2026-01-01 10:00", "2026-1-2", "12345678901234567890", "TRUE", "",
)  # fmt: skip
"""Texts that other readers take for something else."""
KINDS: Final = ("int", "decimal(10,2)", "float", "bool", "date", "timestamp")

COLUMNS: Final = """\
# Columns

```yaml
columns:
  id: int required unique
  day: date %d/%m/%Y
  amount: decimal(12,2) >= 0
  status: text in (open, closed) default open
  zip: {type: text, matches: '[0-9]{5}', from: Postal code}
```

Every column of the file is text until `columns` declares it. A value converts exactly, or its row
is rejected with `row.type`; nothing is rounded, trimmed or guessed.

A type, and then constraints, in any order. The long form is a mapping of the same words.

| type | |
|---|---|
| `text` | as it is, spaces and leading zeros too |
| `int` | 64 bits |
| `decimal(p,s)` | exactly `s` decimals at most, `p` digits in all, up to 38 |
| `float` | 64 bits, and no digit that a float wouldn't keep |
| `bool` | the words of `csv: {true, false}` |
| `date`, `time`, `timestamp` | ISO 8601, or the formats that follow, in `strftime`'s \
directives; `zone Europe/Berlin` after a timestamp's makes it an instant |
| `json`, `uuid` | text that is one |

| constraint | |
|---|---|
| `required` | null is refused (`row.required`) |
| `unique` | a value that came before is refused (`row.unique`); nulls are no duplicates |
| `>= 0`, `< 100`, `!= x` | comparisons; any number of them (`row.rule`) |
| `in (a, b)` | one of a closed set (`row.rule`) |
| `matches '…'` | the whole text matches the regular expression (`row.rule`) |
| `length 2..5` | characters (`row.rule`) |
| `from 'Order ID'` | its header in the file, where that is another; also a list |
| `default x` | in place of null |

Years of two digits (`%y`) are read as POSIX has it: 00 to 68 are 2000 to 2068, 69 to 99 are 1969
to 1999. Dates of birth don't fit that: ask for four digits.

An unquoted field that is in `csv: {nulls}` (an empty one, unless said otherwise) is null in every
type; a quoted empty field is the empty text, and refused by every type but `text`. For senders
who quote every field there is `csv: {quoted_nulls: 'null'}`: then it is null too.

## What becomes of awkward values

What arrives, or `-` where the row is rejected. In a `text` column each of them arrives as it is.

"""


def pipeline_page(row: Row) -> str:
    """Return the page of the pipeline's keys."""
    from csvflow.core.intake.options import CsvOptions  # noqa: PLC0415 - start-up
    from csvflow.core.pipeline import cases  # noqa: PLC0415 - likewise
    from csvflow.core.pipeline import language as keys  # noqa: PLC0415 - likewise

    parts: Sequence[tuple[str, str, type[Settings]]] = (
        ("# Pipelines", "The keys of a pipeline.", keys.PipelineKeys),
        ("## csv", "How inputs are written.", CsvOptions),
        ("## source", "Beside the keys of the source itself.", keys.SourceKeys),
        ("## source: trigger", "", keys.TriggerKeys),
        ("## rejects", "", keys.RejectKeys),
        ("## retry", "", keys.RetryKeys),
        ("## tests", "One of them.", cases.CaseKeys),
        ("## tests: rejects", "One of them.", cases.RejectedKeys),
        ("## notify", "Beside the notifier.", keys.NotifyKeys),
    )
    return "\n".join(_table(title, text, model, row) for title, text, model in parts)


def columns_page() -> str:
    """Return the page of the column types, with what each makes of awkward values."""
    import pyarrow as pa  # noqa: PLC0415 - start-up

    from csvflow.core.columns.convert import NORMALISATIONS, converter  # noqa: PLC0415
    from csvflow.core.columns.spec import parse_column  # noqa: PLC0415

    lines = ["| text | " + " | ".join(f"`{kind}`" for kind in KINDS) + " |"]
    lines.append("|---" * (len(KINDS) + 1) + "|")
    made = [
        _arrived(converter(parse_column("x", kind).type)(pa.array(AWKWARD, pa.utf8())))
        for kind in KINDS
    ]
    for text, *cells in zip(AWKWARD, *made, strict=True):
        shown = f"`{text}`" if text else "empty, in quotes"
        lines.append(f"| {shown} | " + " | ".join(cells) + " |")
    lines += ["", "## What printing a loaded value may change", "", "| type | |", "|---|---|"]
    lines += [f"| `{kind}` | {text} |" for kind, text in NORMALISATIONS.items()]
    return COLUMNS + "\n".join(lines) + "\n"


def _arrived(converted: Converted) -> list[str]:
    values = converted.values.cast("string").to_pylist()
    return ["-" if value is None else f"`{value}`" for value in values]


def _table(title: str, text: str, model: type[Settings], row: Row) -> str:
    rows = "\n".join(row(name, field) for name, field in model.model_fields.items())
    head = f"{title}\n\n{text}\n" if text else f"{title}\n"
    return f"{head}\n| key | type | default | |\n|---|---|---|---|\n{rows}\n"
