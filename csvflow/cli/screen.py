"""What stdout and stderr get: results on stdout, everything else on stderr.

Whatever comes from outside (file names, cells, messages that quote them) passes ``printable``,
and goes to rich as ``Text``, never as markup.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csvflow.cli import exits
from csvflow.core import logs
from csvflow.core.printable import json_safe, plain, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from csvflow.contract import CsvflowError

log = logs.get_logger()

WIDE = 200
"""Columns of a table that no terminal limits: nothing is cut off in a pipe."""


def out() -> Console:
    """Return the console for results."""
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE, soft_wrap=True)


def err() -> Console:
    """Return the console for everything else."""
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True, highlight=False, soft_wrap=True)


def text(value: object, style: str = "") -> Text:
    """Return text from outside for a table or a line: safe, and never read as markup."""
    from rich.text import Text  # noqa: PLC0415

    return Text(printable(plain(str(value))), style=style)


def near(place: str) -> str:
    """Return a local path as seen from the working folder, where it is in it."""
    here = f"{Path.cwd()}/"
    return place.removeprefix(here) if len(place) > len(here) else place


def say(line: str = "") -> None:
    """Print one line of a result."""
    sys.stdout.write(f"{printable(plain(line))}\n")


def complain(message: str) -> None:
    """Print ``error: …`` on stderr; line breaks stay, other control characters don't.

    A place that it begins with is told as seen from the working folder.
    """
    sys.stdout.flush()
    safe = "\n".join(printable(line) for line in plain(near(message)).split("\n"))
    head = "error: "
    if sys.stderr.isatty():
        console = err()
        with console.capture() as captured:
            console.print(text(head, "bold red"), end="")
        head = captured.get()
    # In one piece, and not by a console of our own: a progress bar below must move for it.
    sys.stderr.write(f"{head}{safe}\n")


def missing(error: CsvflowError) -> None:
    """Tell on stderr that a FILE isn't there."""
    if logs.as_json():
        log.error("file_missing", **logs.trouble(error))
    else:
        complain(str(error))


def interrupted() -> None:
    """Tell on stderr that a signal ended the command."""
    if logs.as_json():
        log.error("command_interrupted")
    else:
        complain("interrupted: the same command goes on where this one stopped")


def hint(message: str) -> None:
    """Print a hint under a result: on stderr, or on stdout where JSON lines have that."""
    line = f"  hint: {message}"
    if logs.as_json():
        say(line)
    else:
        note(line)


def note(message: str) -> None:
    """Print a line for people on stderr."""
    sys.stdout.flush()
    sys.stderr.write("\n".join(printable(line) for line in plain(message).split("\n")) + "\n")


def document(value: Any) -> None:
    """Print one JSON document on stdout."""
    shown = json.dumps(plain(value), ensure_ascii=False, indent=2)
    sys.stdout.write("\n".join(json_safe(line) for line in shown.split("\n")) + "\n")


def show_error(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Tell what went wrong, on stderr and with ``--json`` as a document; return the exit code."""
    from csvflow.contract import CsvflowError  # noqa: PLC0415
    from csvflow.core.report import ErrorReport  # noqa: PLC0415

    told = error if isinstance(error, CsvflowError) else _fault(error, debug=debug)
    if logs.as_json():
        log.error("command_failed", **logs.trouble(told), **({"exc_info": error} if debug else {}))
    else:
        if debug:
            note("".join(traceback.format_exception(error)))
        complain(str(told))
    if as_json:
        document({"outcome": "failed", "errors": [ErrorReport.of(told).model_dump()]})
    return exits.of_error(told)


def _fault(error: Exception, *, debug: bool) -> CsvflowError:
    from csvflow.contract import CsvflowError  # noqa: PLC0415

    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = (
        "this is a bug: please report it, with the traceback above"
        if debug
        else "this is a bug: run it again with --debug and report the traceback"
    )
    return CsvflowError("internal.error", f"csvflow itself went wrong: {said}", hint=hint)
