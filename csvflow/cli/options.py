"""The options that every command has, and what happens around every command."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from csvflow.core.interrupts import interrupt

P = ParamSpec("P")
PANEL = "Everywhere"


class LogFormat(StrEnum):
    """How log lines look."""

    auto = "auto"
    console = "console"
    json = "json"


class LogLevel(StrEnum):
    """The least grave line that is logged."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


TheFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A file or a URL.", show_default=False)
]
ThePipeline = Annotated[
    str | None,
    typer.Option(
        "--pipeline", "-p", help="The YAML; without it, the one whose source matches the file."
    ),
]
"""Of a command that takes a file."""
Pipelines = Annotated[
    str | None, typer.Option("--pipeline", "-p", help="The YAML; without it, all in `pipelines/`.")
]
"""Of a command that goes to the sources."""
CsvKeys = Annotated[
    list[str] | None,
    typer.Option("--csv", metavar="KEY=VALUE", help="Override a key of `csv:`, e.g. ragged=pad."),
]


@dataclass(frozen=True)
class Common:
    """The options that every command has."""

    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="DIR",
            help="Folder that relative paths and `.csvflow/` belong to.",
            rich_help_panel=PANEL,
        ),
    ] = None
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Value for `${NAME}` in a pipeline, before the environment. Repeatable.",
            rich_help_panel=PANEL,
        ),
    ] = None
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the result as one JSON document.", rich_help_panel=PANEL
        ),
    ] = False
    log_format: Annotated[
        LogFormat,
        typer.Option(
            "--log-format", help="auto: JSON lines off a terminal.", rich_help_panel=PANEL
        ),
    ] = LogFormat.auto
    log_level: Annotated[
        LogLevel | None,
        typer.Option("--log-level", help="The least grave line to log.", rich_help_panel=PANEL),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only errors.", rich_help_panel=PANEL)
    ] = False
    allow_python: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-python",
            metavar="MODULE",
            help="Module outside of the project that `python` steps may call. Repeatable.",
            rich_help_panel=PANEL,
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Log everything; show tracebacks.", rich_help_panel=PANEL),
    ] = False

    @property
    def overrides(self) -> dict[str, str]:
        """The ``--set`` options, by name."""
        return pairs(self.settings or [], "--set")

    def start_logs(
        self, *, usually: LogLevel = LogLevel.info, told: Collection[str] | None = None
    ) -> None:
        """Log to stderr, at the level asked for or at what is usual here.

        Events ``told`` are what the command prints for people; who asks for a level gets both.
        Without them the command answers a question: it logs for people, also into a file.
        """
        from csvflow.core import logs  # noqa: PLC0415

        fallback = LogLevel.debug if self.debug else LogLevel.error if self.quiet else usually
        level = self.log_level or fallback
        asked = self.debug or self.log_level is not None
        shape = self.log_format
        if told is None and shape is LogFormat.auto:
            shape = LogFormat.console
        logs.configure(shape.value, level.value, () if asked or told is None else told)


def pairs(items: list[str], option: str) -> dict[str, str]:
    """Return ``KEY=VALUE`` items as a mapping; a later one wins."""
    found: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"`{item}` is not KEY=VALUE", param_hint=f"'{option}'")
        found[key] = value
    return found


def seconds(value: str, option: str) -> float:
    """Return the seconds of a duration such as ``10m``."""
    from csvflow.contract.values import parse_duration  # noqa: PLC0415

    try:
        return float(str(parse_duration(value)))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"'{option}'") from error


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where the main thread is: the same way out as Ctrl-C."""


def command(function: Callable[Concatenate[Common, P], int | None]) -> Callable[..., None]:
    """Make a typer command of a function that returns its exit code (None: 0).

    Adds the options of ``Common``, which may also stand before the command's name, and turns
    every way out into a message and an exit code.
    """
    options = _parameters()
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def run(*, context: typer.Context, **values: Any) -> None:
        common = _merged(context, values)
        if context.invoked_subcommand is not None:
            return
        raise typer.Exit(_guarded(lambda: function(common, **values), common))  # type: ignore[call-arg]

    run.__name__, run.__doc__ = function.__name__, function.__doc__
    given = [context, *(item.replace(kind=context.kind) for item in own), *options]
    run.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in given}
    return run


def _parameters() -> list[inspect.Parameter]:
    signature = inspect.signature(Common, eval_str=True)
    return [
        item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in signature.parameters.values()
    ]


def _merged(context: typer.Context, values: dict[str, Any]) -> Common:
    """Take the common options out of the values, and what stood before the command's name."""
    names = [item.name for item in _parameters()]
    own = {name: values.pop(name) for name in names}
    default = Common()
    above = context.parent
    while above is not None:
        for name in names:
            if own[name] == getattr(default, name) and name in above.params:
                own[name] = above.params[name]
        above = above.parent
    own["log_format"] = LogFormat(own["log_format"])
    own["log_level"] = LogLevel(own["log_level"]) if own["log_level"] else None
    return Common(**own)


def _guarded(call: Callable[[], int | None], common: Common) -> int:
    from csvflow.cli import exits, screen  # noqa: PLC0415

    if common.allow_python:
        # By the environment, so that worker processes have it too.
        os.environ["CSVFLOW_ALLOW_PYTHON"] = ",".join(common.allow_python)
    before = {
        number: signal.signal(number, handler)
        for number, handler in ((signal.SIGTERM, _terminate), (signal.SIGINT, _interrupt))
        # What `nohup` or a shell's `&` ignores stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        return call() or exits.OK
    except KeyboardInterrupt as interrupt:
        screen.interrupted()
        return exits.TERMINATED if isinstance(interrupt, Terminated) else exits.INTERRUPTED
    except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 - the last one who can tell the user
        return screen.show_error(error, as_json=common.json, debug=common.debug)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(*_: object) -> None:
    # Once: a second SIGTERM may not break the cleaning up that the first one began.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    interrupt(Terminated())


def _interrupt(*_: object) -> None:
    # Ctrl-C once more ends the process at once: what a crash leaves, the next run puts in order.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    interrupt(KeyboardInterrupt())


def on_terminal() -> bool:
    """Tell whether a person watches stderr."""
    return sys.stderr.isatty()
