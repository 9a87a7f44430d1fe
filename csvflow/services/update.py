"""``csvflow test --update``: what came of the cases, written into the pipeline's own file.

Only values, rows and rejects that differ are touched: comments, and all else of the file, stay as
they are byte for byte. What was written is run before it takes the file's place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

from csvflow.contract import ConfigError
from csvflow.core.pipeline.cases import Case, ExpectedReject
from csvflow.core.pipeline.load import load
from csvflow.services.draft import listed
from csvflow.services.edits import EditError, Entries, Keys, Text, begin_list
from csvflow.services.test import Compared, compared, is_met, run_cases

if TYPE_CHECKING:
    from csvflow.core.pipeline.model import Pipeline
    from csvflow.services.trial import Refused


@dataclass(frozen=True)
class Updated:
    """One pipeline's file, before and after."""

    path: Path
    before: str
    after: str

    def diff(self, shown: str) -> list[str]:
        """Return the lines of a unified diff."""
        lines = (self.before.splitlines(), self.after.splitlines())
        return list(difflib.unified_diff(*lines, shown, shown, lineterm="", n=1))


def update(pipeline: Pipeline) -> Updated | None:
    """Write what came into the cases that fail; None where there is nothing to write.

    Cases that couldn't be run are left as they are. Raises ``ConfigError`` (``config.update``)
    where the file can't be rewritten for sure; it is then as it was.
    """
    path = pipeline.path
    if path is None:
        return None
    before = path.read_bytes().decode("utf-8")
    try:
        text = Text(before)
        for case, node in zip(pipeline.tests, text.cases(), strict=True):
            made = compared(pipeline, case)
            if isinstance(made, Compared):
                _rows(text, node, case, made)
                _rejects(text, node, case, made.rejects)
        after = text.edited()
        if after == before:
            return None
        _replace(pipeline, path, before, after)
    except EditError as error:
        raise ConfigError(
            "config.update",
            f"the cases can't be rewritten: {error}",
            hint="write what came by hand: `csvflow test` shows it",
            place=str(path),
        ) from None
    return Updated(path, before, after)


def _rows(text: Text, node: Keys, case: Case, made: Compared) -> None:
    if case.rows is None:
        return
    entries = Entries(text, node["rows"])
    known = set(made.names)
    wanted = list(dict.fromkeys(name for row in case.rows for name in row.values))
    names = [name for name in wanted if name in known] or made.names
    if set(wanted) - known:
        # A column that is gone, or has another name: all rows are written anew.
        names = made.names
        pairs: Iterable[tuple[int | None, int | None]] = zip_longest(
            range(len(case.rows)), range(len(made.found))
        )
    else:
        pairs = made.pairs()
    for at, other in pairs:
        if other is None:
            assert at is not None  # noqa: S101 - a pair has at least one side
            entries.drop(at)
            continue
        row = made.found[other]
        if at is None:
            entries.add(listed({name: row[name] for name in names}))
        elif set(case.rows[at].values) - known:
            entries.put(at, listed({name: row[name] for name in names}))
        else:
            changed = {
                name: row[name] for name, cell in made.expected[at].items() if row[name] != cell
            }
            entries.change(at, changed)
    entries.close()


def _rejects(text: Text, node: Keys, case: Case, refused: Sequence[Refused]) -> None:
    left = list(refused)
    wrong: list[tuple[int, ExpectedReject]] = []
    for at, want in enumerate(case.rejects):
        match = next((one for one in left if is_met(want, one)), None)
        if match is None:
            wrong.append((at, want))
        else:
            left.remove(match)
    if not wrong and not left:
        return
    if "rejects" not in node:
        begin_list(
            text, node.get("rows", node["input"]), "rejects", [*map(listed, map(_told, left))]
        )
        return
    entries = Entries(text, node["rejects"])
    for at, want in wrong:
        near = next((one for one in left if one.line == want.line), None)
        if near is None:
            entries.drop(at)
        else:
            left.remove(near)
            entries.put(at, listed(_told(near)))
    for one in left:
        entries.add(listed(_told(one)))
    entries.close()


def _told(one: Refused) -> dict[str, str | None]:
    told: dict[str, str | None] = {"line": str(one.line), "code": one.code}
    return {**told, "column": one.column} if one.column else told


def _replace(pipeline: Pipeline, path: Path, before: str, after: str) -> None:
    """Put the new text in the place of the old, once it was seen to be right."""
    if _others(before) != _others(after):
        raise EditError("more than the tests would change")
    failed = {one.case for one in run_cases(pipeline) if one.error is not None}
    target = path.resolve()
    with TemporaryDirectory(prefix=f".{path.stem}-", dir=target.parent) as folder:
        # Under its own name, which may be the pipeline's.
        draft = Path(folder) / path.name
        draft.write_bytes(after.encode("utf-8"))
        try:
            outcomes = run_cases(load(draft, project=pipeline.project))
        except ConfigError as error:
            raise EditError(error.message) from error
        if any(not one.passed and one.case not in failed for one in outcomes):
            raise EditError("what came, as it would be written, doesn't come again")
        draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)


def _others(text: str) -> dict[str, Any]:
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts and nothing else
    return {key: value for key, value in found.items() if key != "tests"}
