"""Where the newlines of a text stand: LF, CRLF and a lone CR are one each."""

from __future__ import annotations

from typing import Any

import numpy as np

LF, CR = 10, 13
Positions = np.ndarray[Any, np.dtype[np.int64]]
Block = np.ndarray[Any, np.dtype[np.uint8]]
Inside = np.ndarray[Any, np.dtype[np.bool_]]


def all_newlines(text: bytes) -> tuple[Positions, Positions]:
    """Return where each newline of a whole text begins and ends, lone CRs among them."""
    begins, afters, _ = with_lone_cr(np.frombuffer(text, np.uint8), text, final=True)
    return begins, afters


def with_lone_cr(block: Block, text: bytes, *, final: bool) -> tuple[Positions, Positions, bool]:
    """Return where each newline begins and ends, and whether lone CRs may be among them."""
    begins, afters = _with_lf(block)
    crs = text.count(b"\r")
    if not crs or crs == text.count(b"\r\n"):
        return begins, afters, False
    lone = np.flatnonzero(block == CR)
    following = np.minimum(lone + 1, len(block) - 1)
    keep = block[following] != LF
    if lone[-1] == len(block) - 1:
        # Whether an LF follows isn't known yet.
        keep[-1] = final
    lone = lone[keep]
    begins = np.concatenate((begins, lone))
    afters = np.concatenate((afters, lone + 1))
    order = np.argsort(begins, kind="stable")
    return begins[order], afters[order], True


def _with_lf(block: Block) -> tuple[Positions, Positions]:
    """Return where each LF and CRLF begins and ends."""
    ends = np.flatnonzero(block == LF)
    begins = ends.copy()
    after_cr = (ends > 0) & (block[np.maximum(ends - 1, 0)] == CR)
    begins[after_cr] -= 1
    return begins, ends + 1
