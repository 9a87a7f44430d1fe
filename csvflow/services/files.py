"""FILE arguments: which inputs the words on a command line name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from csvflow.contract import ConfigError, CsvflowError


@dataclass(frozen=True)
class Expanded:
    """What the words named."""

    files: list[str]
    """Local paths and URLs, each once, in the order given; a glob's in alphabetical order."""
    missing: list[CsvflowError]
    """``input.not-found`` for each word that names nothing."""


def expand(words: Sequence[str]) -> Expanded:
    """Return the inputs that the words name, globs of local paths expanded.

    A path that exists is taken as it is, also where it reads like a glob. What a URL names is
    for its source to find out.
    """
    files: list[str] = []
    missing: list[CsvflowError] = []
    for word in words:
        found = _named(word)
        files += found
        if not found:
            missing.append(_nothing(word))
    return Expanded(list(dict.fromkeys(files)), missing)


def _named(word: str) -> list[str]:
    if "://" in word:
        return [word]
    path = Path(word)
    if path.exists():
        return [] if path.is_dir() else [word]
    # Not Path.glob: it can't take an absolute pattern.
    names = glob(word, recursive=True)  # noqa: PTH207
    return sorted(name for name in names if Path(name).is_file())


def _nothing(word: str) -> CsvflowError:
    if Path(word).is_dir():
        hint = f"name its files: '{word.rstrip('/')}/*.csv'"
        return ConfigError("input.not-found", f"`{word}` is a folder", hint=hint)
    if has_magic(word):
        return ConfigError("input.not-found", f"no file matches `{word}`")
    parent = Path(word).parent
    near = _nearest(Path(word))
    meant = f"did you mean `{parent / near}`?" if near else None
    return ConfigError("input.not-found", f"there is no file `{word}`", hint=meant)


def _nearest(path: Path) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415

    try:
        names = [item.name for item in path.parent.iterdir() if item.is_file()]
    except OSError:
        return None
    found = get_close_matches(path.name, names, n=1)
    return found[0] if found else None
