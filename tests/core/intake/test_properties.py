"""Whatever table is written in a supported dialect comes back; damage stays where it is."""

import csv
import io
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.spellings import DELIMITERS, Spelling

from csvflow.contract import InputError

LAW = settings(
    derandomize=True,
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELL = st.text(
    st.one_of(
        st.sampled_from(',;\t|"\n\r x1é'),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)
"""Any text; a NUL byte is none."""
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELL] * width), min_size=1, max_size=12)
)


def written(rows, *, delimiter=",", newline="\n"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow([f"n{index}" for index in range(len(rows[0]))])
    writer.writerows(rows)
    return text.getvalue()


@LAW
@given(TABLE, st.sampled_from([None, 7, 50]))
def test_lines_are_those_that_the_csv_module_counts(read, rows, block):
    text = written(rows)
    reader = csv.reader(io.StringIO(text, newline=""))
    starts = [1]
    for _ in reader:
        starts.append(reader.line_num + 1)  # noqa: PERF401 - it changes while reading
    found = read(text.encode(), block=block, header=1, preamble=0, delimiter=",", encoding="utf-8")
    assert found.lines == starts[1:-1]


@LAW
@given(
    st.integers(0, 19),
    st.sampled_from(["short", "long", "byte", "open"]),
    st.sampled_from([None, 1, 64]),
)
def test_one_damaged_record_leaves_the_others_exact(read, place, kind, block):
    good = [f'{n},"text {n}","two\nlines {n}",{n}.5'.encode() for n in range(20)]
    bad = {
        "short": b'7,"text",x',
        "long": b'7,"text",x,1.5,9',
        "byte": b'7,"te\xffxt",x,1.5',
        "open": b'7,"text,x,1.5',
    }
    records = [*good[:place], bad[kind], *good[place:]]
    data = b"\n".join([b"a,b,c,d", *records, b""])
    found = read(data, block=block, encoding="utf-8", delimiter=",", header=1)
    assert [(row, line) for row, line, *_ in found.damaged] == [(place + 1, 2 + 2 * place)]
    expected = [(str(n), f"text {n}", f"two\nlines {n}", f"{n}.5") for n in range(20)]
    assert found.rows == expected
    assert found.count == 21


def spelled(rows, *, delimiter, quote, escape, newline):
    """Write every cell in quotes; quotes inside are doubled, or escaped if there is an escape."""

    def cell(text):
        if escape is not None:
            text = text.replace(escape, escape * 2).replace(quote, escape + quote)
        else:
            text = text.replace(quote, quote * 2)
        return quote + text + quote

    names = [f"n{index}" for index in range(len(rows[0]))]
    return "".join(delimiter.join(map(cell, row)) + newline for row in [names, *rows])


TOLD = {"header": 1, "preamble": 0, "footer": 0, "comment": "none", "trailing": "keep"}
"""Cells of any text may look like anything: what stands above and below is told."""


NAMES = ("name", "size", "kind", "place")


@st.composite
def spelled_tables(draw, *, quoting, escapes):
    """Return rows of any text and a spelling that can hold them, with names above them."""
    spelling = Spelling(
        delimiter=draw(st.sampled_from(DELIMITERS)),
        newline=draw(st.sampled_from(["\n", "\r\n", "\r", "mixed"])),
        quote=draw(st.sampled_from("\"'")),
        quoting=draw(st.sampled_from(quoting)),
        escape=draw(st.sampled_from(escapes)),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])),
        final_newline=draw(st.booleans()),
        seed=draw(st.integers(0, 9)),
    )
    rows = draw(TABLE)
    names, rows = spelling.held(NAMES[: len(rows[0])], rows, numbers=None)
    return rows, replace(spelling, header=(names,))


@LAW
@given(spelled_tables(quoting=["all"], escapes=["doubled"]), st.sampled_from([None, 1, 13, 64]))
def test_any_text_in_quotes_is_read_with_nothing_told(read, sending, block):
    rows, spelling = sending
    found = read(spelling.write(rows), block=block)
    assert found.dialect["delimiter"] == spelling.delimiter
    assert found.rows == rows
    assert found.damaged == []


