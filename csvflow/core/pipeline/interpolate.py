"""``${VAR}``, ``${VAR:-default}`` and ``${file:/path}``, resolved after YAML is composed.

So no value can add a key or a line to a pipeline. ``$${`` is a literal ``${``. What looks
like a secret by its name, its place or itself is masked from then on in logs and messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from csvflow.contract import ConfigError
from csvflow.core import secrets
from csvflow.core.pipeline.nodes import Document, Entry, Fields, Items, Node, Scalar
from csvflow.core.pipeline.scalars import typed

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<inside>[^}]*)(?P<end>\}?)")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)
_MAX_SECRET = 64_000


@dataclass(frozen=True)
class Values:
    """Where names are looked up: what was given by ``--set``, then the environment."""

    overrides: Mapping[str, str]
    environment: Mapping[str, str]
    project: Path

    def get(self, name: str) -> str | None:
        """Return the value of a name, or None."""
        return self.overrides.get(name, self.environment.get(name))


def interpolate(document: Document, values: Values) -> Document:
    """Return the document with every reference replaced.

    Raises ``ConfigError`` with the place of one that is malformed or has no value. A plain
    scalar is typed anew (``port: ${PORT}`` is a number), a quoted one stays text.
    """
    return replace(document, root=_walk(document, document.root, "", values))


def _walk(document: Document, node: Node, key: str, values: Values) -> Node:
    match node:
        case Scalar() if "${" in node.text and isinstance(node.value, str):
            text = _resolve(document, node, key, values)
            return replace(node, text=text, value=text if node.style else typed(text))
        case Items():
            return replace(node, nodes=[_walk(document, item, key, values) for item in node.nodes])
        case Fields():
            entries = {
                name: Entry(entry.key, _walk(document, entry.node, name, values))
                for name, entry in node.entries.items()
            }
            return replace(node, entries=entries)
        case _:
            return node


def _resolve(document: Document, node: Scalar, key: str, values: Values) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        try:
            return _value(match["inside"], match["end"], key, values)
        except ConfigError as error:
            raise document.error(
                error.code, error.message, node, hint=error.hint, offset=match.start()
            ) from error.__cause__

    text = _REFERENCE.sub(one, node.text)
    for secret in secrets.credentials(text):
        secrets.register(secret)
    return text


def _value(inside: str, end: str, key: str, values: Values) -> str:
    if not end:
        raise ConfigError(
            "config.interpolation",
            "this `${` has no `}`",
            hint="for a literal `${` write `$${`",
        )
    if inside.startswith("file:"):
        return _from_file(values.project / Path(inside.removeprefix("file:")).expanduser())
    match = _VARIABLE.fullmatch(inside)
    if match is None:
        raise ConfigError(
            "config.interpolation",
            f"`${{{inside}}}` is no reference",
            hint="write `${NAME}`, `${NAME:-default}` or `${file:/path}`; `$${` is a literal `${`",
        )
    name = match["name"]
    found = values.get(name)
    # As in a shell, `:-` also steps in for a variable that is set but empty.
    if match["default"] is not None and not found:
        return match["default"]
    if found is None:
        raise _undefined(name, values)
    if secrets.telling(name) or secrets.telling(key) or secrets.opaque(found):
        _mask(found)
    return found


def _mask(value: str) -> None:
    # Of a database's URL only the password is secret: its host and name help to read a message.
    inner = secrets.credentials(value)
    for secret in inner:
        secrets.register(secret)
    database = "://" in value and not value.startswith(("http://", "https://"))
    if not inner and not database:
        secrets.register(value)


def _undefined(name: str, values: Values) -> ConfigError:
    near = get_close_matches(name, [*values.overrides, *values.environment], n=1, cutoff=0.8)
    hint = f"export {name}=…, or give `--set {name}=…`, or a default: `${{{name}:-…}}`"
    return ConfigError(
        "config.undefined",
        f"`${{{name}}}` is not defined",
        hint=f"did you mean `{near[0]}`?" if near else hint,
    )


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_SECRET + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = (
            error.strerror.lower() if isinstance(error, OSError) and error.strerror else "not UTF-8"
        )
        raise ConfigError("config.undefined", f"`{path}` can't be read: {reason}") from error
    if len(text) > _MAX_SECRET:
        raise ConfigError("config.limit", f"`{path}` is larger than {_MAX_SECRET // 1000} KB")
    secret = text.removesuffix("\n").removesuffix("\r")
    secrets.register(secret)
    return secret
