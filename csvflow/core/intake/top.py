"""The first text of an input that tells how it is written, however much stands above it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from csvflow.contract import InputError
from csvflow.core.intake.grammar import count_lines, line_end
from csvflow.core.intake.options import CsvOptions

SAMPLE = 1 << 20
LONGEST_NAME = 1_000
FEW = 20
"""Among the first so many lines the header is looked for."""
_NO_NAME = re.compile(b"[^,;\\t|]{%d}" % (2 * LONGEST_NAME))
_BLANK = b"(?:\\r\\n|\\n|\\r)"


@dataclass(frozen=True, slots=True)
class Top:
    """A part of the text, from a line on."""

    offset: int
    """In the file."""
    lines: int
    """How many lines stand above it."""
    sample: bytes
    whole: bool
    """Whether nothing follows."""
    preamble: int = 0
    """How many of the lines above it are a preamble that was told."""


def top(path: Path, mark: int, head: bytes, options: CsvOptions) -> Top:
    """Return the text from its beginning, or from where its first megabyte has anything.

    ``mark``: how long the byte order mark is. ``head``: the beginning of the file. What is left out
    are blank lines, comments if their mark is told, and a preamble that is told.

    Raises ``InputError`` (``input.header``) if the preamble that is told is longer than the text.
    """
    preamble = 0 if options.preamble == "auto" else options.preamble
    comment = b"" if options.comment in ("auto", "none") else options.comment.encode()
    found = Top(mark, 0, head[mark:], whole=len(head) < SAMPLE)
    begin, _, left = _skipped(found.sample, preamble, comment)
    if found.whole:
        if left and found.sample.strip(b"\r\n"):
            raise too_short("preamble", preamble, lines_in(found.sample))
        return found
    if begin >= len(found.sample) - 1 or _is_comment(found.sample, begin, comment):
        found = _further(path, found, preamble, comment)
    return _grown(path, found, options)


def _further(path: Path, found: Top, preamble: int, comment: bytes) -> Top:
    offset, lines, left = found.offset, 0, preamble
    size = path.stat().st_size
    with path.open("rb") as file:
        begin, goes_on = 0, True
        while goes_on:
            file.seek(offset)
            window = file.read(SAMPLE)
            whole = offset + len(window) >= size
            # Whether an LF follows a CR isn't known at the end of a part.
            part = window if whole else window.removesuffix(b"\r")
            begin, passed, left = _skipped(part, left, comment)
            offset, lines = offset + begin, lines + passed
            if whole and left:
                raise too_short("preamble", preamble, lines + _is_unended(part))
            ended = begin == len(part) or _is_comment(part, begin, comment)
            goes_on = ended and begin > 0 and not whole
        file.seek(offset)
        sample = file.read(SAMPLE)
    return Top(offset, lines, sample, offset + len(sample) >= size, preamble)


def _skipped(text: bytes, preamble: int, comment: bytes) -> tuple[int, int, int]:
    """Return where what counts begins, the lines above it, and what is left of the preamble."""
    at = lines = 0
    while preamble and at < len(text):
        end, after = line_end(text, at)
        if end < after:
            lines += 1
            preamble -= 1
        at = after
    if preamble:
        return at, lines, preamble
    line = b"(?:" + re.escape(comment) + b"[^\\r\\n]*+)?" + _BLANK if comment else _BLANK
    nothing = re.compile(b"(?:" + line + b")*+").match(text, at)
    end = nothing.end() if nothing else at
    return end, lines + count_lines(text[at:end]), 0


def _is_comment(text: bytes, at: int, comment: bytes) -> bool:
    """Whether a comment stands there that goes on behind the text."""
    end, after = line_end(text, at)
    return bool(comment) and text.startswith(comment, at) and end == after


def _grown(path: Path, found: Top, options: CsvOptions) -> Top:
    """Return more of the text, where one of its first lines is longer than the sample."""
    longest = max(options.max_field, options.max_columns * LONGEST_NAME)
    sample, whole = found.sample, found.whole
    size = path.stat().st_size
    with path.open("rb") as file:
        while not whole and len(sample) < longest and _is_cut(sample, options):
            file.seek(found.offset)
            sample = file.read(2 * len(sample))
            whole = found.offset + len(sample) >= size
    return replace(found, sample=sample, whole=whole)


def _is_cut(sample: bytes, options: CsvOptions) -> bool:
    """Tell whether a line that may be the header goes on behind the sample."""
    begin = max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1
    if begin > len(sample) // 2 or count_lines(sample) >= FEW:
        return False
    is_first = not sample[:begin].strip(b"\r\n")
    return (is_first and options.header == "none") or not _NO_NAME.search(sample, begin)


def lines_in(text: bytes) -> int:
    """Return how many lines a text has, one without a newline included."""
    return count_lines(text) + _is_unended(text)


def _is_unended(text: bytes) -> bool:
    return bool(text) and not text.endswith((b"\n", b"\r"))


def too_short(key: str, told: int, lines: int) -> InputError:
    """Return what is wrong where lines are told that a text of so many doesn't have."""
    return InputError(
        "input.header",
        f"`csv: {{{key}: {told}}}` is told, and the text has too few lines for it: {lines:,}",
        hint="is it the right file? `auto` finds out how many there are",
    )
