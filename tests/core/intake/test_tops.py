"""However much stands above a header, however long it is: it is found, or it is said why not."""

import pytest

from csvflow.contract import InputError
from csvflow.core.codes import input as codes

TABLE = b"id,n\n1,a\n2,b\n"
ROWS = [("1", "a"), ("2", "b")]
BLANK = 600_000
COMMENTS = "# made by händ\r\n".encode() * 80_000

FAR = {
    # name: (what stands above the table, options, how many lines those are)
    "blank lines": (b"\n" * 1_100_000, {}, 1_100_000),
    "blank lines with CRLF": (b"\r\n" * BLANK, {}, BLANK),
    "blank lines cut within CRLF": (b"\n" + b"\r\n" * BLANK, {}, BLANK + 1),
    "blank lines with CR": (b"\r" * 1_100_000, {}, 1_100_000),
    "just a window": (b"\n" * (1 << 20), {}, 1 << 20),
    "a window but one byte": (b"\n" * ((1 << 20) - 1), {}, (1 << 20) - 1),
    "a byte order mark": (b"\xef\xbb\xbf" + b"\n" * 1_100_000, {}, 1_100_000),
    "comments": (COMMENTS, {"comment": "#"}, 80_000),
    "comments and blank lines": (COMMENTS + b"\r\n" * BLANK, {"comment": "#"}, 80_000 + BLANK),
    "a preamble that is told": (b"about it\n" * 150_000, {"preamble": 150_000}, 150_000),
    "a preamble and blank lines": (
        b"about it\n" * 10 + b"\n" * 1_100_000,
        {"preamble": 10},
        1_100_010,
    ),
}


@pytest.mark.parametrize("name", FAR)
def test_a_table_is_found_below_a_megabyte_of_nothing(read, name):
    above, options, lines = FAR[name]
    found = read(above + TABLE, **options)
    assert found.header == ["id", "n"]
    assert found.rows == ROWS
    assert found.lines == [lines + 2, lines + 3]
    assert found.raw == ["1,a", "2,b"]
    assert found.dialect["preamble_lines"] == options.get("preamble", 0)


def test_a_preamble_below_blank_lines_is_counted_from_the_first_line(read):
    found = read(b"\n" * 1_100_000 + b"Orders of March\n\n" + TABLE)
    assert found.rows == ROWS
    assert found.dialect["preamble_lines"] == 1_100_001
    assert found.lines == [1_100_004, 1_100_005]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_rows_below_a_megabyte_of_blank_lines_have_their_lines(read, newline):
    found = read(b"id,n" + newline * 1_100_000 + b"1,a" + newline)
    assert found.rows == [("1", "a")]
    assert found.lines == [1_100_001]


def test_a_comment_that_the_sample_cuts_is_no_row(read):
    found = read(b"id,n\n" + b"# nothing here\n" * 80_000 + b"1,a\n2,b\n", comment="#")
    assert found.rows == ROWS
    assert found.damaged == []
    assert found.lines == [80_002, 80_003]


@pytest.mark.parametrize("title", [b"", b"All that we have\n\n"], ids=["alone", "below a title"])
def test_a_header_longer_than_a_megabyte_is_read_whole(read, title):
    names = [f"{'n' * 395}{number:05}" for number in range(3_000)]
    cells = ["1"] * 3_000
    found = read(title + f"{','.join(names)}\n{','.join(cells)}\n".encode())
    assert found.header == names
    assert found.rows == [tuple(cells)]


def test_a_first_record_longer_than_a_megabyte_is_read_whole_where_there_is_no_header(read):
    text = "x" * 1_500_000
    found = read(f"1,{text},y\n2,b,c\n".encode(), header="none")
    assert found.rows == [("1", text, "y"), ("2", "b", "c")]


SHORT = {
    # name: (the text, options, the code, the reason)
    "a header that never ends": (
        b"x" * 2_000_000,
        {},
        "input.header",
        "the first record doesn't end within 1,048,576 bytes",
    ),
    "a preamble": (
        b"1,2,3\n",
        {"preamble": 2},
        "input.header",
        "`csv: {preamble: 2}` is told, and the text has too few lines for it: 1",
    ),
    "a preamble without anything below": (
        b"1,2,3\n4,5,6\n",
        {"preamble": 2},
        "input.header",
        "`csv: {preamble: 2}` is told, and the text has too few lines for it: 2",
    ),
    "a preamble of a large file": (
        b"a,b\n" * 300_000 + b"a,b",
        {"preamble": 300_002},
        "input.header",
        "`csv: {preamble: 300002}` is told, and the text has too few lines for it: 300,001",
    ),
    "a header": (
        b"a,b\nc,d\n",
        {"header": 3},
        "input.header",
        "`csv: {header: 3}` is told, and the text has too few lines for it: 2",
    ),
    "a footer": (
        b"a,b\n1,2\n",
        {"footer": 2},
        "input.footer",
        "`csv: {footer: 2}` is told, and too few lines stand below the header: 1",
    ),
    "a footer that would take the header": (
        b"a,b",
        {"footer": 1},
        "input.footer",
        "`csv: {footer: 1}` is told, and too few lines stand below the header: 0",
    ),
    "a footer without a header": (
        b"1,2\n",
        {"header": "none", "footer": 2},
        "input.footer",
        "`csv: {footer: 2}` is told, and too few lines stand below the header: 1",
    ),
}


@pytest.mark.parametrize("name", SHORT)
def test_lines_that_are_told_must_be_there(opened, name):
    data, options, code, reason = SHORT[name]
    with pytest.raises(InputError) as refused:
        opened(data, **options)
    assert refused.value.code == code
    assert code in codes.CODES
    assert reason in str(refused.value)


EMPTY = {
    "nothing": (b"", {"preamble": 1, "header": 2, "footer": 3}),
    "blank lines": (b"\n\n\n", {"preamble": 1, "header": 1, "footer": 1}),
    "very many blank lines": (b"\n" * 2_500_000, {}),
    "a header and as many lines as the footer has": (b"a,b\n1,2\n", {"footer": 1}),
    "a header only": (b"a,b\n", {"header": 1, "footer": 0}),
    "a preamble where no header is due": (b"H,1\n", {"preamble": 1, "header": "none"}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_text_without_rows_is_just_empty(read, name):
    data, options = EMPTY[name]
    found = read(data, **options)
    assert (found.rows, found.damaged, found.count) == ([], [], 0)


def test_a_lone_line_is_the_header_and_that_is_noted(read):
    assert read(b"1,2,3\n").notes == ["the only line is taken as the header"]
    assert read(b"1,2,3\n", header=1).notes == []
    assert read(b"a,b\n1,2\n").notes == []
