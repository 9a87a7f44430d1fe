"""The path language of sources: globs, ``**`` and ``{captures}``, over one ``/`` at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from csvflow.contract import ConfigError

_MAGIC = re.compile(r"[*?\[\]{}]")
_TOKEN = re.compile(r"\{(?P<capture>[^{}/]*)\}|\[(?P<not>!?)(?P<set>\]?[^\]/]+)\]|[*?]")


@dataclass(frozen=True)
class Pattern:
    """A path pattern; ``root`` is the folder above its first wildcard.

    ``*`` and ``?`` match within one path segment, ``[a-z]`` one character of it,
    ``**`` any number of folders, ``{name}`` like ``*`` and is captured.
    """

    root: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, path: str, *, local: bool = False) -> Pattern:
        """Return the pattern that a path means; a final ``/`` means every file of that folder.

        Raises ``ConfigError`` (``config.pattern``) for a capture without a proper name.
        """
        parts = f"{path}*".split("/") if path.endswith("/") else path.split("/")
        depth = 0
        while (
            depth < len(parts) - 1
            and (
                not _MAGIC.search(parts[depth])
                # A folder that really has such a name, `/data[old]/`, is that folder.
                or (local and os.path.isdir("/".join(parts[: depth + 1])))  # noqa: PTH112 -- `Path` would mend the slashes
            )
        ):
            depth += 1
        pattern = cls("/".join(parts[:depth]) or "/"[: len(path) - len(path.lstrip("/"))], ())
        pattern = cls(pattern.root, tuple(parts[depth:]))
        _ = pattern._whole  # Complains now.
        return pattern

    @property
    def recursive(self) -> bool:
        """Whether it looks into folders of any depth."""
        return "**" in self.parts

    @property
    def captures(self) -> frozenset[str]:
        """The names that it captures."""
        return frozenset(self._whole.groupindex)

    def match(self, relative: str) -> Mapping[str, str] | None:
        """Return the captures if a path below the root matches, else None."""
        found = self._whole.fullmatch(relative)
        return found.groupdict() if found else None

    def enters(self, folders: tuple[str, ...]) -> bool:
        """Tell whether something below these folders, named from the root, could match."""
        if self.recursive:
            return True
        if len(folders) >= len(self.parts):
            return False
        # The last folder alone: those above it were asked about on the way down.
        return bool(self._folders[len(folders) - 1].fullmatch(folders[-1]))

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        text = ""
        for place, part in enumerate(self.parts):
            last = place == len(self.parts) - 1
            if part == "**":
                text += ".*" if last else "(?:[^/]+/)*"
            else:
                text += _regex(part) + ("" if last else "/")
        try:
            return re.compile(text, re.DOTALL)
        except re.error as error:
            raise ConfigError(
                "config.pattern",
                f"`{'/'.join(self.parts)}` is not a path pattern: {error.msg}",
                hint="each `{capture}` needs a name of its own, each `[` its `]`",
            ) from error

    @cached_property
    def _folders(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_regex(part), re.DOTALL) for part in self.parts)


def _regex(part: str) -> str:
    text = ""
    end = 0
    for token in _TOKEN.finditer(part):
        text += re.escape(part[end : token.start()])
        end = token.end()
        if token["capture"] is not None:
            if not token["capture"].isidentifier():
                raise ConfigError(
                    "config.pattern",
                    f"`{token[0]}` in `{part}` is not a capture",
                    hint="a capture is a name in braces, such as `{partner}`",
                )
            text += f"(?P<{token['capture']}>[^/]+?)"
        elif token["set"] is not None:
            inside = token["set"].replace("\\", r"\\").replace("[", r"\[")
            inside = inside.replace("^", r"\^").replace("&&", r"\&&").replace("]", r"\]")
            text += f"[{'^/' if token['not'] else ''}{inside}]"
        else:
            text += "[^/]*" if token[0] == "*" else "[^/]"
    return text + re.escape(part[end:])
