"""How a file is written is found out from itself, told in the report, and can be overridden."""

import pytest

from csvflow.contract import InputError

RUSSIAN = "имя,город\nИван,Москва\nПётр,Санкт-Петербург\nОльга,Новосибирск\n"  # noqa: RUF001
JAPANESE = "名前,都市\n山田太郎,東京\n鈴木一郎,大阪\n"
POLISH = "nazwa,miasto\nZażółć gęślą jaźń,Łódź\nŻółw,Kraków\n"
GREEK = "όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Θεσσαλονίκη\n"  # noqa: RUF001
AB = ["a", "b"]
ONE_X = [("1", "x"), ("2", "y")]

FOUND = {
    # name: (bytes, what the report says, header, rows, the lines that they begin on)
    "comma": (b"a,b\n1,x\n2,y\n", {"delimiter": ","}, AB, ONE_X, [2, 3]),
    "semicolon": (b"a;b\n1;x\n2;y\n", {"delimiter": ";"}, AB, ONE_X, [2, 3]),
    "tab": (b"a\tb\n1\tx\n2\ty\n", {"delimiter": "\t"}, AB, ONE_X, [2, 3]),
    "pipe": (b"a|b\n1|x\n2|y\n", {"delimiter": "|"}, AB, ONE_X, [2, 3]),
    "colon": (b"a:b\n1:x\n2:y\n", {"delimiter": ":"}, AB, ONE_X, [2, 3]),
    "space": (b"a b\n1 x\n2 y\n", {"delimiter": " "}, AB, ONE_X, [2, 3]),
    "tilde": (b"a~b\n1~x\n2~y\n", {"delimiter": "~"}, AB, ONE_X, [2, 3]),
    "caret": (b"a^b\n1^x\n2^y\n", {"delimiter": "^"}, AB, ONE_X, [2, 3]),
    "unit separator": (b"a\x1fb\n1\x1fx\n2\x1fy\n", {"delimiter": "\x1f"}, AB, ONE_X, [2, 3]),
    "ctrl-a": (b"a\x01b\n1\x01x\n2\x01y\n", {"delimiter": "\x01"}, AB, ONE_X, [2, 3]),
    "broken bar": ("a¦b\n1¦x\n2¦y\n".encode(), {"delimiter": "¦"}, AB, ONE_X, [2, 3]),
    "comma and space": (b"a, b\n1, x\n2, y\n", {"delimiter": ", "}, AB, ONE_X, [2, 3]),
    "comma and space, quoted": (
        b'a, b\n1, "x, y"\n2, "z"\n',
        {"delimiter": ", "},
        AB,
        [("1", "x, y"), ("2", "z")],
        [2, 3],
    ),
    "semicolon and space": (b"a; b\n1; x\n2; y\n", {"delimiter": "; "}, AB, ONE_X, [2, 3]),
    "two pipes": (b"a||b\n1||x\n2||y\n", {"delimiter": "||"}, AB, ONE_X, [2, 3]),
    "two pipes, empty fields": (
        b"a||b||c\n1||||3\n||||\n",
        {"delimiter": "||"},
        ["a", "b", "c"],
        [("1", None, "3"), (None, None, None)],
        [2, 3],
    ),
    "two pipes, quoted newline": (
        b'a||b\n1||"x||\n"\n2||y\n',
        {"delimiter": "||"},
        AB,
        [("1", "x||\n"), ("2", "y")],
        [2, 4],
    ),
    "two colons": (b"a::b\n1::x\n2::y\n", {"delimiter": "::"}, AB, ONE_X, [2, 3]),
    "pipe tilde pipe": (b"a|~|b\n1|~|x\n2|~|y\n", {"delimiter": "|~|"}, AB, ONE_X, [2, 3]),
    "tilde pipe tilde": (b"a~|~b\n1~|~x\n2~|~y\n", {"delimiter": "~|~"}, AB, ONE_X, [2, 3]),
    "told to Excel": (b"sep=;\na;b\n1;x\n2;y\n", {"preamble_lines": 1}, AB, ONE_X, [3, 4]),
    "decimal commas": (
        b"a;b\n1,5;x\n2,5;y\n",
        {"delimiter": ";"},
        AB,
        [("1,5", "x"), ("2,5", "y")],
        [2, 3],
    ),
    "commas in names": (
        b"Smith, John\t5\nDoe, Jane\t6\n",
        {"delimiter": "\t", "header": False},
        ["column_1", "column_2"],
        [("Smith, John", "5"), ("Doe, Jane", "6")],
        [1, 2],
    ),
    "times with colons": (
        b"at,to\n10:05,x\n11:10,y\n",
        {"delimiter": ","},
        ["at", "to"],
        [("10:05", "x"), ("11:10", "y")],
        [2, 3],
    ),
    "prose in quotes": (
        b'a;b\n1;"one, two, three"\n2;"one, two"\n',
        {"delimiter": ";"},
        AB,
        [("1", "one, two, three"), ("2", "one, two")],
        [2, 3],
    ),
    "single quotes": (
        b"a,b\n'1,5','x'\n'2','y'\n",
        {"quote": "'"},
        AB,
        [("1,5", "x"), ("2", "y")],
        [2, 3],
    ),
    "apostrophes": (b"a,b\n1,it's\n2,y\n", {"quote": '"'}, AB, [("1", "it's"), ("2", "y")], [2, 3]),
    "backslashes": (
        b'a,b\n1,"x\\"y"\n2,"y"\n',
        {"escape": "\\"},
        AB,
        [("1", 'x"y'), ("2", "y")],
        [2, 3],
    ),
    "paths": (b"a,b\n1,C:\\x\n2,y\n", {"escape": None}, AB, [("1", "C:\\x"), ("2", "y")], [2, 3]),
    "lf": (b"a,b\n1,x\n2,y\n", {"newline": "lf"}, AB, ONE_X, [2, 3]),
    "crlf": (b"a,b\r\n1,x\r\n2,y\r\n", {"newline": "crlf"}, AB, ONE_X, [2, 3]),
    "cr": (b"a,b\r1,x\r2,y\r", {"newline": "cr"}, AB, ONE_X, [2, 3]),
    "mixed": (b"a,b\r\n1,x\n2,y\r", {"newline": "mixed"}, AB, ONE_X, [2, 3]),
    "preamble": (b"Report of May\n\na,b\n1,x\n2,y\n", {"preamble_lines": 1}, AB, ONE_X, [4, 5]),
    "comments above": (
        b"# made, by, hand\n# x\na,b\n1,x\n2,y\n",
        {"comment": "#"},
        AB,
        ONE_X,
        [4, 5],
    ),
    "comments between": (b"a,b\n1,x\n# more\n2,y\n# end\n", {"comment": "#"}, AB, ONE_X, [2, 4]),
    "comments with quotes": (
        b'# it"s\na,b\n1,x\n# say "so\n2,y\n',
        {"comment": "#"},
        AB,
        ONE_X,
        [3, 5],
    ),
    "a header with the mark": (b"#a,b\n1,x\n2,y\n", {"comment": None}, ["#a", "b"], ONE_X, [2, 3]),
    "cells with the mark": (
        b"a,b\n#1,x\n#2,y\n",
        {"comment": None},
        AB,
        [("#1", "x"), ("#2", "y")],
        [2, 3],
    ),
    "a record with the mark among comments": (
        b"# one\na,b\n" + b"1,x\n" * 300 + b"#2,y\n",
        {"comment": "#"},
        AB,
        [("1", "x")] * 300 + [("#2", "y")],
        list(range(3, 304)),
    ),
    "total": (b"a,b\n1,x\n2,y\nTotal: 2\n", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "rows": (b"a,b\n1,x\n2,y\n(2 rows)\n", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "eof": (b"a,b\n1,x\n2,y\nEOF", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "below a blank line": (
        b"a,b\r\n1,x\r\n2,y\r\n\r\nGoodbye\r\n",
        {"footer_lines": 2},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing delimiters": (b"a,b,\n1,x,\n2,y,\n", {"trailing_delimiter": True}, AB, ONE_X, [2, 3]),
    "trailing but for the header": (
        b"a,b\n1,x,\n2,y,\n",
        {"trailing_delimiter": True},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing in the header only": (
        b"a,b,\n1,x\n2,y\n",
        {"trailing_delimiter": False},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing, some without": (
        b"a,b,\n1,x,\n2,y\n3,z,\n",
        {"trailing_delimiter": True},
        AB,
        [("1", "x"), ("2", "y"), ("3", "z")],
        [2, 3, 4],
    ),
    "an empty column is no trailing one": (
        b"a,b,c\n1,x,\n2,y,\n",
        {"trailing_delimiter": False},
        ["a", "b", "c"],
        [("1", "x", None), ("2", "y", None)],
        [2, 3],
    ),
    "no header": (b"1,x\n2,y\n", {"header": False}, ["column_1", "column_2"], ONE_X, [1, 2]),
    "no header, dates": (
        b"2026-01-02,x\n2026-01-03,y\n",
        {"header": False},
        ["column_1", "column_2"],
        [("2026-01-02", "x"), ("2026-01-03", "y")],
        [1, 2],
    ),
    "all text has a header": (b"x,y\nu,v\n", {"header": True}, ["x", "y"], [("u", "v")], [2]),
    "years as names": (
        b"name,2024,2025\nx,1,2\ny,3,4\n",
        {"header": True},
        ["name", "2024", "2025"],
        [("x", "1", "2"), ("y", "3", "4")],
        [2, 3],
    ),
    "groups above names": (
        b"sales,sales,cost\nnet,gross,net\n1,2,3\n4,5,6\n",
        {"header_lines": 2},
        ["sales net", "sales gross", "cost net"],
        [("1", "2", "3"), ("4", "5", "6")],
        [3, 4],
    ),
    "utf-8": ("a,b\né,x\n".encode(), {"encoding": "utf-8"}, AB, [("é", "x")], [2]),
    "utf-16-le": (
        "a,b\né,x\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-16-be": (
        "a,b\né,x\n".encode("utf-16-be"),
        {"encoding": "utf-16-be"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-32-le": (
        "a,b\né,x\n".encode("utf-32-le"),
        {"encoding": "utf-32-le"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-32-be": (
        "a,b\né,x\n".encode("utf-32-be"),
        {"encoding": "utf-32-be"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-16 of Cyrillic": (
        RUSSIAN.encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "utf-16 of Japanese": (
        JAPANESE.encode("utf-16-be"),
        {"encoding": "utf-16-be"},
        ["名前", "都市"],
        [("山田太郎", "東京"), ("鈴木一郎", "大阪")],
        [2, 3],
    ),
    "cp1252": (
        "a,b\nMüller,€ 5\nFrançois,naïve\n".encode("cp1252"),
        {"encoding": "cp1252"},
        AB,
        [("Müller", "€ 5"), ("François", "naïve")],
        [2, 3],
    ),
    "iso-8859-1 is read as its superset": (
        "a,b\ncafé,x\n".encode("latin-1"),
        {"encoding": "cp1252", "encoding_confidence": 0.82},
        AB,
        [("café", "x")],
        [2],
    ),
    "cp1250": (
        POLISH.encode("cp1250"),
        {"encoding": "cp1250"},
        ["nazwa", "miasto"],
        [("Zażółć gęślą jaźń", "Łódź"), ("Żółw", "Kraków")],
        [2, 3],
    ),
    "cp1251": (
        RUSSIAN.encode("cp1251"),
        {"encoding": "cp1251"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "koi8-r": (
        RUSSIAN.encode("koi8-r"),
        {"encoding": "koi8-r"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "cp1253": (
        GREEK.encode("cp1253"),
        {"encoding": "cp1253"},
        ["όνομα", "πόλη"],
        [("Γιώργος", "Αθήνα"), ("Μαρία", "Θεσσαλονίκη")],
        [2, 3],
    ),
    "shift-jis": (
        JAPANESE.encode("cp932"),
        {"encoding": "cp932"},
        ["名前", "都市"],
        [("山田太郎", "東京"), ("鈴木一郎", "大阪")],
        [2, 3],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_dialect_is_found_and_reported(read, name):
    data, says, header, rows, lines = FOUND[name]
    found = read(data)
    assert {key: found.dialect[key] for key in says} == says
    assert found.header == header
    assert found.rows == rows
    assert found.lines == lines
    assert found.damaged == []


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("block", [1, 6, 40])
def test_blocks_change_nothing_in_a_found_dialect(read, name, block):
    data, _, _, rows, lines = FOUND[name]
    found = read(data, block=block)
    assert found.rows == rows
    assert found.lines == lines
    assert found.damaged == []


TOLD = {
    # What is told overrides what would be found.
    "delimiter": (b"a;b\n1;x\n", {"delimiter": ","}, ["a;b"], [("1;x",)]),
    "no comments": (
        b"#a,b\n#\n1,x\n",
        {"comment": "none", "ragged": "pad"},
        ["#a", "b"],
        [("#", None), ("1", "x")],
    ),
    "another comment": (b"a,b\n-- x\n1,x\n", {"comment": "--"}, AB, [("1", "x")]),
    "a comment that fits": (b"a,b\n#1,x\n2,y\n", {"comment": "#"}, AB, [("2", "y")]),
    "a footer of records": (b"a,b\n1,x\n2,9\n", {"footer": 1}, AB, [("1", "x")]),
    "no footer": (b"a\nx\nTotal: 2\n", {"footer": 0}, ["a"], [("x",), ("Total: 2",)]),
    "trailing kept": (
        b"a,b,\n1,x,\n",
        {"trailing": "keep"},
        ["a", "b", "column_3"],
        [("1", "x", None)],
    ),
    "trailing dropped": (b"a,b\n1,x,\n", {"trailing": "drop"}, AB, [("1", "x")]),
    "header none": (
        b"a,b\n1,x\n",
        {"header": "none"},
        ["column_1", "column_2"],
        [("a", "b"), ("1", "x")],
    ),
    "header of three": (b"a,b\nc,d\ne,f\n1,x\n", {"header": 3}, ["a c e", "b d f"], [("1", "x")]),
    "header where numbers are": (b"1,2\n3,4\n", {"header": 1}, ["1", "2"], [("3", "4")]),
    "preamble none": (
        b"Report\na,b\n1,x\n2,y\n",
        {"preamble": 0, "ragged": "truncate"},
        ["Report"],
        [("a",), ("1",), ("2",)],
    ),
    "preamble with quotes": (b'it"s\na,b\n1,x\n', {"preamble": 1}, AB, [("1", "x")]),
    "escape is the quote": (b'a,b\n1,"x""y"\n', {"escape": '"', "quote": '"'}, AB, [("1", 'x"y')]),
    "escape without quotes": (
        b"a,b\n1\\,5,x\n",
        {"escape": "\\", "quote": "none"},
        AB,
        [("1,5", "x")],
    ),
    "long delimiter and escapes": (
        b'a||b\n1\\|\\|||"x\\"||"\n',
        {"delimiter": "||", "escape": "\\"},
        AB,
        [("1||", 'x"||')],
    ),
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("block", [None, 5])
def test_what_is_told_is_taken(read, name, block):
    data, options, header, rows = TOLD[name]
    found = read(data, block=block, **options)
    assert found.header == header
    assert found.rows == rows
    assert found.damaged == []


def test_a_record_below_a_trailing_delimiter_is_refused_where_text_stands_behind_it(read):
    data = b"a,b,\n" + b"1,x,\n" * 300 + b"2,y,z\n3,z,\n"
    found = read(data)
    assert found.damaged == [(301, 302, "row.field-count", "2,y,z")]
    assert found.rows[-1] == ("3", "z")


def test_a_cut_last_record_is_no_footer(read):
    found = read(b"a,b\n1,x\n2,y\nSmith")
    assert found.damaged == [(3, 4, "row.field-count", "Smith")]


CHANGED = {
    "another delimiter": (
        b"a,b,c\n" + b"1,2,3\n" * 30 + b"1;2;3\n" * 20,
        "input.layout-changed",
        32,
    ),
    "a column more": (b"a,b\n" + b"1,2\n" * 30 + b"1,2,3\n" * 20, "input.layout-changed", 32),
    "a column less": (b"a,b,c\n" + b"1,2,3\n" * 30 + b"1,2\n" * 20, "input.layout-changed", 32),
    "from the first record": (b"a,b\n" + b"1,2,3\n" * 20, "input.layout-changed", 2),
    "a second table": (b"a,b\n1,2\n3,4\n\nx,y,z\n1,2,3\n", "input.second-table", 5),
    "a narrower second table": (b"a,b,c\n1,2,3\n3,4,5\n\n\nx,y\n1,2\n", "input.second-table", 6),
    "a second table in crlf": (b"a,b\r\n1,2\r\n\r\nx,y,z\r\n1,2,3\r\n", "input.second-table", 4),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("block", [None, 1, 64])
def test_a_file_that_changes_its_mind_fails_and_says_where(read, name, block):
    data, code, line = CHANGED[name]
    with pytest.raises(InputError, match=f"from line {line} ") as failed:
        read(data, block=block)
    assert failed.value.code == code


@pytest.mark.parametrize("block", [None, 16])
def test_a_quote_open_for_too_many_lines_is_taken_for_unclosed(read, block):
    data = b'a,b\n1,"x\n' + b"2,y\n" * 50 + b'3,z"\n4,w\n'
    found = read(data, block=block, max_lines=20, footer=0)
    assert found.rows == [("2", "y")] * 50 + [("3", 'z"'), ("4", "w")]
    assert found.damaged == [(1, 2, "row.unclosed-quote", '1,"x')]
    whole = read(data, block=block, max_lines=60, footer=0)
    assert [len(row[1].splitlines()) for row in whole.rows] == [52, 1]
