"""What ends a record: LF and CRLF, CR, or each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from csvflow.core.intake.detect.footer import says_so
from csvflow.core.intake.detect.scores import usual_width
from csvflow.core.intake.dialect import Dialect, Newline
from csvflow.core.intake.grammar import Grammar

PART = 1 << 16
OFTEN = 0.05
"""Lone CRs are so many of the newlines at least where they end records, too."""
MOSTLY = 0.8
"""So many of them stand between whole records then."""


def likely(sample: bytes) -> Newline:
    """Return what the text shows at once; ``mixed`` where the records must decide."""
    pairs = sample.count(b"\r\n")
    lf, cr = sample.count(b"\n") - pairs, sample.count(b"\r") - pairs
    if cr and (lf or pairs):
        return "mixed"
    return _usual(lf, pairs) if lf or pairs or not cr else "cr"


def decided(sample: bytes, dialect: Dialect, *, whole: bool) -> Dialect:
    """Return the dialect with the newline that its first records tell.

    ``dialect``: one where each newline ends a record.
    """
    part = sample[:PART]
    grammar = Grammar(dialect)
    ends: list[bytes] = []
    widths: list[int] = []
    lasts: list[bool] = []
    quoted: list[bool] = []
    at = 0
    while at < len(part):
        record = grammar.record(part, at)
        if record.after == len(part) and not (whole and part is sample):
            break
        is_none = record.end == at or grammar.is_comment(part, at)
        ends.append(part[record.end : record.after])
        widths.append(0 if is_none else len(record.fields))
        lasts.append(says_so(part[at : record.end]))
        quoted.append(record.bare[-1] is None and record.state == "ok")
        at = record.after
    usual = usual_width([width for width in widths if width] or [1])
    good = [width in (0, usual) for width in widths]
    # Remarks above the records and lines that say that they are none are whole as well.
    first = widths.index(usual) if usual in widths else 0
    good = [fits or at < first or lasts[at] for at, fits in enumerate(good)]
    crs = [index for index, end in enumerate(ends) if end == b"\r"]
    others = Counter(end for end in ends if end.endswith(b"\n"))
    if crs and not others:
        return replace(dialect, newline="cr")
    between = [index for index in crs if good[index] and all(good[index + 1 : index + 2])]
    often = len(crs) >= OFTEN * len(ends) or any(quoted[index] for index in between)
    if crs and often and len(between) >= MOSTLY * len(crs):
        return dialect
    return replace(dialect, newline=_usual(others[b"\n"], others[b"\r\n"]))


def _usual(lf: int, pairs: int) -> Newline:
    return "crlf" if pairs > lf else "lf"
