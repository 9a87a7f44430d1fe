"""One document on its way to a pipeline: every part read, every mistake kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from csvflow.contract import ConfigError
from csvflow.core import registry, secrets
from csvflow.core.columns.spec import KEYS, Column, parse_column
from csvflow.core.pipeline.cases import read_cases
from csvflow.core.pipeline.complaints import Subject, checked
from csvflow.core.pipeline.language import (
    DEFAULT_SOURCE,
    LATER,
    NotifyKeys,
    PipelineKeys,
    RescueKeys,
    SourceKeys,
    check_name,
)
from csvflow.core.pipeline.model import Notify, Part, Pipeline, Rejects, UnknownColumns
from csvflow.core.pipeline.nodes import (
    Document,
    Fields,
    Items,
    Node,
    Scalar,
    from_plain,
    plain,
    scalars,
)
from csvflow.core.pipeline.parts import Reader
from csvflow.core.pipeline.targets import check_single_file, rejects_node

DEFAULT_LEDGER: Mapping[str, object] = {"sqlite": {"path": ".csvflow/ledger.db"}}
DEFAULT_RESCUE = "_rescued"
_SOURCE_KEYS = tuple(SourceKeys.model_fields)
_NOTIFY_KEYS = tuple(NotifyKeys.model_fields)
_SECRET_PLACES = ("source", "sinks", "rejects", "notify", "ledger")

M = TypeVar("M", bound=BaseModel)


@dataclass
class Reading:
    """One document on its way to a pipeline."""

    written: Document
    """Before variables were filled in."""
    document: Document
    path: Path | None
    project: Path
    default_name: str
    allow_python: tuple[str, ...] = ()
    problems: list[ConfigError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = {"project": str(self.project), "allow_python": self.allow_python}
        self.reader = Reader(self.document, self.context, self.problems)

    def pipeline(self) -> Pipeline | None:
        """Return the pipeline, if nothing is wrong; else see ``problems``."""
        root = self.document.root
        if not isinstance(root, Fields):
            self._wrong("config.value", "a pipeline is a mapping of keys such as `source:`", root)
            return None
        warnings = self._warnings()
        keys = self._checked(PipelineKeys, root, Subject("", "key", LATER["pipeline"]))
        source, common = self._source(root.node("source"))
        columns, places = self._columns(root.node("columns"))
        steps = self.reader.many("step", "steps", root.node("steps"))
        sinks = self._sinks(root, source)
        rejects = self._rejects(root.node("rejects"))
        notify = self._notify(root.node("notify"))
        ledger = self._ledger(root.node("ledger"))
        name = self._name(keys, root)
        if self.problems or not (keys and source and common and rejects and ledger):
            return None
        unknown, rescue = _unknown(keys.unknown_columns, declared=bool(columns))
        return Pipeline(
            name=name,
            path=self.path,
            project=self.project,
            source=source,
            csv=keys.csv,
            columns=columns,
            unknown_columns=unknown,
            rescue_column=rescue,
            missing_columns=keys.missing_columns,
            headers=keys.headers,
            steps=steps,
            sinks=sinks,
            rejects=Rejects(rejects, keys.rejects.max),
            retry=keys.retry.retry() if keys.retry else None,
            notify=notify,
            empty=keys.empty,
            duplicate=common.duplicate,
            poll_secs=common.trigger.poll,
            ledger=ledger,
            memory_bytes=keys.memory,
            digest=_digest(self.written.root),
            warnings=warnings,
            column_places=places,
            tests=tuple(read_cases(keys.tests, root.node("tests"), self.document)),
        )

    def _wrong(self, code: str, message: str, at: Node, hint: str | None = None) -> None:
        self.problems.append(self.document.error(code, message, at, hint=hint))

    def _checked(
        self, model: type[M], node: Node, subject: Subject, at: Node | None = None
    ) -> M | None:
        found = checked(model, node, self.document, subject, at=at, context=self.context)
        if isinstance(found, list):
            self.problems += found
            return None
        return found

    def _name(self, keys: PipelineKeys | None, root: Fields) -> str:
        if keys is not None and keys.name is not None:
            return keys.name
        try:
            return check_name(self.default_name)
        except ValueError as error:
            message = f"the file's name `{self.default_name}` is the pipeline's, which {error}"
            self._wrong("config.value", message, root, "rename the file, or set `name`")
        return self.default_name

    def _source(self, node: Node | None) -> tuple[Part | None, SourceKeys | None]:
        """Read ``source``: a path, or a mapping of the source's own and the common keys."""
        if node is None:
            return None, None
        own, common = node, Fields({}, node.mark)
        type_ = Scalar(DEFAULT_SOURCE, DEFAULT_SOURCE, node.mark)
        if isinstance(node, Fields):
            common.entries = {k: e for k, e in node.entries.items() if k in _SOURCE_KEYS}
            entries = {k: e for k, e in node.entries.items() if k not in _SOURCE_KEYS}
            own = Fields(entries, node.mark)
            if len(entries) == 1 and next(iter(entries)) in registry.names("source"):
                entry = next(iter(entries.values()))
                type_, own = entry.key, entry.node
        part = self.reader.part("source", "source", type_, own)
        return part, self._checked(SourceKeys, common, Subject("`source`", "key", LATER["source"]))

    def _columns(self, node: Node | None) -> tuple[tuple[Column, ...], Mapping[str, str]]:
        columns, places = list[Column](), dict[str, str]()
        if not isinstance(node, Fields):
            return (), {}
        for name, entry in node.entries.items():
            places[name] = self.document.place(entry.key)
            try:
                columns.append(parse_column(name, plain(entry.node)))
            except ConfigError as error:
                at: Node = entry.node
                key = getattr(error, "key", None)
                if isinstance(at, Fields):
                    found = at.entries.get(key) if isinstance(key, str) else None
                    known = found is not None and key in {*KEYS, "formats"}
                    at = (found.node if known else found.key) if found else entry.key
                elif not isinstance(at, Scalar) or not at.text:
                    at = entry.key
                self.problems.append(
                    self.document.error(
                        error.code, error.message, at, hint=error.hint, offset=error.offset
                    )
                )
        return tuple(columns), places

    def _sinks(self, root: Fields, source: Part | None) -> tuple[Part, ...]:
        node = root.node("sinks")
        if isinstance(node, Items) and not node.nodes:
            self._wrong("config.missing-key", "a pipeline needs at least one sink", node)
        sinks = self.reader.many("sink", "sinks", node)
        if source is not None and self.path is not None:
            for part in sinks:
                error = check_single_file(part, source)
                if error is not None:
                    self.problems.append(error)
        return sinks

    def _rejects(self, node: Node | None) -> Part | None:
        to = node.node("to") if isinstance(node, Fields) else None
        found = rejects_node(self.document, to)
        if isinstance(found, ConfigError):
            self.problems.append(found)
            return None
        type_, settings = found
        return self.reader.part("sink", "rejects", type_, settings)

    def _notify(self, node: Node | None) -> tuple[Notify, ...]:
        found = list[Notify]()
        if node is None or not isinstance(node, Items):
            self.reader.many("notifier", "notify", node)
            return ()
        for number, item in enumerate(node.nodes):
            part = self.reader.one("notifier", f"notify[{number}]", item, beside=_NOTIFY_KEYS)
            entries = item.entries if isinstance(item, Fields) else {}
            beside = {key: entry for key, entry in entries.items() if key in _NOTIFY_KEYS}
            keys = self._checked(
                NotifyKeys,
                Fields(beside, item.mark),
                Subject(f"`notify[{number}]`", "key", LATER["notifier"]),
            )
            if part is not None and keys is not None:
                found.append(Notify(part, keys.on))
        return tuple(found)

    def _ledger(self, node: Node | None) -> Part | None:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            node = from_plain(DEFAULT_LEDGER, self.document.name).root
        return self.reader.one("ledger", "ledger", node)

    def _warnings(self) -> tuple[str, ...]:
        """Find secrets that stand in the file itself, and mask them from now on."""
        written = self.written.root
        found = list[str]()
        if not isinstance(written, Fields):
            return ()
        for place in _SECRET_PLACES:
            node = written.node(place)
            for key, scalar in scalars(node) if node else ():
                if "${" in scalar.text or not scalar.text:
                    continue
                inside = secrets.credentials(scalar.text)
                if secrets.literal(key) and isinstance(scalar.value, str | int):
                    inside.append(scalar.text)
                if inside:
                    at = self.document.place(scalar)
                    found.append(f"{at}: `{key or place}` holds a secret; write `${{VARIABLE}}`")
                for secret in inside:
                    secrets.register(secret)
        return tuple(found)


def _unknown(
    given: Literal["keep", "ignore", "rescue", "fail"] | RescueKeys | None, *, declared: bool
) -> tuple[UnknownColumns, str]:
    if isinstance(given, RescueKeys):
        return "rescue", given.rescue
    return given or ("fail" if declared else "keep"), DEFAULT_RESCUE


def _digest(root: Node) -> str:
    """Return what changes when the pipeline says something else.

    Made of the text before variables are filled in: no secret enters it. The order of columns,
    steps and settings counts, that of the top-level keys doesn't; tests change no row.
    """
    value = plain(root)
    top: dict[str, Any] = value if isinstance(value, dict) else {}
    canonical = json.dumps(
        [[key, top[key]] for key in sorted(top) if key != "tests"], ensure_ascii=True
    )
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()
