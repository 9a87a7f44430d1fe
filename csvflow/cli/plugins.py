"""``csvflow plugins``: what can stand in a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from csvflow.cli.options import Common, command

if TYPE_CHECKING:
    from csvflow.services.reference import Entry

plugins = typer.Typer()


@plugins.callback(invoke_without_command=True)
@command
def list_(common: Common) -> None:
    """List what can stand in a pipeline, or show one of it.

    For example:

      csvflow plugins

      csvflow plugins show postgres
    """
    from csvflow.cli import prose, screen  # noqa: PLC0415
    from csvflow.services.reference import LANGUAGE, listed  # noqa: PLC0415

    found = listed()
    if common.json:
        screen.document(
            {
                "plugins": [
                    {"kind": item.kind, "type": item.type, "summary": item.summary}
                    for item in found
                ]
            }
        )
        return
    width = max(len(item.type) for item in found)
    for kind in dict.fromkeys(item.kind for item in found):
        screen.say(f"{kind}s")
        of_kind = [item for item in found if item.kind == kind]
        prose.listed([(f"  {item.type:{width}}", item.summary) for item in of_kind])
    screen.say("the language")
    prose.listed([(f"  {name:{width}}", text) for name, text in LANGUAGE.items()])


@plugins.command("show")
@command
def show(
    common: Common,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="e.g. postgres; or a kind: sink")],
) -> None:
    """Show what a plugin does, its settings and examples.

    A type that several kinds have (a source and a sink, say) can be named `sink.csv`. The name
    of a kind lists its types; `columns` and `pipeline` are the pages of the language itself.

    For example:

      csvflow plugins show deduplicate

      csvflow plugins show sink.csv --json

      csvflow plugins show columns
    """
    from csvflow.cli import prose, screen  # noqa: PLC0415
    from csvflow.core import registry  # noqa: PLC0415
    from csvflow.services.reference import LANGUAGE, page_of_language, pages_of  # noqa: PLC0415

    if type_ in LANGUAGE:
        text = page_of_language(type_)
        if common.json:
            screen.document({"page": type_, "text": text})
        else:
            prose.markdown(text)
        return
    found = pages_of(type_)
    if common.json:
        screen.document({"plugins": [item.as_data() for item in found]})
        return
    if type_ in registry.KINDS:
        prose.listed([(item.type, item.summary) for item in found])
        return
    for at, item in enumerate(found):
        if at:
            screen.say()
        _page(item)


def _page(entry: Entry) -> None:
    from csvflow.cli import prose, screen  # noqa: PLC0415
    from csvflow.services.reference import examples_of, settings_of  # noqa: PLC0415

    plugin = entry.plugin
    screen.say(f"{entry.kind} {entry.type}")
    screen.say()
    prose.markdown(entry.text)
    if guarantee := getattr(plugin, "guarantee", None):
        screen.say()
        screen.say(f"Guarantee: {guarantee}.")
    if plugin.extra:
        screen.say()
        screen.say(f"Needs pip install 'csvflow[{plugin.extra}]'.")
    settings = settings_of(entry)
    column = max((len(item.name) for item in settings), default=0)
    if settings:
        screen.say()
        screen.say("Settings:")
    for item in settings:
        default = item.default.strip("`")
        value = default if default == "required" else default and f"default {default}"
        head = ", ".join(filter(None, (item.type.replace("`", ""), value)))
        rest = " " * (column + 4)
        prose.say(head, first=f"  {item.name:{column}}  ", rest=rest)
        prose.say(item.text, first=rest, rest=rest)
    if plugin.shorthand and not plugin.bare:
        screen.say()
        screen.say(f"A bare value fills `{plugin.shorthand}`.")
    for title, text in examples_of(entry):
        screen.say()
        prose.markdown(f"{title}:\n\n```yaml\n{text}```")
