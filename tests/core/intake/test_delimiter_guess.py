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
