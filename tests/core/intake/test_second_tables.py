"""Where files or tables were put one below the other, the seam is found and no table misread."""

import pytest

from csvflow.contract import InputError

BLOCKS = [None, 1, 5, 64]
REPEATED = {
    # name: (bytes, options, rows, lines, damaged as (row, line, code, raw))
    "in the middle": (
        b"id,name\n1,ann\nid,name\n2,bob\n",
        {},
        [("1", "ann"), ("2", "bob")],
        [2, 4],
        [(2, 3, "row.repeated-header", "id,name")],
    ),
    "right below the header": (
        b"id,name\nid,name\n2,bob\n",
        {"header": 1},
        [("2", "bob")],
        [3],
        [(1, 2, "row.repeated-header", "id,name")],
    ),
    "at the end": (
        b"id,name\n1,ann\nid,name",
        {},
        [("1", "ann")],
        [2],
        [(2, 3, "row.repeated-header", "id,name")],
    ),
    "behind a blank line": (
        b"id,name\n1,ann\n\nid,name\n2,bob\n3,cid\n",
        {},
        [("1", "ann"), ("2", "bob"), ("3", "cid")],
        [2, 5, 6],
        [(2, 4, "row.repeated-header", "id,name")],
    ),
    "twice in a row": (
        b"id,name\n1,ann\nid,name\nid,name\n2,bob\n",
        {},
        [("1", "ann"), ("2", "bob")],
        [2, 5],
        [(2, 3, "row.repeated-header", "id,name"), (3, 4, "row.repeated-header", "id,name")],
    ),
    "with a byte order mark": (
        b"\xef\xbb\xbfid,name\n1,ann\n\xef\xbb\xbfid,name\n2,bob\n",
        {"header": 1},
        [("1", "ann"), ("2", "bob")],
        [2, 4],
        [(2, 3, "row.repeated-header", "\ufeffid,name")],
    ),
    "in crlf, quoted": (
        b'"id","na""me"\r\n"1","ann"\r\n"id","na""me"\r\n"2","bob"\r\n',
        {},
        [("1", "ann"), ("2", "bob")],
        [2, 4],
        [(2, 3, "row.repeated-header", '"id","na""me"')],
    ),
    "with two columns of one name": (
        b"a,a,\n1,2,3\na,a,\n4,5,6\n",
        {"header": 1},
        [("1", "2", "3"), ("4", "5", "6")],
        [2, 4],
        [(2, 3, "row.repeated-header", "a,a,")],
    ),
    "not as a part of a longer line": (
        b"id,name\n1,id\nxid,name\nid,names\nid,Name\n",
        {"header": 1},
        [("1", "id"), ("xid", "name"), ("id", "names"), ("id", "Name")],
        [2, 3, 4, 5],
        [],
    ),
    "not within quotes": (
        b'id,name\n1,"x\nid,name\ny"\n2,bob\n',
        {},
        [("1", "x\nid,name\ny"), ("2", "bob")],
        [2, 5],
        [],
    ),
    "not where the first record may be a row": (
        b"ann,5\nann,5\nbob,6\n",
        {"header": 1},
        [("ann", "5"), ("bob", "6")],
        [2, 3],
        [],
    ),
    "above short records at the end": (
        b"id,name\n1,ann\n7\nid,name\n8\n",
        {},
        [("1", "ann")],
        [2],
        [
            (2, 3, "row.field-count", "7"),
            (3, 4, "row.repeated-header", "id,name"),
            (4, 5, "row.field-count", "8"),
        ],
    ),
    "not in a file of one column": (
        b"word\nhello\nword\n",
        {"header": 1},
        [("hello",), ("word",)],
        [2, 3],
        [],
    ),
    "not where there is no header": (
        b"a,b\na,b\n",
        {"header": "none"},
        [("a", "b"), ("a", "b")],
        [1, 2],
        [],
    ),
}


@pytest.mark.parametrize("name", REPEATED)
@pytest.mark.parametrize("block", BLOCKS)
def test_a_repeated_header_is_no_row(read, name, block):
    data, options, rows, lines, damaged = REPEATED[name]
    found = read(data, block=block, **options)
    assert found.damaged == damaged
    assert found.rows == rows
    assert found.lines == lines
    assert found.count == len(rows) + len(damaged)


SECOND = {
    # name: (bytes, the line of the second header)
    "two columns of figures": (b"id,name,sum\n1,a,5\n2,b,6\n\nkey,word,rate\n7,c,8\n", 5),
    "dates": (b"day,sum\n2026-01-01,5\n2026-01-02,6\n\nuntil,rate\n2026-01-03,8\n", 5),
    "several blank lines": (b"id,sum\n1,5\n2,6\n\n\n\nkey,rate\n7,8\n", 7),
    "crlf": (b"id,sum\r\n1,5\r\n2,6\r\n\r\nkey,rate\r\n7,8\r\n", 5),
    "blank lines in the first table": (b"id,sum\n1,5\n\n2,6\n\n3,6\n\nkey,rate\n7,8\n", 8),
    "figures that become words": (
        b"name,sum\nann,5\nbob,6\n\ncity,mayor\nRome,cid\nParis,dan\n",
        5,
    ),
    "words that become figures": (b"name,sum\nann,5\nbob,6\n\nyear,rate\n2026,1\n2027,2\n", 5),
    "further down": (b"id,name,sum\n" + b"1,a,5\n" * 300 + b"\nkey,word,rate\n7,c,8\n", 303),
    "a damaged record above": (b'id,sum\n1,5\n2,6\n3,"x"y\n\nkey,rate\n7,8\n', 6),
}


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("block", BLOCKS)
def test_a_second_table_as_wide_as_the_first_is_refused(read, name, block):
    data, line = SECOND[name]
    with pytest.raises(InputError, match=f"from line {line} on a second table") as told:
        read(data, block=block, header=1)
    assert told.value.code == "input.second-table"


ONE_TABLE = {
    "blank lines alone": b"id,sum\n1,5\n\n2,6\n\n\n3,7\n",
    "double spaced": b"id,sum\n\n1,5\n\n2,6\n\n3,7\n\n",
    "one cell of words below a blank line": b"id,name,sum\n1,a,5\n2,b,6\n\n3,c,unknown\n4,d,7\n",
    "one column of figures, with a word for none": b"name,sum\nann,5\nbob,6\n\ncid,absent\ndan,7\n",
    "words without a blank line": b"id,sum\n1,5\n2,6\nkey,rate\n7,8\n",
    "the same word throughout": b"id,sum\n1,5\n2,6\n\nnone,none\n7,8\n",
    "empty cells": b"id,name,sum\n1,a,5\n2,b,6\n\n,total,\n7,c,8\n",
    "words at the very end": b"id,sum\n1,5\n2,6\n\nsee,below\n",
    "text alone": b"name,city\nann,Rome\nbob,Paris\n\ncid,Oslo\ndan,Bern\n",
    "figures here and there": b"name,note\nann,1\nbob,x\n\ncid,y\ndan,z\n",
    "one record above": b"id,sum\n1,5\n\nkey,rate\n7,8\n",
}


@pytest.mark.parametrize("name", ONE_TABLE)
@pytest.mark.parametrize("block", BLOCKS)
def test_blank_lines_and_odd_records_are_no_second_table(read, name, block):
    data = ONE_TABLE[name]
    expected = [tuple(cell or None for cell in line.split(",")) for line in data.decode().split()]
    assert read(data, block=block, header=1, footer=0).rows == expected[1:]
