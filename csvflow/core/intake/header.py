"""What stands above the rows: remarks, blank lines, comments, and the names of the columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from csvflow.contract import RESERVED, InputError
from csvflow.core.intake.detect import marks
from csvflow.core.intake.detect.footer import end_of_records
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.grammar import Grammar, Record, count_lines, line_end
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.top import LONGEST_NAME, Top, lines_in, too_short


@dataclass(frozen=True, slots=True)
class Header:
    """The names, and where the rows begin."""

    names: list[str]
    text: bytes
    """As it is written, where it is one record."""
    end: int
    """How many bytes stand above the rows."""
    line: int
    """The physical line of the first row."""
    notes: list[str]
    """What was made of it, for people."""


def read(top: Top, options: CsvOptions, base: Dialect) -> tuple[Dialect, Header]:
    """Return the dialect of the text, and what stands above its rows."""
    if top.preamble:
        # It is left out already.
        options = options.model_copy(update={"preamble": 0})
    dialect = marks.detect(top.sample, options, base, whole=top.whole)
    header = _read(top, dialect, options)
    above = dialect.preamble_lines
    dialect = replace(dialect, preamble_lines=top.preamble or (above and above + top.lines))
    return dialect, replace(header, end=top.offset + header.end, line=top.lines + header.line)


def _read(top: Top, dialect: Dialect, options: CsvOptions) -> Header:
    sample = top.sample
    grammar = Grammar(dialect)
    notes: list[str] = []
    header_text = b""
    at = 0
    for _ in range(dialect.preamble_lines):
        _, at = line_end(sample, at)
    at = _to_record(grammar, sample, at)
    if at >= len(sample):
        _refuse_short(top, dialect, options)
        return Header([], b"", at, 1, notes)
    if not dialect.header:
        record = grammar.record(sample, at)
        _refuse_cut(record, top)
        width = len(record.fields)
        _refuse_width(width, options)
        names = [f"column_{n}" for n in range(1, width + 1)]
        return Header(names, b"", at, 1 + count_lines(sample[:at]), notes)
    parts: list[list[str]] = []
    for _ in range(dialect.header_lines):
        if at >= len(sample):
            raise too_short("header", dialect.header_lines, top.lines + lines_in(sample))
        record = grammar.record(sample, at)
        _refuse_cut(record, top)
        if record.state != "ok":
            raise InputError(
                "input.header",
                "the header's quotes don't close"
                if record.state == "open"
                else "text stands behind a closing quote in the header",
                hint="say how it is written: `csv: {quote: …, header: …, preamble: …}`",
            )
        _refuse_width(len(record.fields), options)
        parts.append([cell.decode(errors="backslashreplace") for cell in record.fields])
        if dialect.header_lines == 1:
            header_text = sample[at : record.end]
        at = _to_record(grammar, sample, record.after)
        if at >= len(sample) and not top.whole:
            # What comes next may be cut.
            at = record.after
    if at >= len(sample) and options.header == "auto" and not dialect.preamble_lines:
        notes.append("the only line is taken as the header")
    parts = _without_trailing(parts, top, at, dialect, notes)
    names = _names(parts, notes)
    if len(names) == 1 and dialect.header_lines == 1 and not names[0]:
        names = ["column_1"]
    return Header(names, header_text, at, 1 + count_lines(sample[:at]), notes)


def refuse_footer(path: Path, end: int, lines: int) -> None:
    """Raise ``InputError`` (``input.footer``) if so many lines don't stand below the header.

    ``end``: where the rows begin.
    """
    with path.open("rb") as file:
        if end_of_records(file.fileno(), lines) > end:
            return
        file.seek(end)
        found = lines_in(file.read().rstrip(b"\r\n"))
    if found >= lines:
        return
    raise InputError(
        "input.footer",
        f"`csv: {{footer: {lines}}}` is told, and too few lines stand below the header: {found:,}",
        hint="is it the right file? `footer: auto` looks for one in each",
    )


def _without_trailing(
    parts: list[list[str]], top: Top, at: int, dialect: Dialect, notes: list[str]
) -> list[list[str]]:
    """Leave out what stands behind the last delimiter of the names; ``at``: the first row."""
    if dialect.trailing:
        if all(not part[-1] for part in parts):
            parts = [part[:-1] for part in parts]
        notes.append("the delimiter behind the last field of every record is left out")
    elif len(parts[0]) > 1 and not any(part[-1] for part in parts):
        below = Grammar(dialect).record(top.sample, at)
        if at < len(top.sample) and len(below.fields) == len(parts[0]) - 1:
            parts = [part[:-1] for part in parts]
            notes.append("the delimiter behind the last name is left out")
    return parts


def _refuse_cut(record: Record, top: Top) -> None:
    if record.after >= len(top.sample) and not top.whole:
        raise InputError(
            "input.header",
            f"the first record doesn't end within {len(top.sample):,} bytes",
            hint="is a quote open, or does another newline end it? `csv: {quote, newline, header}`"
            " say how it is written",
        )


def _refuse_short(top: Top, dialect: Dialect, options: CsvOptions) -> None:
    """Refuse a text that ends with the preamble that was told."""
    told = top.preamble or (0 if options.preamble == "auto" else options.preamble)
    lines = top.lines + lines_in(top.sample)
    if told == lines and dialect.header and (top.lines or top.sample.strip(b"\r\n")):
        raise too_short("preamble", told, lines)


def _names(parts: list[list[str]], notes: list[str]) -> list[str]:
    width = max(len(part) for part in parts)
    padded = [part + [""] * (width - len(part)) for part in parts]
    joined = [
        " ".join(word.strip() for word in column if word.strip())
        for column in zip(*padded, strict=True)
    ]
    names: list[str] = []
    taken = set(joined)
    given: set[str] = set()
    suffixes: dict[str, int] = {}
    for number, name in enumerate(joined, 1):
        _refuse_name(name, number)
        chosen = name or f"column_{number}"
        if not name:
            notes.append(f"column {number} has no name: it is `{chosen}`")
        if chosen in given:
            suffix = suffixes.get(chosen, 2)
            while f"{chosen}_{suffix}" in taken or f"{chosen}_{suffix}" in given:
                suffix += 1
            suffixes[chosen] = suffix
            chosen = f"{chosen}_{suffix}"
            notes.append(f"column {number} is a second `{name}`: it is `{chosen}`")
        given.add(chosen)
        names.append(chosen)
    return names


def _to_record(grammar: Grammar, sample: bytes, at: int) -> int:
    """Return where the next record begins: blank lines and comments are none."""
    while at < len(sample):
        end, after = grammar.line_end(sample, at)
        if end > at and not grammar.is_comment(sample, at):
            break
        at = after
    return at


def _refuse_name(name: str, number: int) -> None:
    if len(name) > LONGEST_NAME:
        raise InputError(
            "input.header",
            f"the name of column {number} has {len(name):,} characters; {LONGEST_NAME:,} may be",
            hint="is the first line a header? `csv: {header: none}` says that it isn't",
        )
    if name.lower().startswith(RESERVED):
        raise InputError(
            "input.header",
            f"the name of column {number}, `{name}`, begins with `{RESERVED}`",
            hint="such names are csvflow's own: rename it in the file",
        )


def _refuse_width(width: int, options: CsvOptions) -> None:
    if width > options.max_columns:
        raise InputError(
            "input.too-many-columns",
            f"the header has {width:,} columns; {options.max_columns:,} may be",
            hint="`csv: {max_columns: …}` allows more",
        )
