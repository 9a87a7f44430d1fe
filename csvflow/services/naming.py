"""What a file is called: the names of its pipeline and columns, and the pattern of its kind."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

from csvflow.core.columns.names import snake, snake_all
from csvflow.core.columns.typing import Typing
from csvflow.core.profile.column import Profile
from csvflow.core.profile.verdict import judge
from csvflow.services.wiring import literal

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_VARYING = re.compile(r"[0-9](?:[0-9T_.:-]*[0-9Z])?")


def pipeline_name(uri: str) -> tuple[str, str | None]:
    """Return the pipeline's name, and the pattern that takes files named alike.

    ``orders-2026-07.csv`` is ``orders`` and ``orders-*.csv``; None: nothing in the name varies.
    """
    base = posixpath.basename(uri)
    stem, dot, suffix = base.partition(".") if not base.startswith(".") else (base, "", "")
    match = _VARYING.search(stem)
    before, after = (stem[: match.start()], stem[match.end() :]) if match else (stem, "")
    words = [part.strip(" -_.") for part in (before, after)]
    pattern = None
    if match and any(re.search(r"[^\W\d]", word) for word in words):
        edges = (not before or before[-1] in " -_.") and (not after or after[0] in " -_.")
        if edges:
            pattern = literal(before) + "*" + literal(f"{after}{dot}{suffix}")
    chosen = "-".join(word for word in words if word) if pattern else stem
    name = re.sub(r"[^\w-]+", "-", chosen).strip("-_") or "pipeline"
    return name[:80], pattern


def relative(path: str, project: Path) -> str:
    """Return a path as a pipeline of the project says it."""
    inside = f"{project}/"
    return path.removeprefix(inside) if path.startswith(inside) else path


def column_names(header: Sequence[str]) -> tuple[list[str], bool]:
    """Return the columns' names, and whether ``headers: snake`` makes them of the header."""
    distinct = len({name.casefold() for name in header}) == len(header)
    if distinct and all(_IDENTIFIER.fullmatch(name) for name in header):
        return list(header), False
    names = snake_all(header)
    if names == list(header):
        return names, False
    if len({snake(name) for name in header}) == len(header):
        columns = judge(header, names, [Profile() for _ in header])
        bound = Typing(tuple(one.column for one in columns.columns), headers="snake").bind(header)
        if [output.at for output in bound.outputs] == list(range(len(header))):
            return names, True
    return names, False