SAID = {
    "delimiter": "delimiter",
    "quote": "quote",
    "escape": "escape",
    "header_lines": "header",
    "preamble_lines": "preamble",
    "footer_lines": "footer",
    "comment": "comment",
    "trailing_delimiter": "trailing",
    "encoding": "encoding",
}
"""What a report says, and the key of `csv:` that overrides it."""


@LAW
@given(spelled_tables(quoting=["minimal", "all", "none"], escapes=["doubled", "backslash"]))
def test_a_wrong_verdict_is_seen_in_the_report_and_can_be_overridden(read, sending):
    rows, spelling = sending
    data, expected = spelling.write(rows), spelling.expected(rows)
    told = read(data, **spelling.told)
    assert told.rows == expected
    assert told.damaged == []
    try:
        found = read(data)
    except InputError:
        return
    if found.rows != expected and not found.damaged:
        assert any(found.dialect[key] != told.dialect[key] for key in SAID)


@LAW
@given(
    TABLE,
    st.sampled_from([",", "||", ", ", "::", "<|>", "¦", "aé", "~"]),
    st.sampled_from(['"', "'"]),
    st.sampled_from([None, "\\", "^"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([None, 1, 13, 64]),
)
def test_a_table_in_any_dialect_comes_back_when_it_is_told(
    read, rows, delimiter, quote, escape, newline, block
):
    text = spelled(rows, delimiter=delimiter, quote=quote, escape=escape, newline=newline)
    found = read(
        text.encode(),
        block=block,
        encoding="utf-8",
        delimiter=delimiter,
        quote=quote,
        escape=escape or "none",
        doubled=escape is None,
        **TOLD,
    )
    assert found.rows == rows
    assert found.damaged == []


WESTERN = st.text(st.sampled_from('abcXYZ ,;"äöüßéèñç€—’123'), max_size=12)  # noqa: RUF001


@LAW
@given(
    st.lists(st.tuples(WESTERN, WESTERN), min_size=1, max_size=12),
    st.sampled_from(["cp1252", "cp1250", "iso-8859-15", "utf-16-le", "utf-32-be", "cp1140"]),
)
def test_a_table_in_a_told_encoding_comes_back(read, rows, encoding):
    text = spelled(rows, delimiter=",", quote='"', escape=None, newline="\n")
    data = text.encode(encoding, "ignore")
    kept = [tuple(cell.encode(encoding, "ignore").decode(encoding) for cell in row) for row in rows]
    found = read(data, encoding=encoding, delimiter=",", escape="none", **TOLD)
    assert found.rows == kept
    assert found.damaged == []


@LAW
@given(
    st.lists(st.sampled_from(["good", "multi", "comment", "blank", "short"]), max_size=20),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    st.sampled_from([",", "||", ", "]),
    st.integers(0, 3),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([None, 1, 9, 50]),
)
def test_lines_are_those_of_the_original_file(
    read, kinds, encoding, delimiter, preamble, newline, block
):
    text = {
        "good": delimiter.join(["é", "2"]),
        "multi": delimiter.join([f'"x{newline}{newline}y"', "2"]),
        "comment": '# it"s, one',
        "blank": "",
        "short": "é",
    }
    lines = ["x"] * preamble + [delimiter.join("ab")]
    rows, refused = [], []
    for kind in kinds:
        line = newline.join(lines).count(newline) + 2
        if kind in ("good", "multi"):
            rows.append(line)
        elif kind == "short":
            refused.append(line)
        lines.append(text[kind])
    data = (newline.join(lines) + newline).encode(encoding)
    # Many short records at the end are another layout: one that fits stands behind them.
    data += (delimiter.join(["1", "2"]) + newline).encode(encoding.replace("utf-16", "utf-16-le"))
    rows.append(newline.join(lines).count(newline) + 2)
    found = read(
        data,
        block=block,
        encoding=encoding,
        delimiter=delimiter,
        comment="#",
        preamble=preamble,
        header=1,
        footer=0,
    )
    assert found.lines == rows
    assert [line for _, line, *_ in found.damaged] == refused
