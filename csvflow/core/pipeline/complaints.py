"""What a settings model has against a node, in the user's words and with its place."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from csvflow.contract import ConfigError, CsvflowError
from csvflow.core.pipeline.nodes import Document, Fields, Items, Node, Scalar, find_text
from csvflow.core.pipeline.wording import EXPECTED, MAPPINGS, said

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Subject:
    """Whose settings they are."""

    name: str
    """``sink `parquet```; empty for the pipeline itself."""
    word: str = "setting"
    """What its keys are called."""
    later: frozenset[str] = frozenset()
    """Keys that a later version has."""
    example: str | None = None
    """How it may look, for who left something out."""

    def at(self, path: Sequence[int | str]) -> str:
        """Return how messages call what stands at a path in it."""
        if not path:
            return self.name or "a pipeline"
        return f"`{_dotted(path)}`" + (f" of {self.name}" if self.name else "")


def checked(
    model: type[M],
    node: Node | None,
    document: Document,
    subject: Subject,
    *,
    at: Node | None = None,
    under: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> M | list[ConfigError]:
    """Return the node as the model, or everything that is wrong with it.

    ``under``: the node is the value of that field alone. ``at``: where an error of the whole is.
    """
    whole = node if node is not None else Fields({})
    place = at if at is not None else whole
    texts: set[int] = set()
    while True:
        value = _plain(whole, texts)
        try:
            return model.model_validate(value if under is None else {under: value}, context=context)
        except CsvflowError as error:
            return [_own(error, document, whole, place)]
        except ValidationError as error:
            details = error.errors(include_url=False)
            # `password: 12345` and `table: 2026` are text where text is wanted.
            numbers = _written_as_text(details, whole, under) - texts
            if not numbers:
                return list(_complaints(details, model, whole, document, subject, place, under))
            texts |= numbers


def _plain(node: Node, texts: set[int]) -> object:
    match node:
        case Scalar():
            return node.text if id(node) in texts else node.value
        case Items():
            return [_plain(item, texts) for item in node.nodes]
        case Fields():
            return {key: _plain(entry.node, texts) for key, entry in node.entries.items()}


def _written_as_text(details: Sequence[ErrorDetails], whole: Node, under: str | None) -> set[int]:
    nodes = (
        _walk(whole, detail["loc"], under)[0]
        for detail in details
        if detail["type"] == "string_type"
    )
    return {
        id(node)
        for node in nodes
        if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, str)
    }


def _walk(
    whole: Node, location: Sequence[int | str], under: str | None
) -> tuple[Node, tuple[int | str, ...]]:
    """Follow a location as far as the file goes; pydantic's own labels of unions aren't in it."""
    node, path = whole, list[int | str]()
    for index, part in enumerate(location):
        if index == 0 and part == under:
            continue
        if isinstance(node, Fields) and isinstance(part, str) and part in node.entries:
            node = node.entries[part].node
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.nodes):
            node = node.nodes[part]
        else:
            continue
        path.append(part)
    return node, tuple(path)


def _complaints(
    details: Sequence[ErrorDetails],
    model: type[BaseModel],
    whole: Node,
    document: Document,
    subject: Subject,
    place: Node,
    under: str | None,
) -> Iterator[ConfigError]:
    groups: dict[tuple[int | str, ...], list[ErrorDetails]] = {}
    for detail in details:
        groups.setdefault(_walk(whole, detail["loc"], under)[1], []).append(detail)
    typos = [str(detail["loc"][-1]) for detail in details if detail["type"] == "extra_forbidden"]
    for path, group in groups.items():
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other in groups)
        # A union complains once for each of its members: the one that went deepest is meant.
        if deeper and all(detail["type"] in {*EXPECTED, "too_short"} for detail in group):
            continue
        node = _walk(whole, path, None)[0]
        for detail in _telling(group):
            missing = detail["type"] == "missing"
            if missing and get_close_matches(str(detail["loc"][-1]), typos):
                continue
            at = node if path else place
            yield _complaint(detail, group, path, at, model, document, subject, under)


def _telling(group: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    many = [detail for detail in group if detail["type"] in {"extra_forbidden", "missing"}]
    if many:
        return many
    telling = [detail for detail in group if detail["type"] not in EXPECTED]
    return (telling or list(group))[:1]


def _complaint(
    detail: ErrorDetails,
    group: Sequence[ErrorDetails],
    path: tuple[int | str, ...],
    node: Node,
    model: type[BaseModel],
    document: Document,
    subject: Subject,
    under: str | None,
) -> ConfigError:
    kind = detail["type"]
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1] if under is None else (under, *path[:-1]))
        return unknown_key(last, document, node, subject.at(path[:-1]), subject, known)
    if kind == "missing":
        hint = f"for example {subject.example}" if subject.example else None
        message = f"{subject.at(path)} needs the {subject.word} `{last}`"
        return document.error("config.missing-key", message, node, hint=hint)
    what, hint = said(detail, group, node)
    if kind in MAPPINGS and not path and subject.example:
        hint = f"for example {subject.example}"
    return document.error("config.value", f"{subject.at(path)}{what}", node, hint=hint)


def unknown_key(
    key: str,
    document: Document,
    node: Node,
    owner: str,
    subject: Subject,
    known: Sequence[str],
) -> ConfigError:
    """Return the error for a key that nobody knows; ``node`` is its value or the key."""
    if key in subject.later:
        return document.error(
            "config.unknown-key",
            f"`{key}` isn't supported by this version of csvflow",
            _key_of(document.root, node) or node,
            hint="leave it out",
        )
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else None
    if hint is None and known:
        hint = f"{subject.word}s are {', '.join(f'`{name}`' for name in known)}"
    return document.error(
        "config.unknown-key",
        f"{owner} has no {subject.word} `{key}`",
        _key_of(document.root, node) or node,
        hint=hint,
    )


def _key_of(root: Node, wanted: Node) -> Scalar | None:
    """Return the key whose value a node is: an unknown key is wrong itself, not its value."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Items):
            stack += node.nodes
        elif isinstance(node, Fields):
            for entry in node.entries.values():
                if entry.node is wanted:
                    return entry.key
                stack.append(entry.node)
    return None


def _own(error: CsvflowError, document: Document, whole: Node, place: Node) -> ConfigError:
    """Return what a validator raised itself, with its place."""
    at = find_text(whole, error.subject)
    return document.error(
        error.code,
        error.message,
        at or place,
        hint=error.hint,
        offset=error.offset if at is not None or isinstance(place, Scalar) else None,
    )


def _fields_at(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Return the keys that the model has at a path: those of every model that may stand there."""
    models = [model]
    for part in path:
        annotations = [
            inner.model_fields[part].annotation
            for inner in models
            if isinstance(part, str) and part in inner.model_fields
        ]
        found = [inner for annotation in annotations for inner in _models_in(annotation)]
        models = found or ([] if annotations else models)
    return list(dict.fromkeys(name for inner in models for name in inner.model_fields))


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _dotted(path: Sequence[int | str]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
