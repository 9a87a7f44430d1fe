"""Lines at the end that are no records: totals, counts and marks of the end."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record

TAIL = 1 << 16
MOST = 5
"""A footer that is found, not told, has at most so many lines."""
_TOTALS = (
    r"(?:(?:grand|sub|net)[ -]?)?total(?:s|e|es|en|t|i)?|(?:closing )?balance|sum|count"
    r"|(?:end|zwischen|gesamt)?summe|gesamt|insgesamt|anzahl|(?:end|schluss)?saldo|kontostand"
    r"|somme|nombre|solde|suma|cantidad|razem|totaal|aantal|antal|yhteensä"
    r"|celkem|spolu|összesen|toplam|σύνολο|итого|всего|разом|סה\"כ|المجموع"
    r"|合計|合计|總計|总计|小計|합계"
)
_UNITS = (
    r"rows?|records?|lines?|entries|zeilen|datensätze|lignes|enregistrements|filas|registros"
    r"|righe|wiersze|строк|行|件"
)
_OTHERS = (
    r"rows?|records?|lines?|source|generated|exported|created|printed|report|page|trailer|quelle"
    r"|stand|seite|erstellt|exportiert|end of"
)
_FIGURES = r"\d[\d.,' ]*"
_TOTAL = re.compile(rf"\W*({_TOTALS})(?!\w)", re.IGNORECASE)
_SAYS = re.compile(
    rf"\W*(?:{_TOTALS})(?:\W*$|[^\d:=]{{0,40}}(?:[:=]|(?<!\w)\d)|\s*\()"
    rf"|\W*{_FIGURES}(?:{_UNITS})\W*(?:\w+\W*)?$"
    r"|\W*(?:eof|end|ende|fin|end of \w+|dateiende)\W*$",
    re.IGNORECASE,
)
"""What no record says that was cut off."""
_REMARKS = re.compile(
    rf"\W*(?:{_OTHERS})(?!\w)(?:[^:=]{{0,60}}[:=]|.*\d)|\W*(?:end of|trailer)(?!\w)",
    re.IGNORECASE,
)
"""What says so where a newline shows that nothing was cut off."""
_PHRASE = re.compile(r"(?:\S+\s+){2,}\S|.*[.!?:]$|.*\w: ")
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_INNER = re.compile(rb"[,;:](?= )|(?<=\d),(?=\d{3}\b)")
LOOKED_AT = 200
"""From one of so many lines of the tail on, records must be sound."""
SURE = 3


@dataclass(frozen=True, slots=True)
class Footer:
    """What stands at the end."""

    lines: int = 0
    """So many are no records."""
    total: str | None = None
    """The word by which the last record says that it may be a total."""


def detect(path: Path, start: int, dialect: Dialect, width: int) -> Footer:
    """Return how many lines at the end are a footer.

    A cut record looks like one: a line is taken that says so, or that stands behind a blank line
    and ends in a newline; everything else is left to be refused. A total in the shape of a record
    is taken behind a blank line only.
    """
    if width < 2:  # noqa: PLR2004 - every line of one column is a record
        return Footer()
    grammar = Grammar(dialect)
    widths = {width, width + dialect.trailing}
    size = path.stat().st_size
    for length in (TAIL >> 4, TAIL):
        begin = max(start, size - length)
        with path.open("rb") as file:
            file.seek(begin)
            text = file.read()
        whole = text[-1:] in (b"\r", b"\n")
        text = text.rstrip(b"\r\n")
        at = 0 if begin == start else _synchronised(text, grammar, widths)
        if at is not None:
            ends = _ends(text, at, grammar, widths)
            below = text[ends[-1] :]
            lines = _lines(below, grammar, dialect, whole=whole)
            if below and lines <= len(_NEWLINE.findall(below)):
                return Footer(lines)
            total = _total(text, ends, grammar)
            return Footer(lines + total.lines, total.total)
    return Footer()


def _synchronised(text: bytes, grammar: Grammar, widths: set[int]) -> int | None:
    """Return where a record begins for sure: several in a row from there are sound."""
    at = 0
    for _ in range(LOOKED_AT):
        _, at = grammar.line_end(text, at)
        behind = at
        for _ in range(SURE):
            record = grammar.record(text, behind)
            if not _is_good(record, widths) or record.after >= len(text):
                break
            behind = record.after
        else:
            return at
    return None


def _is_good(record: Record, widths: set[int]) -> bool:
    return (
        record.state == "ok"
        and len(record.fields) in widths
        and not any(bare is not None and b'"' in bare for bare in record.bare)
    )


def _ends(text: bytes, at: int, grammar: Grammar, widths: set[int]) -> list[int]:
    """Return where the last records end that have as many fields as the header."""
    ends = [at]
    while at < len(text):
        record = grammar.record(text, at)
        if record.state == "ok" and len(record.fields) in widths and record.end > at:
            ends = [*ends[-2:], record.after]
        at = record.after
    return ends


def _lines(tail: bytes, grammar: Grammar, dialect: Dialect, *, whole: bool) -> int:
    lines = _NEWLINE.split(tail)
    told = [line for line in lines if line and not grammar.is_comment(line, 0)]
    if len(lines) > MOST or not told or not all(_is_prose(line, grammar, dialect) for line in told):
        return 0
    texts = [line.decode(errors="replace").strip() for line in lines]
    for index, text in enumerate(texts):
        if (not text or _says(text, whole=whole)) and _ends_table(texts[index:], whole=whole):
            return len(lines) - index
    return 0


def _ends_table(texts: list[str], *, whole: bool) -> bool:
    """Tell whether each of the lines says what it is, or stands behind a blank line as a phrase."""
    lone = len([text for text in texts if text]) == 1
    behind = False
    for text in texts:
        behind |= not text
        phrase = whole and behind and any(map(str.isalpha, text)) and (lone or _PHRASE.match(text))
        if text and not phrase and not _says(text, whole=whole):
            return False
    return True


def says_so(line: bytes, *, whole: bool = True) -> bool:
    """Tell whether a line says that it is none of the records.

    ``whole``: it ends in a newline, so that it isn't a record that was cut off.
    """
    return _says(line.decode(errors="replace"), whole=whole)


def _says(text: str, *, whole: bool) -> bool:
    return bool(_SAYS.match(text) or (whole and _REMARKS.match(text)))


def _total(text: bytes, ends: list[int], grammar: Grammar) -> Footer:
    """Return whether the last record is a total: behind a blank line for sure, else perhaps."""
    if len(ends) < 3:  # noqa: PLR2004 - a record above it, and itself
        return Footer()
    before, above, _ = ends
    gap = re.match(rb"[\r\n]*", text[above:])
    blank = len(gap[0]) if gap is not None else 0
    last = grammar.record(text, above + blank).fields
    other = grammar.record(text, before).fields
    place = next((at for at, cell in enumerate(last) if cell.strip()), 0)
    found = _TOTAL.match(last[place].decode(errors="replace"))
    if found is None or _TOTAL.match(other[place].decode(errors="replace")):
        return Footer()
    if blank and text[before : before + 1] not in (b"\r", b"\n"):
        return Footer(lines=1 + len(_NEWLINE.findall(gap[0] if gap else b"")))
    return Footer(total=found[1])


def _is_prose(line: bytes, grammar: Grammar, dialect: Dialect) -> bool:
    """Tell whether no delimiter parts the line, but commas within sentences and numbers."""
    if dialect.delimiter in " :" and says_so(line):
        return True
    if dialect.delimiter in ",;:":
        line = _INNER.sub(b"", line)
    return len(grammar.record(line).fields) == 1


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last lines, or what of them is in the last 64 KiB of the file."""
    with path.open("rb") as file:
        file.seek(max(end_of_records(file.fileno(), count), path.stat().st_size - TAIL))
        text = file.read()
    lines = re.split(r"\r\n|\n|\r", text.decode(errors="backslashreplace").rstrip("\r\n"))
    return lines[-count:]


def end_of_records(descriptor: int, lines: int) -> int:
    """Return where the records end: before the footer's lines."""
    size = os.fstat(descriptor).st_size
    end = size
    found = -1
    while lines and end > 0:
        begin = max(end - TAIL, 0)
        text = os.pread(descriptor, end - begin, begin)
        if found < 0:
            text = text.rstrip(b"\r\n")
            found = 0
        cut = len(text)
        while lines and cut >= 0:
            cut = max(text.rfind(b"\n", 0, cut), text.rfind(b"\r", 0, cut))
            if cut < 0:
                break
            lines -= 1
            if text[cut : cut + 1] == b"\n" and text[cut - 1 : cut] == b"\r" and lines:
                cut -= 1
        if not lines:
            return begin + cut + 1
        end = begin
    return end if lines else size
