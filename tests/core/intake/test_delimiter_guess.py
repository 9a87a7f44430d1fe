"""The header's own delimiter wins over a mark that happens to stand in every row."""

import pytest

from csvflow.contract import InputError
from csvflow.core.intake.detect import marks
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.options import CsvOptions

ROWS = 58
FILES = {
    "decimal commas, two rows too long": (
        "id;name;price\n"
        + "".join(f"{n};n{n};{n},50{';oops' if n in (7, 31) else ''}\n" for n in range(ROWS)),
        ";",
    ),
    "tabs, a comma in every address": (
        "id\tname\taddr\n"
        + "".join(f"{n}\tn{n}\tfoo, bar{chr(9) if n == 9 else ''}\n" for n in range(ROWS)),
        "\t",
    ),
    "commas, values that end in a semicolon": (
        "id,ts,name\n"
        + "".join(f"{n},2026-01-01 10:01,n;{',x' if n == 9 else ''}\n" for n in range(ROWS)),
        ",",
    ),
    "quoted names, decimal commas": (
        "id;name;price\n"
        + "".join(f'{n};"n{n}";{n},50{";x" if n == 9 else ""}\n' for n in range(ROWS)),
        ";",
    ),
    "pipes, decimal commas": (
        "id|name|price\n"
        + "".join(f"{n}|n{n}|{n},50{'|x' if n == 9 else ''}\n" for n in range(ROWS)),
        "|",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_the_headers_own_delimiter_wins(name):
    text, delimiter = FILES[name]
    found = marks.detect(text.encode(), CsvOptions(), Dialect(), whole=True)
    assert (found.delimiter, found.preamble_lines, found.header_lines) == (delimiter, 0, 1)


def test_a_title_above_the_table_is_left_out():
    text = "Orders; made on 2026-07-01\n\nid,name\n" + "".join(f"{n},n{n}\n" for n in range(ROWS))
    found = marks.detect(text.encode(), CsvOptions(), Dialect(), whole=True)
    assert (found.delimiter, found.preamble_lines, found.header_lines) == (",", 1, 1)


def test_times_in_one_column_are_not_parted_at_their_colons():
    text = "when\n2026-11-22 08:08:09\n2026-11-23 09:08:09\n"
    found = marks.detect(text.encode(), CsvOptions(), Dialect(), whole=True)
    assert (found.delimiter, found.preamble_lines, found.header_lines) == (",", 0, 1)


WHOLE = {
    # name: (the text, what is found, the rows)
    "cells that are all in single quotes, double ones inside": (
        "a,b\n'1','say \"x\"'\n'2','y'\n",
        {"quote": "'"},
        [("1", 'say "x"'), ("2", "y")],
    ),
    "delimiters taken literally without quotes": (
        "a|b|c\n1|x\\|y|z\n2|u\\|v|w\n3|q|r\n",
        {"delimiter": "|", "escape": "\\"},
        [("1", "x|y", "z"), ("2", "u|v", "w"), ("3", "q", "r")],
    ),
    "folders end in a backslash": (
        "a,b\nC:\\x\\,1\nC:\\y\\,2\n",
        {"delimiter": ",", "escape": None},
        [("C:\\x\\", "1"), ("C:\\y\\", "2")],
    ),
    "a title filled up to the width of the table": (
        "Orders;;\n;;\nid;name;price\n1;x;2,5\n2;y;3,5\n",
        {"delimiter": ";", "preamble_lines": 2},
        [("1", "x", "2,5"), ("2", "y", "3,5")],
    ),
    "a title with the delimiter in it": (
        "Report: Orders, 2026\n\nid,name,price\n1,x,2\n2,y,3\n",
        {"delimiter": ",", "preamble_lines": 1},
        [("1", "x", "2"), ("2", "y", "3")],
    ),
    "a total below quoted cells": (
        'a,b,c\n"1","x","v"\n"2","y","w"\nTotal: 1,234.50\n',
        {"footer_lines": 1},
        [("1", "x", "v"), ("2", "y", "w")],
    ),
    "a count below the rows": (
        "a,b\n1,x\n2,y\n12 rows\n",
        {"footer_lines": 1},
        [("1", "x"), ("2", "y")],
    ),
    "states in every row are no names": (
        "open,Leeds\npaid,York\nopen,York\npaid,Leeds\n",
        {"header": False},
        [("open", "Leeds"), ("paid", "York"), ("open", "York"), ("paid", "Leeds")],
    ),
    "a rare delimiter": ("a<>b\n1<>x\n2<>y\n", {"delimiter": "<>"}, [("1", "x"), ("2", "y")]),
    "an empty last field without a newline": ('a,b\n1,x\n"2",', {}, [("1", "x"), ("2", None)]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_makes_cells_whole_is_taken(read, name):
    text, says, rows = WHOLE[name]
    found = read(text.encode())
    assert {key: found.dialect[key] for key in says} == says
    assert found.rows == rows
    assert found.damaged == []


N = None
TABLES = {
    # name: (the text, the delimiter, the header, the rows); all of it is found out
    "an empty column, no header": (
        "1,,x\n2,,y\n3,,z\n",
        ",",
        ["column_1", "column_2", "column_3"],
        [("1", N, "x"), ("2", N, "y"), ("3", N, "z")],
    ),
    "empty columns behind the others": (
        "id,name,,\n1,a,,\n2,b,,\n",
        ",",
        ["id", "name", "column_3"],
        [("1", "a", N), ("2", "b", N)],
    ),
    "an empty column between two": (
        "id;;name\n1;;a\n2;;b\n",
        ";",
        ["id", "column_2", "name"],
        [("1", N, "a"), ("2", N, "b")],
    ),
    "two marks, as they stand between three": (
        "1;;x;;5\n2;;y;;6\n",
        ";;",
        ["column_1", "column_2", "column_3"],
        [("1", "x", "5"), ("2", "y", "6")],
    ),
    "amounts between tildes": (
        "a~b\n1,5~2\n2,5~3\n",
        "~",
        ["a", "b"],
        [("1,5", "2"), ("2,5", "3")],
    ),
    "amounts between carets": (
        "a^b\n1,5^2\n2,5^3\n",
        "^",
        ["a", "b"],
        [("1,5", "2"), ("2,5", "3")],
    ),
    "amounts between control characters": (
        "a\x01b\n1,5\x012\n2,5\x013\n",
        "\x01",
        ["a", "b"],
        [("1,5", "2"), ("2,5", "3")],
    ),
    "amounts between spaces": (
        "datum temp\n2024-01-01 5,2\n2024-01-02 6,3\n",
        " ",
        ["datum", "temp"],
        [("2024-01-01", "5,2"), ("2024-01-02", "6,3")],
    ),
    "amounts, no header": (
        "1;2,5\n2;3,5\n3;4,5\n",
        ";",
        ["column_1", "column_2"],
        [("1", "2,5"), ("2", "3,5"), ("3", "4,5")],
    ),
    "amounts, a comma in each name": (
        "Betrag, EUR;Steuer, EUR\n1,50;0,30\n2,50;0,10\n",
        ";",
        ["Betrag, EUR", "Steuer, EUR"],
        [("1,50", "0,30"), ("2,50", "0,10")],
    ),
    "JSON with escapes of its own": (
        'id\tpayload\n1\t{"a":"say \\"hi\\" now"}\n2\t{"b":"x"}\n',
        "\t",
        ["id", "payload"],
        [("1", '{"a":"say \\"hi\\" now"}'), ("2", '{"b":"x"}')],
    ),
    "JSON with commas": (
        'id|payload\n1|{"a":1,"b":"x, y"}\n2|{"a":2,"b":"z"}\n',
        "|",
        ["id", "payload"],
        [("1", '{"a":1,"b":"x, y"}'), ("2", '{"a":2,"b":"z"}')],
    ),
    "an escape beside an empty quoted cell": (
        'id,name,note\n"1","","say \\"hi\\" now"\n"2","x","y"\n',
        ",",
        ["id", "name", "note"],
        [("1", "", 'say "hi" now'), ("2", "x", "y")],
    ),
    "escaped delimiters and newlines, no quotes": (
        "id\ttext\tn\n1\tx\\\ty\t2\n2\ta\\\nb\t5\n3\tc\t4\n",
        "\t",
        ["id", "text", "n"],
        [("1", "x\ty", "2"), ("2", "a\nb", "5"), ("3", "c", "4")],
    ),
    "two pipes between words": (
        "customer name||city\nAnn Lee||Bath\nBob Roe||York\n",
        "||",
        ["customer name", "city"],
        [("Ann Lee", "Bath"), ("Bob Roe", "York")],
    ),
    "lists and times between tildes": (
        "true~8:8~a, b\nfalse~4:2~c, d\n",
        "~",
        ["column_1", "column_2", "column_3"],
        [("true", "8:8", "a, b"), ("false", "4:2", "c, d")],
    ),
    "prose between tabs": (
        "Kunde\tOrder No.\nred table; open; blue\ta|b\nchair; York; paid\tc|d\n",
        "\t",
        ["Kunde", "Order No."],
        [("red table; open; blue", "a|b"), ("chair; York; paid", "c|d")],
    ),
    "an empty column before amounts": (
        "a|b\n|€ 95,87\n|€ 58,21\n",
        "|",
        ["a", "b"],
        [(N, "€ 95,87"), (N, "€ 58,21")],
    ),
    "inches in single quotes": (
        "id,desc\n1,'5\" pipe, long'\n2,'3\" pipe, short'\n",
        ",",
        ["id", "desc"],
        [("1", '5" pipe, long'), ("2", '3" pipe, short')],
    ),
    "a title and a newline in a cell, between commas and spaces": (
        'Title\n\nid, name, amt\n1, "a, b\nc", 2\n3, n, 5\n4, n, 5\n',
        ", ",
        ["id", "name", "amt"],
        [("1", "a, b\nc", "2"), ("3", "n", "5"), ("4", "n", "5")],
    ),
    "spaces on both sides, now and then": (
        "id , name ,amount\n1 , n1 , 1.5\n2 , n2 , 2.5\n",
        " ,",
        ["id", "name", "amount"],
        [("1", " n1", " 1.5"), ("2", " n2", " 2.5")],
    ),
    "a space behind the commas, but in the header": (
        "id,x,y\n1, 1.5, 1%\n2, 2.5, 2%\n",
        ",",
        ["id", "x", "y"],
        [("1", " 1.5", " 1%"), ("2", " 2.5", " 2%")],
    ),
    "a space behind the quotes": (
        '"a" ;"b"\n"1" ;"x"\n"2" ;"y"\n',
        " ;",
        ["a", "b"],
        [("1", "x"), ("2", "y")],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_marks_within_its_cells_is_read(read, name):
    text, delimiter, header, rows = TABLES[name]
    found = read(text.encode())
    assert found.dialect["delimiter"] == delimiter
    assert found.header == header
    assert found.rows == rows
    assert found.damaged == []


ONE_COLUMN = {
    # name: (the text's header, its cells)
    "people": ("name", ["Smith, John", "Doe, Jane", "Roe, Rick"]),
    "people, given name first": ("Full name", ["John Smith", "Jane Doe"]),
    "amounts": ("amount", ["1,5", "2,5", "3,75"]),
    "amounts in thousands": ("Betrag EUR", ["1.234,50", "2,00"]),
    "amounts with spaces": ("total amount", ["1 000", "2 500"]),
    "addresses": ("address", ["Main St 5, Leeds, UK", "Low St 6, York, UK"]),
    "telephones": ("phone number", ["0170 123456"]),
    "points in time": ("event time", ["2024-01-01 10:00:00", "2024-01-02 11:00:00"]),
    "places": ("location", ["52.5, 13.4", "48.1, 11.5"]),
    "prose": ("comment", ["I like it, but no", "no, thanks", "ok"]),
    "tags": ("tags", ["a;b", "c;d;e", "f"]),
    "amounts in dollars": ("usd", ["5,533.90", "1,835.13"]),
    "links": ("url", ["http://a.example/c?d=1,2", "https://a.example:80/d"]),
    "JSON": ("payload", ['{"a":1,"b":2}', '{"a":2,"b":3}']),
    "network cards": ("mac", ["aa:bb:cc:dd:ee:ff", "00:11:22:33:44:55"]),
}


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_one_column_stays_one_column(read, name):
    header, cells = ONE_COLUMN[name]
    found = read("\n".join([header, *cells, ""]).encode())
    assert found.header == [header]
    assert found.rows == [(cell,) for cell in cells]
    assert found.damaged == []


@pytest.mark.parametrize(
    "cells", [["10:00:00", "11:00:00"], ["2024-01-01 10:00", "2024-01-02 9:00"]]
)
def test_times_without_a_header_are_one_column(read, cells):
    found = read("\n".join(cells).encode())
    assert found.rows == [(cell,) for cell in cells]


OPEN = {
    # A title, a header of one column, or a header without a name for the names of the rows.
    "rows with names, one column": b'"x"\n"1",5\n"2",6\n',
    "people without spaces": b"name\nSmith,John\nDoe,Jane\n",
    "addresses without spaces": b"Full address\nMain St 5,Leeds,UK\nLow St 6,York,UK\n",
    "tags": b"tags\na;b\nc;d\n",
    "a title above words": b"Order of things\na|b|c\nd|e|f\n",
    "text behind the header's quotes": b'"a" ;"b"\n1;x\n2;y\n',
}


@pytest.mark.parametrize("name", OPEN)
def test_what_may_be_several_things_is_refused(read, name):
    with pytest.raises(InputError) as refused:
        read(OPEN[name])
    assert refused.value.code == "input.header"


@pytest.mark.parametrize("mark", [b",", b" ", b"\t"])
def test_a_header_one_name_short_fits_no_record(read, mark):
    found = read(b'"x","y"\n"1",5,6\n"2",6,7\n'.replace(b",", mark))
    assert found.header == ["x", "y"]
    assert found.rows == []
    assert [line for _, line, *_ in found.damaged] == [2, 3]


DAMAGED = {
    "one record too long": (
        b"id, name, amt\n1, ann, 2\n2, bob, 3, 9\n3, cy, 4\n4, dee, 5\n5, eve, 5\n",
        ", ",
        4,
    ),
    "a stray quote": (
        b'id, name, amt\n1, ann, 2\n2, "bo" b, 3\n3, cy, 4\n4, dee, 5\n5, eve, 5\n',
        ", ",
        4,
    ),
    "one record of three": (b"id|~|n\n1|~|a\n2|~|b|~|c\n3|~|c\n", "|~|", 2),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_one_damaged_record_doesnt_change_the_delimiter(read, name):
    data, delimiter, sound = DAMAGED[name]
    found = read(data)
    assert found.dialect["delimiter"] == delimiter
    assert len(found.rows) == sound
    assert [line for _, line, *_ in found.damaged] == [3]


def test_a_header_with_text_behind_its_quotes_is_refused_for_that(read):
    with pytest.raises(InputError, match="text stands behind a closing quote in the header"):
        read(b'"a" ;"b"\n1;x\n2;y\n')
