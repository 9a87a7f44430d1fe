"""How a value's fault is said, by the kind of pydantic's error."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic_core import ErrorDetails

from csvflow.core.pipeline.nodes import Fields, Items, Node, Scalar

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "list_type": "a list such as `[a, b]`",
    "tuple_type": "a list such as `[a, b]`",
    "dict_type": "a mapping such as `{key: value}`",
    "mapping_type": "a mapping such as `{key: value}`",
    "model_type": "a mapping such as `{key: value}`",
    "model_attributes_type": "a mapping such as `{key: value}`",
    "none_required": "nothing",
}
"""What a mismatch of types asks for instead."""
MAPPINGS = {"dict_type", "mapping_type", "model_type", "model_attributes_type"}
_SHORTER = {
    "Input should be": "must be",
    "String should": "must",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
}
_NODES: dict[type, str] = {Items: "a list", Fields: "a mapping", Scalar: "a value"}


def said(detail: ErrorDetails, group: Sequence[ErrorDetails], node: Node) -> tuple[str, str | None]:
    """Return what follows the name of a value, and a hint."""
    context = detail.get("ctx", {})
    not_this = f", not {_shown(node)}" if isinstance(node, Scalar) else ""
    kind = detail["type"]
    if kind == "value_error":
        text = str(context["error"])
        return f" {text}" if text.startswith("must ") else f": {text}", None
    expected = list(
        dict.fromkeys(EXPECTED[other["type"]] for other in group if other["type"] in EXPECTED)
    )
    if kind in {"literal_error", "enum"}:
        words = [
            word.strip().strip("'")
            for other in group
            if other["type"] == kind
            for word in str(other.get("ctx", {})["expected"]).replace(" or ", ", ").split(", ")
        ]
        near = get_close_matches(node.text, words, n=1) if isinstance(node, Scalar) else []
        choice = " or ".join([", ".join(f"`{word}`" for word in words), *expected])
        must = f" must be {'one of ' if len(words) > 1 else ''}{choice}{not_this}"
        return must, f"did you mean `{near[0]}`?" if near else None
    if kind in EXPECTED:
        found = not_this or f", not {_NODES[type(node)]}"
        return f" must be {' or '.join(expected)}{found}", None
    if kind == "too_short":
        return f" must have at least {context['min_length']} of them", None
    text = detail["msg"]
    for long, short in _SHORTER.items():
        text = text.replace(long, short)
    text = text[:1].lower() + text[1:]
    link = " " if text.startswith("must") else ": "
    return f"{link}{text}{not_this}", None


def _shown(node: Scalar) -> str:
    text = node.text if len(node.text) <= 60 else node.text[:57] + "…"  # noqa: PLR2004 - a line
    return "nothing" if node.value is None else f"`{text.replace(chr(10), ' ')}`"
