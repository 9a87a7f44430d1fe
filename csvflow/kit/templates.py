"""Path templates such as ``out/{partner}/{stem}.csv``: filled so that no value leaves its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

from csvflow.contract import ConfigError, Run

KNOWN = frozenset({"name", "stem", "run_id", "run_date", "pipeline"})
"""What every run can fill; the captures of the source's path come on top."""

LONGEST = 180
"""Bytes of one value; names end at 255, and staging adds to them."""

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


@dataclass(frozen=True, slots=True)
class Template:
    """A path with placeholders. ``{{`` and ``}}`` stand for the braces themselves."""

    text: str

    def __post_init__(self) -> None:
        for field in _FIELD.finditer(self.text):
            if field[0] not in {"{{", "}}"} and not (field[1] or "").isidentifier():
                raise ConfigError(
                    "config.template",
                    f"`{field[0]}` is not a placeholder",
                    hint="a placeholder is a name in braces, such as `{stem}`; "
                    "`{{` and `}}` are the braces themselves",
                )

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(field[1] for field in _FIELD.finditer(self.text) if field[1])

    def check(self, captures: Iterable[str]) -> None:
        """Raise ``ConfigError`` for a placeholder that neither a run nor the source fills."""
        known = KNOWN | set(captures)
        for name in sorted(self.names - known):
            raise ConfigError(
                "config.template",
                f"nothing fills `{{{name}}}` in `{self.text}`",
                hint=f"there are: {', '.join(f'`{{{one}}}`' for one in sorted(known))}",
            )

    def fill(self, run: Run) -> str:
        """Return the path of one run. A value fills a part of one path segment, never more."""
        values = _values(run)
        self.check(values)
        return "/".join(_segment(part, values) for part in self.text.split("/"))


def safe(value: str) -> str:
    """Return the value as it may stand inside one path segment.

    What had to be changed or cut gets a digest of the original: two different
    values never meet under one name.
    """
    clean = _UNSAFE.sub("_", value)
    if clean != value or len(clean.encode()) > LONGEST:
        digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:8]
        clean = f"{clean.encode()[:LONGEST].decode(errors='ignore')}~{digest}"
    return clean


def _values(run: Run) -> Mapping[str, str]:
    return {
        **run.event.captures,
        "name": run.event.name,
        "stem": run.event.stem,
        "run_id": run.id,
        "run_date": run.started_at.astimezone(UTC).date().isoformat(),
        "pipeline": run.pipeline,
    }


def _segment(part: str, values: Mapping[str, str]) -> str:
    filled = _FIELD.sub(
        lambda field: safe(values[field[1]]) if field[1] else field[0][0],
        part,
    )
    if filled == part:
        return part
    # A value may be empty, dots alone, hidden or a device of Windows; the author's own text may.
    if filled[:1] in {"", "."} or _DEVICES.fullmatch(filled):
        filled = f"_{filled}"
    if len(filled.encode()) > LONGEST:
        # Keep the suffix: it is how readers know the format.
        suffix = re.search(r"(\.\w{1,10}){0,2}$", filled)
        filled = safe(filled) + (suffix[0] if suffix else "")
    return filled
