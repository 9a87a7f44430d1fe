"""One damaged record is one reject with its line and its bytes; every other record arrives."""

import pytest

DAMAGED = {
    # name: (bytes, options, rows, lines, damaged as (row, line, code, raw))
    "too few fields": (
        b"a,b\n1,2\n3\n5,6\n",
        {},
        [("1", "2"), ("5", "6")],
        [2, 4],
        [(2, 3, "row.field-count", "3")],
    ),
    "too many fields": (
        b"a,b\n1,2,3\n5,6\n",
        {},
        [("5", "6")],
        [3],
        [(1, 2, "row.field-count", "1,2,3")],
    ),
    "last record too short": (
        b"a,b\n1,2\n3",
        {},
        [("1", "2")],
        [2],
        [(2, 3, "row.field-count", "3")],
    ),
    "all records too short": (
        b"a,b,c\n1,2\n3,4\n",
        {},
        [],
        [],
        [(1, 2, "row.field-count", "1,2"), (2, 3, "row.field-count", "3,4")],
    ),
    "too long stays a reject when padded": (
        b"a,b\n1,2,3\n4\n",
        {"ragged": "pad"},
        [("4", None)],
        [3],
        [(1, 2, "row.field-count", "1,2,3")],
    ),
    "ragged with quoted newline": (
        b'a,b\n1,"x\ny",3\n5,6\n',
        {},
        [("5", "6")],
        [4],
        [(1, 2, "row.field-count", '1,"x\ny",3')],
    ),
    "ragged behind quoted newlines": (
        b'a,b\n1,"x\n\ny"\n3\n5,6\n',
        {},
        [("1", "x\n\ny"), ("5", "6")],
        [2, 6],
        [(2, 5, "row.field-count", "3")],
    ),
    "ragged in crlf": (
        b"a,b\r\n1\r\n5,6\r\n",
        {},
        [("5", "6")],
        [3],
        [(1, 2, "row.field-count", "1")],
    ),
    "ragged below a preamble": (
        b"Report\n\na,b\n1\n5,6\n",
        {"preamble": 2},
        [("5", "6")],
        [5],
        [(1, 4, "row.field-count", "1")],
    ),
    "ragged in utf-16": (
        "a,b\né\n5,6\n".encode("utf-16"),
        {},
        [("5", "6")],
        [3],
        [(1, 2, "row.field-count", "é")],
    ),
    "invalid byte in the first record": (
        b"a,b\nx\xff,2\n3,4\n",
        {"encoding": "utf-8"},
        [("3", "4")],
        [3],
        [(1, 2, "row.encoding", "x\\xff,2")],
    ),
    "invalid byte in the last record": (
        b"a,b\n1,2\n3,4\n5,\xe9",
        {"encoding": "utf-8"},
        [("1", "2"), ("3", "4")],
        [2, 3],
        [(3, 4, "row.encoding", "5,\\xe9")],
    ),
    "invalid bytes in two records": (
        b'a,b\n\xc3,2\n"x\ny",4\n5,\xe9\xe9\n7,8\n',
        {"encoding": "utf-8"},
        [("x\ny", "4"), ("7", "8")],
        [3, 6],
        [(1, 2, "row.encoding", "\\xc3,2"), (3, 5, "row.encoding", "5,\\xe9\\xe9")],
    ),
    "unclosed quote": (
        b'a,b\n1,2\n3,"x\n5,6\n7,8\n9,10\n',
        {},
        [("1", "2"), ("5", "6"), ("7", "8"), ("9", "10")],
        [2, 4, 5, 6],
        [(2, 3, "row.unclosed-quote", '3,"x')],
    ),
    "unclosed quote in the last record": (
        b'a,b\n1,2\n3,"x\n',
        {},
        [("1", "2")],
        [2],
        [(2, 3, "row.unclosed-quote", '3,"x')],
    ),
    "unclosed quote at the very end": (
        b'a,b\n1,2\n3,"x',
        {},
        [("1", "2")],
        [2],
        [(2, 3, "row.unclosed-quote", '3,"x')],
    ),
    "unclosed quote before quoted fields": (
        b'a,b,c\n1,"x,2\n3,"y",4\n5,"z",6\n7,"u",8\n9,"v",10\n',
        {},
        [("3", "y", "4"), ("5", "z", "6"), ("7", "u", "8"), ("9", "v", "10")],
        [3, 4, 5, 6],
        [(1, 2, "row.unclosed-quote", '1,"x,2')],
    ),
    "unclosed quote over two lines": (
        b'a,b\n1,"x\ny z\n3,"u"\n5,"v"\n7,"w"\n',
        {},
        [("3", "u"), ("5", "v"), ("7", "w")],
        [4, 5, 6],
        [(1, 2, "row.unclosed-quote", '1,"x\ny z')],
    ),
    "text behind a closing quote": (
        b'a,b\n1,"x"y\n3,4\n',
        {},
        [("3", "4")],
        [3],
        [(1, 2, "row.stray-quote", '1,"x"y')],
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("block", [None, 1, 5, 32])
def test_the_damaged_record_is_told_and_the_others_arrive(read, name, block):
    data, options, rows, lines, damaged = DAMAGED[name]
    found = read(data, block=block, **options)
    assert found.damaged == damaged
    assert found.rows == rows
    assert found.lines == lines
    assert found.count == len(rows) + len(damaged)
    refused = {row for row, *_ in damaged}
    assert found.numbers == [n for n in range(1, found.count + 1) if n not in refused]


@pytest.mark.parametrize("block", [None, 1, 5, 32, 4096])
def test_a_record_beyond_the_limit_is_one_reject(read, block):
    data = b"a,b\n1,2\n3," + b"x" * 500 + b"\n5,6\n7,8\n"
    found = read(data, block=block, max_field=100)
    assert [item[:3] for item in found.damaged] == [(2, 3, "row.too-long")]
    assert found.damaged[0][3].startswith("3,xxx")
    assert found.rows == [("1", "2"), ("5", "6"), ("7", "8")]
    assert found.lines == [2, 4, 5]
    assert found.numbers == [1, 3, 4]
