"""The header's own delimiter wins over a mark that happens to stand in every row."""

import pytest

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
