"""``csvflow help``: what an error code means."""

from __future__ import annotations

from typing import Annotated

import typer

from csvflow.cli.options import Common, command


@command
def help_(
    common: Common,
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE", help="e.g. row.type; or how several begin: row.", show_default=False
        ),
    ] = None,
) -> None:
    """Explain an error code; without one, list them all.

    Every error, every reject and every failed input carries such a code.

    For example:

      csvflow help

      csvflow help row.type

      csvflow help sink
    """
    from difflib import get_close_matches  # noqa: PLC0415

    from csvflow.cli import prose, screen  # noqa: PLC0415
    from csvflow.core.codes import explanations  # noqa: PLC0415

    known = explanations()
    prefix = f"{code.rstrip('.')}." if code else ""
    family = {name: text for name, text in known.items() if name.startswith(prefix)}
    if code is None or (code not in known and family):
        if common.json:
            screen.document({"codes": family})
        else:
            prose.listed([(name, first_sentence(text)) for name, text in family.items()])
        return
    if code not in known:
        near = get_close_matches(code, known, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "; `csvflow help` lists them"
        raise typer.BadParameter(f"there is no code `{code}`{hint}", param_hint="'CODE'")
    if common.json:
        screen.document({"code": code, "explanation": known[code]})
    else:
        screen.say(code)
        screen.say()
        prose.markdown(known[code])


def first_sentence(text: str) -> str:
    """Return the text up to its first full stop, on one line."""
    line = " ".join(text.split())
    end = line.find(". ")
    return line if end < 0 else line[: end + 1]
