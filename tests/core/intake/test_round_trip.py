"""A table as someone would send it, in whatever dialect and encoding, is read with nothing told.

What no reader could tell is left out, each by a condition that stands in ``sent``.
"""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.spellings import DELIMITERS, Spelling
from support.tables import ENCODINGS, UNICODE, WORDS, table

from csvflow.contract import InputError

LAW = settings(
    derandomize=True,
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FILLED = ("a title, filled up with delimiters to the width of the table",)
PREAMBLES = (
    (),
    ("Orders of May",),
    ("Orders of May", ""),
    ("Report: Orders, 2026", ""),
    ("Made by John, on Monday", "", "Only for you"),
    FILLED,
)
FOOTERS = ((), ("Total: 12",), ("12 rows",), ("", "Total: 1,234.50"), ("EOF",))
COMMENTS = ((), ("# made by hand", "# it's, one"), ("#x", "#x", "#x"))


@st.composite
def sent(draw):
    """Return the names, the rows, and how they are written."""
    language = draw(st.sampled_from(sorted(WORDS)))
    encoding = draw(st.sampled_from(UNICODE + ENCODINGS[language]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"]))
    inner = draw(st.sampled_from(["\n", "\n" if newline == "mixed" else newline]))
    names, rows = table(draw(st.integers(0, 100_000)), language, newline=inner)
    # In older encodings: half of the letters that the language has beyond ASCII.
    if encoding in UNICODE or not is_telling(language, encoding, rows):
        encoding = draw(st.sampled_from(UNICODE))
    else:
        rows = [tuple(c.encode(encoding, "ignore").decode(encoding) for c in row) for row in rows]
    spelling = Spelling(
        delimiter=draw(st.sampled_from(DELIMITERS)),
        newline=newline,
        quote=draw(st.sampled_from("\"'")),
        quoting=draw(st.sampled_from(["minimal", "all", "none"])),
        escape=draw(st.sampled_from(["doubled", "backslash", "none"])),
        encoding=encoding,
        final_newline=draw(st.booleans()),
        seed=draw(st.integers(0, 1_000)),
    )
    # A backslash is an escape where one stands before a mark.
    if spelling.escape == "backslash" and not escapes_marks(spelling, rows):
        spelling = replace(spelling, escape="doubled")
    names, rows = spelling.held(names, rows)
    # Two marks between two columns may as well stand around a column of nothing.
    if len(names) == 2 and spelling.delimiter in ("||", "::", ";;"):
        names, rows = (*names, "rank"), [(*row, str(n)) for n, row in enumerate(rows, 1)]
    kind = draw(st.sampled_from(["one", "one", "none", "groups"]))
    header = {"one": (names,), "none": (), "groups": (grouped(names), names)}[kind]
    # Groups are told from titles where a group has several columns.
    if kind == "groups" and len(names) < 3:
        header = (names,)
    # A delimiter behind the last field is one where no name stands there.
    trailing = bool(header) and draw(st.booleans())
    width = len(names) + trailing
    widths = {len(names), width}
    preamble = draw(st.sampled_from(PREAMBLES))
    if preamble == FILLED:
        preamble = ("Orders" + spelling.delimiter * (width - 1),) if width > 2 else ()
    elif not stands_above(spelling, preamble, widths, header):
        preamble = ()
    footer = draw(st.sampled_from(FOOTERS))
    comments = draw(st.sampled_from(COMMENTS))
    # Remarks have another number of fields than the records have, with or without the last one.
    return (
        names,
        rows,
        replace(
            spelling,
            header=header,
            trailing=trailing,
            preamble=preamble,
            footer=footer if widths.isdisjoint(map(spelling.parts, footer)) else (),
            comments=comments if widths.isdisjoint(map(spelling.parts, comments)) else (),
        ),
    )


def is_telling(language, encoding, rows):
    letters = {c.lower() for c in WORDS[language] if c > "\x7f"}
    text = "".join(map("".join, rows)).lower()
    there = {c for c in text if c in letters and c.encode(encoding, "ignore")}
    return len(letters) <= 2 * len(there)


def escapes_marks(spelling, rows):
    marks = ['"', "'", *spelling.delimiter, "\n", "\r"]
    return any("\\" + mark in spelling.record(row) for row in rows for mark in marks)


def grouped(names):
    half = (len(names) + 1) // 2
    return ("group",) * half + ("other",) * (len(names) - half)


def stands_above(spelling, lines, widths, header):
    """Whether the lines are no records: parted into some other number, and names below them."""
    if spelling.delimiter in " :" and not header:
        return False
    parts = list(map(spelling.parts, lines))
    return max(parts, default=1) == 1 or (
        widths.isdisjoint(parts) and bool(header) and spelling.delimiter not in " ::"
    )


@LAW
@given(sent(), st.sampled_from([None, 4_096]))
def test_a_table_in_any_dialect_and_encoding_is_read_with_nothing_told(read, sending, block):
    names, rows, spelling = sending
    data = spelling.write(rows)
    try:
        found = read(data, block=block)
    except InputError as refused:
        # Where two older encodings fit alike, neither is taken: that one thing is to be told.
        if refused.code != "input.encoding" or spelling.encoding in UNICODE:
            raise
        found = read(data, block=block, encoding=spelling.encoding)
    assert found.rows == spelling.expected(rows)
    assert found.damaged == []
    assert found.dialect["delimiter"] == spelling.delimiter
    assert found.dialect["header_lines"] == len(spelling.header)
    if len(spelling.header) == 1:
        assert tuple(found.header) == names
