"""What stands in a file arrives, cell by cell: hand-made files and what they hold."""

import pytest

N = None

CLEAN = {
    # Each: the bytes, the options, the header, the rows, the lines that they begin on.
    "plain": (b"a,b\n1,2\n3,4\n", {}, "ab", [("1", "2"), ("3", "4")], [2, 3]),
    "no final newline": (b"a,b\n1,2\n3,4", {}, "ab", [("1", "2"), ("3", "4")], [2, 3]),
    "crlf": (b"a,b\r\n1,2\r\n3,4\r\n", {}, "ab", [("1", "2"), ("3", "4")], [2, 3]),
    "cr only": (b"a,b\r1,2\r3,4\r", {}, "ab", [("1", "2"), ("3", "4")], [2, 3]),
    "mixed newlines": (
        b"a,b\r\n1,2\n3,4\r5,6\n",
        {},
        "ab",
        [("1", "2"), ("3", "4"), ("5", "6")],
        [2, 3, 4],
    ),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", {}, "ab", [("1", "2")], [2]),
    "quoted byte order mark": (b'\xef\xbb\xbf"a","b"\n1,2\n', {}, "ab", [("1", "2")], [2]),
    "quoted newline": (
        b'a,b\n1,"x\ny"\n2,z\n',
        {},
        "ab",
        [("1", "x\ny"), ("2", "z")],
        [2, 4],
    ),
    "quoted crlf": (
        b'a,b\r\n1,"x\r\ny"\r\n2,z\r\n',
        {},
        "ab",
        [("1", "x\r\ny"), ("2", "z")],
        [2, 4],
    ),
    "quoted lone cr": (b'a,b\n1,"x\ry"\n2,z\n', {}, "ab", [("1", "x\ry"), ("2", "z")], [2, 4]),
    "doubled quotes": (b'a,b\n1,"say ""hi"""\n', {}, "ab", [("1", 'say "hi"')], [2]),
    "only a doubled quote": (b'a,b\n1,""""\n', {}, "ab", [("1", '"')], [2]),
    "quoted delimiter": (b'a,b\n1,"x,y"\n', {}, "ab", [("1", "x,y")], [2]),
    "quoted words are texts": (
        b'a,b\n"1",""\n"NA",NA\n',
        {"nulls": ["", "NA"]},
        "ab",
        [("1", ""), ("NA", N)],
        [2, 3],
    ),
    "quoted words that are null": (
        b'a,b\n"1",""\n"NA",NA\n"x",\n""""," "\n',
        {"nulls": ["", "NA"], "quoted_nulls": "null"},
        "ab",
        [("1", N), (N, N), ("x", N), ('"', " ")],
        [2, 3, 4, 5],
    ),
    "a null of MySQL where a backslash escapes": (
        b'a,b\n\\N,"\\N"\nx\\,y,\\\\N\nz,\\N\n',
        {},
        "ab",
        [(N, "N"), ("x,y", "\\N"), ("z", N)],
        [2, 3, 4],
    ),
    "a null of MySQL, read field by field": (
        b"a,b,c\n\\N,\\N\nx\\,y,\x01\x02\x03,\\N\n",
        {"escape": "\\", "ragged": "pad"},
        "abc",
        [(N, N, N), ("x,y", "\x01\x02\x03", N)],
        [2, 3],
    ),
    "a null of MySQL where other words are told": (
        b"a,b\n\\N,NA\nx\\,y,\\N\n",
        {"nulls": ["NA"]},
        "ab",
        [("N", N), ("x,y", "N")],
        [2, 3],
    ),
    "a null of MySQL where nothing escapes": (
        b"a,b\n\\N,x\n",
        {},
        "ab",
        [("\\N", "x")],
        [2],
    ),
    "quoted words that are null, read field by field": (
        b'a,b,c\n"1","",\n"NA",NA\n"\x01\x02\x03",""\n',
        {"nulls": ["", "NA"], "quoted_nulls": "null", "ragged": "pad"},
        "abc",
        [("1", N, N), (N, N, N), ("\x01\x02\x03", N, N)],
        [2, 3, 4],
    ),
    "quoted words that are null between long delimiters": (
        b'a||b\n"1"||""\n"NA"||"x||y"\n',
        {"nulls": ["", "NA"], "quoted_nulls": "null", "delimiter": "||"},
        "ab",
        [("1", N), (N, "x||y")],
        [2, 3],
    ),
    "quoted words that are null beside escapes, field by field": (
        b'a,b\n"1",""\n"\\N","x \\" y"\n"N"\n',
        {"nulls": ["", "\\N"], "quoted_nulls": "null", "escape": "\\", "ragged": "pad"},
        "ab",
        [("1", N), (N, 'x " y'), ("N", N)],
        [2, 3, 4],
    ),
    "quoted words that are null beside escapes": (
        b'a,b\n"1",""\n"\\N","x \\" y"\n',
        {"nulls": ["", "\\N"], "quoted_nulls": "null", "escape": "\\", "doubled": False},
        "ab",
        [("1", N), (N, 'x " y')],
        [2, 3],
    ),
    "empty is null": (b"a,b\n1,\n,2\n", {}, "ab", [("1", N), (N, "2")], [2, 3]),
    "quoted empty is text": (b'a,b\n1,""\n"",2\n', {}, "ab", [("1", ""), ("", "2")], [2, 3]),
    "null words": (
        b'a,b\nNA,"NA"\n,x\n',
        {"nulls": ("NA",)},
        "ab",
        [(N, "NA"), ("", "x")],
        [2, 3],
    ),
    "spaces stay": (b"a,b\n 1 ,  \n", {}, "ab", [(" 1 ", "  ")], [2]),
    "blank lines are no records": (
        b"a,b\n\n1,2\n\n\n3,4\n\n",
        {},
        "ab",
        [("1", "2"), ("3", "4")],
        [3, 6],
    ),
    "all fields empty is a record": (b"a,b\n,\n1,2\n", {}, "ab", [(N, N), ("1", "2")], [2, 3]),
    "one column": (b"a\nx\ny\n", {}, "a", [("x",), ("y",)], [2, 3]),
    "one column, blank line": (b"a\nx\n\ny\n", {}, "a", [("x",), ("y",)], [2, 4]),
    "one column, quoted empty": (b'a\nx\n""\ny\n', {}, "a", [("x",), ("",), ("y",)], [2, 3, 4]),
    "semicolons": (b"a;b\nx;2,5\ny;4,5\n", {}, "ab", [("x", "2,5"), ("y", "4,5")], [2, 3]),
    "tabs": (b"a\tb\nx\t2\ny\t4\n", {}, "ab", [("x", "2"), ("y", "4")], [2, 3]),
    "pipes": (b"a|b\nx|2\ny|4\n", {}, "ab", [("x", "2"), ("y", "4")], [2, 3]),
    "told delimiter": (b"a:b\nx:2\n", {"delimiter": ":"}, "ab", [("x", "2")], [2]),
    "long delimiter": (
        b'a||b\nx||2\n"p||q"||4\n',
        {"delimiter": "||"},
        "ab",
        [("x", "2"), ("p||q", "4")],
        [2, 3],
    ),
    "single quotes told": (
        b"a,b\n'x,y',2\n",
        {"quote": "'"},
        "ab",
        [("x,y", "2")],
        [2],
    ),
    "no quotes told": (b'a,b\n"x,2"\n', {"quote": "none"}, "ab", [('"x', '2"')], [2]),
    "backslash escapes told": (
        b'a,b\n"x\\"y",2\nz\\,,3\n',
        {"escape": "\\"},
        "ab",
        [('x"y', "2"), ("z,", "3")],
        [2, 3],
    ),
    "backslashes are text": (b"a,b\nC:\\x,2\n", {}, "ab", [("C:\\x", "2")], [2]),
    "comments told": (
        b"# made by hand\na,b\n1,2\n# more\n3,4\n",
        {"comment": "#"},
        "ab",
        [("1", "2"), ("3", "4")],
        [3, 5],
    ),
    "comment marks are text": (b"a,b\n#1,2\n", {}, "ab", [("#1", "2")], [2]),
    "preamble told": (b"Report\nof May\na,b\n1,2\n", {"preamble": 2}, "ab", [("1", "2")], [4]),
    "preamble found": (
        b"Report\nof May\na,b,c\n1,2,3\n4,5,6\n",
        {},
        "abc",
        [("1", "2", "3"), ("4", "5", "6")],
        [4, 5],
    ),
    "footer told": (b"a,b\n1,2\nTOTAL,9\n", {"footer": 1}, "ab", [("1", "2")], [2]),
    "footer without final newline": (b"a,b\n1,2\nTOTAL,9", {"footer": 1}, "ab", [("1", "2")], [2]),
    "control characters stay": (b"a,b\nx\x0b\x0cy,\x1b\n", {}, "ab", [("x\x0b\x0cy", "\x1b")], [2]),
    "unicode line separators are text": (
        "a,b\nx\u2028y,\u0085\n".encode(),
        {},
        "ab",
        [("x\u2028y", "\u0085")],
        [2],
    ),
    "stray quote in bare field": (
        b'a,b\n5" pipe,2\n3,4\n',
        {},
        "ab",
        [('5" pipe', "2"), ("3", "4")],
        [2, 3],
    ),
    "pad": (b"a,b\n1\n2,3\n", {"ragged": "pad"}, "ab", [("1", N), ("2", "3")], [2, 3]),
    "truncate": (
        b"a,b\n1,2,3\n4\n5,6\n",
        {"ragged": "truncate"},
        "ab",
        [("1", "2"), ("4", N), ("5", "6")],
        [2, 3, 4],
    ),
    "utf-16 with mark": (
        "a,b\né,2\n".encode("utf-16"),
        {},
        "ab",
        [("é", "2")],
        [2],
    ),
    "utf-16-be with mark": (
        b"\xfe\xff" + "a,b\né,2\n".encode("utf-16-be"),
        {},
        "ab",
        [("é", "2")],
        [2],
    ),
    "utf-32 with mark": ("a,b\né,2\n".encode("utf-32"), {}, "ab", [("é", "2")], [2]),
    "utf-16 without mark": ("a,b\nx,2\n".encode("utf-16-le"), {}, "ab", [("x", "2")], [2]),
    "cp1252 told": ("a,b\n€,2\n".encode("cp1252"), {"encoding": "cp1252"}, "ab", [("€", "2")], [2]),
    "header of two records": (
        b"sales,sales\nnet,gross\n1,2\n",
        {"header": 2},
        ["sales net", "sales gross"],
        [("1", "2")],
        [3],
    ),
    "no header told": (
        b"x,y\n1,2\n",
        {"header": "none"},
        ["column_1", "column_2"],
        [("x", "y"), ("1", "2")],
        [1, 2],
    ),
    "no header found": (
        b"1,2\n3,4\n",
        {},
        ["column_1", "column_2"],
        [("1", "2"), ("3", "4")],
        [1, 2],
    ),
    "quoted newline in header": (b'a,"b\nc"\n1,2\n', {}, ["a", "b\nc"], [("1", "2")], [3]),
    "header only": (b"a,b\n", {}, "ab", [], []),
    "header without newline": (b"a,b", {}, "ab", [], []),
    "empty": (b"", {}, [], [], []),
    "only newlines": (b"\n\n\n", {}, [], [], []),
    "only a mark": (b"\xef\xbb\xbf", {}, [], [], []),
}


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("remote", [False, True], ids=["in place", "fetched"])
def test_every_cell_arrives_with_its_line(read, name, remote):
    data, options, header, rows, lines = CLEAN[name]
    found = read(data, remote=remote, **options)
    assert found.header == list(header)
    assert found.rows == rows
    assert found.damaged == []
    assert found.lines == lines
    assert found.numbers == list(range(1, len(rows) + 1))
    assert found.count == len(rows)


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("block", [1, 3, 7, 16])
def test_where_blocks_end_changes_nothing(read, name, block):
    data, options, _, rows, lines = CLEAN[name]
    found = read(data, block=block, **options)
    assert found.rows == rows
    assert found.lines == lines
    assert found.damaged == []
