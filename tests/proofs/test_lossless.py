"""Every awkward value arrives exactly, or is rejected with its line, column and code."""

import csv
import sqlite3
from pathlib import Path

import pytest
from support import projects

COLUMNS = """
columns:
  n: int
  i: int
  d: decimal(10,2)
  f: float
  t: date
  x: text
"""
NOTHING = {"i": None, "d": None, "f": None, "t": None, "x": None}

# What stands in the file after the row's number, as `i,d,f,t,x`; what arrives, or which column
# the row is refused for.
TABLE = [
    ("007,,,,", "i"),
    ("12.7,,,,", "i"),
    ("1e3,,,,", "i"),
    ("0x1F,,,,", "i"),
    ("1_000,,,,", "i"),
    (" 5 ,,,,", "i"),
    ("+5,,,,", "i"),
    ("-0,,,,", "i"),
    ("nan,,,,", "i"),
    ("12345678901234567890,,,,", "i"),
    ("9223372036854775807,,,,", {"i": 9223372036854775807}),
    ("-9223372036854775808,,,,", {"i": -9223372036854775808}),
    ("9223372036854775808,,,,", "i"),
    ('"",,,,', "i"),
    ("0,,,,", {"i": 0}),
    ("-5,,,,", {"i": -5}),
    ("\uff15,,,,", "i"),
    (",12.345,,,", "d"),
    (",12.34,,,", {"d": 12.34}),
    (",12.5,,,", {"d": 12.5}),
    (",-0.01,,,", {"d": -0.01}),
    (",99999999.99,,,", {"d": 99999999.99}),
    (",123456789.00,,,", "d"),
    (",007.00,,,", "d"),
    (",1e2,,,", "d"),
    (",nan,,,", "d"),
    (',"12,50",,,', "d"),
    (",,0.1,,", {"f": 0.1}),
    (",,1e3,,", {"f": 1000.0}),
    (",,nan,,", "f"),
    (",,inf,,", "f"),
    (",,0.1234567890123456789,,", "f"),
    (",,,2026-02-30,", "t"),
    (",,,2026-01-01 10:00,", "t"),
    (",,,2024-02-29,", {"t": "2024-02-29"}),
    (",,,01/02/2026,", "t"),
    (",,,,007", {"x": "007"}),
    (',,,," 5 "', {"x": " 5 "}),
    (",,,,", {}),
    (',,,,""', {"x": ""}),
    (',,,,"two\nlines"', {"x": "two\nlines"}),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Load the table once; return its rows and its rejects, each by number."""
    folder = tmp_path_factory.mktemp("lossless")
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "orders.yaml").write_text(
        f"name: orders\nsource: '*.csv'\n{COLUMNS}"
        "sinks:\n  - sqlite: {path: out.db, table: t}\nrejects: {max: 100%}\n"
    )
    body = "".join(f"{number},{text}\n" for number, (text, _) in enumerate(TABLE))
    (folder / "values.csv").write_text("n,i,d,f,t,x\n" + body, encoding="utf-8")
    done = projects.csvflow("run", "values.csv", "--json", cwd=folder, check=0)
    (run,) = projects.report(done)["runs"]
    assert projects.balanced(run["rows"])
    connection = sqlite3.connect(folder / "out.db")
    rows = connection.execute("SELECT n, i, d, f, t, x FROM t").fetchall()
    connection.close()
    with Path(run["rejects"]["uri"]).open(newline="", encoding="utf-8") as file:
        rejects = {int(row["n"]): row for row in csv.DictReader(file)}
    return {row[0]: dict(zip("idftx", row[1:], strict=True)) for row in rows}, rejects


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[repr(text) for text, _ in TABLE])
def test_a_value_arrives_exactly_or_is_rejected(number, loaded):
    rows, rejects = loaded
    _, expected = TABLE[number]
    if isinstance(expected, dict):
        assert rows[number] == {**NOTHING, **expected}
        assert number not in rejects
    else:
        assert number not in rows
        reject = rejects[number]
        assert (reject["_column"], reject["_code"]) == (expected, "row.type")
        # The header is line 1; only the last record spans two lines.
        assert int(reject["_line"]) == number + 2
