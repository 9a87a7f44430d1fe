"""The keys of a pipeline: what may be written, what it means, and what it is when it isn't there.

The strings under the fields are the reference and the descriptions in the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from csvflow.contract import Duration, Occasion, Settings, Size
from csvflow.contract.values import parse_duration
from csvflow.core.intake.options import CsvOptions
from csvflow.core.pipeline.cases import CaseKeys
from csvflow.core.pipeline.model import Limit, Retry

DEFAULT_SOURCE = "files"
"""The source that a mere path means."""
NAME = r"^\w[\w .-]*$"
MAX_NAME = 100
PLUGIN = "x-csvflow-plugin"
"""Marks, in the fields' JSON Schema, where one plugin of a kind stands."""
LATER: Mapping[str, frozenset[str]] = {
    "pipeline": frozenset({"after", "dead_letter"}),
    "source": frozenset({"changed", "filter", "from", "ready", "queue", "schedule"}),
    "sink": frozenset({"catch", "retry", "when"}),
    "notifier": frozenset({"after", "digest", "min_severity", "recovered"}),
}
"""Keys that a later version has, by where they stand: refused by name, never ignored."""


def parse_limit(value: object) -> Limit:
    """Return the limit that ``10`` or ``1%`` names."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Limit(count=value)
    text = str(value)
    if re.fullmatch(r"[0-9]{1,18}", text):
        return Limit(count=int(text))
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%", text)
    if match and Fraction(match[1]) <= 100:  # noqa: PLR2004 - a hundred per cent
        return Limit(share=Fraction(match[1]) / 100)
    raise ValueError(f"`{text}` is neither a number of rows such as `10` nor a share such as `1%`")


def parse_backoff(value: object) -> tuple[float, float]:
    """Return the least and the greatest pause, in seconds, that ``1s..1m`` names."""
    parts = str(value).split("..")
    if len(parts) > 2:  # noqa: PLR2004 - a range has two ends
        raise ValueError(f"`{value}` is not a range of durations such as `1s..1m`")
    first, last = parse_duration(parts[0].strip()), parse_duration(parts[-1].strip())
    if not (isinstance(first, float) and isinstance(last, float) and first <= last):
        raise ValueError(f"`{value}` is not a range of durations such as `1s..1m`")
    return first, last


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def check_name(value: str) -> str:
    """Return the name, if a pipeline can have it: it becomes part of paths and log lines."""
    if re.fullmatch(NAME, value) is None or len(value) > MAX_NAME:
        raise ValueError(
            "must begin with a letter or digit and go on with these, `_`, `-`, `.` or spaces"
        )
    return value


def _enough(value: int) -> int:
    if value < 64 * 2**20:
        raise ValueError("must be at least `64MiB`")
    return value


_LIMIT_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*%?$"},
    ]
}
_BACKOFF_SCHEMA = {"type": "string", "examples": ["1s..1m"]}


class RejectKeys(Settings):
    """``rejects:``."""

    to: str | None = None
    """Folder, file or URL; by its suffix CSV, JSON Lines or Parquet, a folder gets CSV files.

    Default: ``.csvflow/rejects/{pipeline}/``.
    """
    max: Annotated[Limit, PlainValidator(parse_limit), WithJsonSchema(_LIMIT_SCHEMA)] = Field(
        default_factory=lambda: Limit(share=Fraction(1, 10)), validate_default=False
    )
    """How many rows may be rejected, as a number or a share; beyond it nothing is loaded.

    Default: ``10%``.
    """


class RetryKeys(Settings):
    """``retry:``."""

    attempts: int = Field(default=5, ge=1, le=1000)
    """How often an input is tried in all, while its error is transient."""
    backoff: Annotated[
        tuple[float, float], PlainValidator(parse_backoff), WithJsonSchema(_BACKOFF_SCHEMA)
    ] = Field(default=(1.0, 60.0), validate_default=False)
    """The first and the longest pause; each is twice the one before. Default: ``1s..1m``."""
    jitter: Literal["full", "none"] = "full"
    """``full``: a random part of the pause, so that many workers don't come back at once."""

    def retry(self) -> Retry:
        """Return it as the machine wants it."""
        return Retry(self.attempts, *self.backoff, self.jitter)


