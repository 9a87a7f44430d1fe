"""What happened, for machines: constant event names, everything variable as a field.

``configure`` is called once by whoever owns the process. Until then csvflow logs nothing, so
that a program which only imports it keeps its own stderr; structlog's own configuration is left
alone for the same reason.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from csvflow.core.printable import json_safe, plain, printable

Format = Literal["auto", "console", "json"]
Level = Literal["debug", "info", "warning", "error"]

EVENTS: Final[Mapping[str, str]] = {
    "columns_differ": "The header isn't what was declared, and was bound all the same; how.",
    "command_failed": "An error ended the command; `code` says which.",
    "command_interrupted": "A signal ended the command; the same one goes on where it stopped.",
    "file_missing": "A FILE that was named isn't there; the others are taken.",
    "input_empty": "The input has no data rows, and `empty: warn` wants to know.",
    "inputs_failed_before": "So many inputs failed for good earlier and aren't tried again.",
    "internal_fault": "csvflow itself went wrong; `exception` has the traceback.",
    "lease_lost": "Another worker took the run over; what this one staged is void.",
    "ledger_unreachable": "The ledger can't be read or written now; it is tried again.",
    "notice_failed": "A notifier could not deliver; the notice stays due.",
    "notice_given_up": "A notice could not be delivered for a day; it isn't tried again.",
    "notice_sent": "A notifier delivered.",
    "pipeline_opened": "A pipeline's parts are made; relative places belong to `project`.",
    "retry_planned": "An attempt failed and will be repeated after `pause_secs`.",
    "rows_rejected": "A run that succeeded refused rows; `by_code` counts them.",
    "run_claimed": "An attempt began.",
    "run_error_cause": "What is behind a run's error; `exception` has the traceback.",
    "run_failed": "An attempt ended with an error; `code` says which.",
    "run_skipped": "Nothing was to be done; `reason` says why.",
    "run_succeeded": "An attempt ended well; `rows` has its balance.",
    "steps_counted": "What each step let in and out.",
    "survey_failed": "A source or the ledger is out of reach; it is asked again later.",
    "survey_recovered": "A source that was out of reach has been listed again.",
    "watch_draining": "The watch was asked to stop; what runs may end.",
    "watch_ended": "The watch has stopped; nothing is under way.",
    "watch_started": "A pipeline's source is being watched.",
    "worker_lost": "A worker process died or took too long; its attempt failed.",
}
"""Every event that the package logs, with what it means. A test compares it with the code."""

_RANK = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_NEVER = 100
_COLOUR = {"debug": "2", "info": "32", "warning": "33", "error": "31"}


@dataclass
class _State:
    rank: int = _NEVER
    console: bool = False
    told: frozenset[str] = frozenset()
    chosen: tuple[Format, Level, Collection[str]] | None = None


_state = _State()
_context: ContextVar[Mapping[str, Any]] = ContextVar(
    "csvflow_log_context", default=MappingProxyType({})
)


def configure(
    log_format: Format = "auto", level: Level = "info", told: Collection[str] = ()
) -> None:
    """Log to stderr from now on: JSON lines, or lines for people where it is a terminal.

    People aren't told twice: ``told`` are events that the command prints in its own words.
    JSON lines have them all the same.
    """
    _state.rank = _RANK[level]
    _state.console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    _state.told = frozenset(told)
    _state.chosen = (log_format, level, list(told))


def configured() -> tuple[Format, Level, Collection[str]] | None:
    """Return what ``configure`` was told, for handing it on to a worker process."""
    return _state.chosen


def as_json() -> bool:
    """Tell whether stderr gets JSON lines: nothing else may be printed between them."""
    return _state.chosen is not None and not _state.console


class Trouble(Protocol):
    """An error, or its report."""

    @property
    def code(self) -> str:
        """The stable code."""

    @property
    def message(self) -> str:
        """What is wrong."""

    @property
    def hint(self) -> str | None:
        """What to do."""

    @property
    def place(self) -> str | None:
        """Where it is wrong."""


def trouble(error: Trouble) -> dict[str, str]:
    """Return the fields of a line that tells of the error."""
    fields = {"code": error.code, "error": error.message, "place": error.place, "hint": error.hint}
    return {name: value for name, value in fields.items() if value is not None}


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Add the fields to every line that this thread logs inside the ``with``."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


class Logger:
    """Logs events: ``log.info("run_succeeded", rows=3)``."""

    def debug(self, event: str, **fields: Any) -> None:
        """Log what helps to understand csvflow itself."""
        _log("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Log what happened as it should."""
        _log("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Log what somebody should look at, some time."""
        _log("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Log what failed."""
        _log("error", event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """Log what failed, with the traceback of the exception that is being handled."""
        _log("error", event, {**fields, "exc_info": True})


def get_logger() -> Logger:
    """Return a logger."""
    return Logger()


def _log(level: Level, event: str, fields: Mapping[str, Any]) -> None:
    if _state.console and event in _state.told:
        return
    if _RANK[level] >= _state.rank:
        _chain().msg(event, **{**_context.get(), **fields, "level": level})


@cache
def _chain() -> Any:
    # Importing structlog takes a tenth of a second: not before there is something to log.
    import structlog  # noqa: PLC0415

    return structlog.wrap_logger(
        _Stderr(),
        processors=[_stamp, structlog.processors.format_exc_info, _redact, _render],
        wrapper_class=structlog.BoundLogger,
    )


class _Stderr:
    """Writes one line a call, to what ``sys.stderr`` is at that moment."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


_Fields = MutableMapping[str, Any]


def _stamp(_: Any, __: str, fields: _Fields) -> _Fields:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = {"at": now, "level": fields.pop("level"), "event": fields.pop("event")}
    return {**head, **fields}


def _redact(_: Any, __: str, fields: _Fields) -> _Fields:
    return {key: plain(value) for key, value in fields.items()}


def _render(_: Any, __: str, fields: _Fields) -> str:
    if not _state.console:
        return json_safe(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))
    at, level, event = fields.pop("at"), fields.pop("level"), fields.pop("event")
    trace = fields.pop("exception", None)
    shown = "  ".join(f"{key}={_shown(value)}" for key, value in fields.items())
    if sys.stderr.isatty():
        level, event = f"\x1b[{_COLOUR[level]}m{level}\x1b[0m", f"\x1b[1m{event}\x1b[0m"
    line = f"{at[11:19]} {level} {_joined(event, shown)}"
    if trace:
        line += "\n" + "\n".join(printable(part) for part in str(trace).splitlines())
    return line


def _joined(event: str, shown: str) -> str:
    return f"{event}  {shown}" if shown else event


def _shown(value: Any) -> str:
    if not isinstance(value, str):
        return printable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return printable(value) if value and " " not in value else f'"{printable(value)}"'