class TriggerKeys(Settings):
    """``source.trigger:``."""

    poll: Duration = Field(default=5.0, gt=0)
    """How often ``watch`` lists the source."""


class SourceKeys(Settings):
    """Keys of ``source:`` that mean the same for every kind of source."""

    trigger: TriggerKeys = Field(default_factory=TriggerKeys)
    """When ``watch`` looks for new inputs."""
    duplicate: Literal["load", "skip"] = "load"
    """What to do with content that was loaded before under another name."""


class NotifyKeys(Settings):
    """Keys beside the notifier."""

    on: Annotated[
        tuple[Occasion, ...],
        BeforeValidator(_one_or_many, json_schema_input_type=Occasion | tuple[Occasion, ...]),
    ] = ("failed", "rejected")
    """What it is told of: ``succeeded``, ``failed``, ``rejected`` (succeeded, with rejects)."""


class RescueKeys(Settings):
    """``unknown_columns: {rescue: NAME}``."""

    rescue: str = Field(min_length=1)
    """The column that takes all unknown ones as JSON."""


def _null_word(value: object) -> object:
    """Return the word for what YAML makes of it: a bare ``null`` is no text."""
    return "null" if value is None else value


def _plugin(kind: str, *, many: bool) -> dict[str, Any]:
    return {PLUGIN: kind, "many": many}


class PipelineKeys(Settings):
    """A csvflow pipeline: from a source of CSV files through steps to sinks."""

    name: Annotated[str, AfterValidator(check_name)] | None = Field(
        default=None, json_schema_extra={"pattern": NAME}
    )
    """Names the pipeline in the ledger, logs and paths. Default: the file's name."""
    source: Any = Field(json_schema_extra=_plugin("source", many=False))
    """Where inputs come from: a path or URL with globs and ``{captures}``, or a mapping."""
    csv: CsvOptions = Field(default_factory=CsvOptions)
    """How the inputs are written, where that isn't to be detected."""
    columns: dict[str, Any] = Field(default_factory=dict)
    """Name → type and constraints (``int required unique``), or a mapping of them."""
    unknown_columns: Literal["keep", "ignore", "rescue", "fail"] | RescueKeys | None = None
    """Columns of the input that ``columns`` doesn't have.

    Default: ``fail`` where ``columns`` is given, else ``keep``.
    """
    missing_columns: Annotated[
        Literal["fail", "null"],
        BeforeValidator(_null_word, json_schema_input_type=Literal["fail", "null"] | None),
    ] = "fail"
    """Columns that the input doesn't have."""
    headers: Literal["keep", "snake"] = "keep"
    """``snake``: header names become lower case with underscores."""
    steps: Any = Field(default=(), json_schema_extra=_plugin("step", many=True))
    """What is done with the rows, in this order."""
    sinks: Any = Field(json_schema_extra=_plugin("sink", many=True))
    """Where rows go; each gets every row."""
    rejects: RejectKeys = Field(default_factory=RejectKeys)
    """Where refused rows go, and how many there may be."""
    retry: RetryKeys | None = None
    """How often ``watch`` and ``batch`` try an input whose error may pass by itself."""
    notify: Any = Field(default=(), json_schema_extra=_plugin("notifier", many=True))
    """Who is told of a run's end."""
    empty: Literal["ok", "warn", "fail"] = "ok"
    """What an input without data rows is."""
    ledger: Any = Field(default=None, json_schema_extra=_plugin("ledger", many=False))
    """The durable book of runs. Default: SQLite in ``.csvflow/ledger.db``."""
    memory: Annotated[Size, AfterValidator(_enough)] = 2**30
    """How much memory an attempt may take."""
    tests: tuple[CaseKeys, ...] = ()
    """Inputs with the rows and rejects that must come of them, for ``csvflow test``."""
