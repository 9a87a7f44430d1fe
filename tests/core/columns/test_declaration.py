"""What an author writes under ``columns``, and what is said where it is wrong."""

import json
import pickle

import jsonschema
import pytest

from csvflow.contract import ConfigError
from csvflow.core.columns.schema import column_schema
from csvflow.core.columns.spec import Column, parse_column
from csvflow.core.columns.types import ColumnType

GOOD = [
    ("text", Column("x")),
    (None, Column("x")),
    ("int required unique", Column("x", ColumnType("int"), required=True, unique=True)),
    (
        "decimal(12, 2) >= 0 < 1000.50",
        Column("x", ColumnType("decimal", 12, 2), comparisons=((">=", "0"), ("<", "1000.50"))),
    ),
    ("decimal(5)", Column("x", ColumnType("decimal", 5, 0))),
    ("date %d/%m/%Y", Column("x", ColumnType("date", formats=("%d/%m/%Y",)))),
    (
        "date '%d de %B de %Y' | %Y-%m-%d >= 2020-01-31 required",
        Column(
            "x",
            ColumnType("date", formats=("%d de %B de %Y", "%Y-%m-%d")),
            required=True,
            comparisons=((">=", "2020-01-31"),),
        ),
    ),
    (
        "timestamp %d/%m/%Y %H:%M:%S zone Europe/Berlin",
        Column("x", ColumnType("timestamp", formats=("%d/%m/%Y %H:%M:%S",), zone="Europe/Berlin")),
    ),
    (
        "text in (open, 'in work', \"it's\") required",
        Column("x", required=True, choices=("open", "in work", "it's")),
    ),
    ("text matches ^[A-Z]{2}$ unique", Column("x", pattern="^[A-Z]{2}$", unique=True)),
    ("text matches '[A-Z ]{2}'", Column("x", pattern="[A-Z ]{2}")),
    ("text length <= 10", Column("x", most=10)),
    ("text length 2..5", Column("x", least=2, most=5)),
    ("text length 0", Column("x", least=0, most=0)),
    ("text from 'Cust ID' default ''", Column("x", sources=("Cust ID",), default="")),
    (
        "int from (a, 'b c') default -1",
        Column("x", ColumnType("int"), sources=("a", "b c"), default="-1"),
    ),
    (
        {"type": "decimal(12,2)", "from": "Amount", "required": True, "min": 0, "max": 10.5},
        Column(
            "x",
            ColumnType("decimal", 12, 2),
            required=True,
            comparisons=((">=", "0"), ("<=", "10.5")),
            sources=("Amount",),
        ),
    ),
    (
        {"type": "date required", "formats": ["%d/%m/%Y", "%Y-%m-%d"], "from": ["a", "b"]},
        Column(
            "x",
            ColumnType("date", formats=("%d/%m/%Y", "%Y-%m-%d")),
            required=True,
            sources=("a", "b"),
        ),
    ),
    ({"in": [1, 2], "type": "int"}, Column("x", ColumnType("int"), choices=("1", "2"))),
    ({"length": 3, "matches": "a b"}, Column("x", least=3, most=3, pattern="a b")),
    ({"type": "bool", "default": False}, Column("x", ColumnType("bool"), default="false")),
]


@pytest.mark.parametrize(("value", "column"), GOOD)
def test_a_declaration_is_read_and_printed_back(value, column):
    assert parse_column("x", value) == column
    assert parse_column("x", column.short()) == column
    jsonschema.validate(value, column_schema())


BAD = [
    ("integer", "`integer` is not a column type", "did you mean `int`?", None, 0),
    ("dat", "`dat` is not a column type", "did you mean `date`?", None, 0),
    ("numeric(10, 4)", "`numeric` is not a column type", "did you mean `decimal(10,4)`?", None, 0),
    ("number(9)", "`number` is not a column type", "did you mean `decimal(9,0)`?", None, 0),
    ("numeric", "`numeric` is not a column type", "did you mean `decimal(12,2)`?", None, 0),
    ("date YYYY-MM-DD", "`YYYY` is not a constraint", "write `%Y-%m-%d`", None, 5),
    (
        "timestamp dd.mm.yyyy HH:mm:ss required",
        "`dd` is not a constraint",
        "write `%d.%m.%Y %H:%M:%S`",
        None,
        10,
    ),
    (
        {"type": "date", "format": "D/M/YY"},
        "the format `D/M/YY` of a date needs one of %Y %y",
        "write `%-d/%-m/%y`",
        "format",
        None,
    ),
    (
        "decimal required",
        "`decimal` needs its digits",
        "write `decimal(12,2)` for 12 digits, 2 of them decimals",
        None,
        0,
    ),
    (
        "decimal(39,2)",
        "`decimal(39,2)` is not possible",
        "a decimal has 1 to 38 digits, of which some may be decimals",
        "type",
        0,
    ),
    ("int requird", "`requird` is not a constraint", "did you mean `required`?", None, 4),
    ("int required required", "`required` is said twice", None, None, 13),
    ("int >=", "`>=` needs a value", None, None, 6),
    ("int >= 0.5", "`0.5` is not int", None, "min", 7),
    ("int in (1, x)", "`x` is not int", None, "in", 11),
    ("text in open", "`in` needs a list", "write `in (open, closed)`", None, 8),
    (
        "text in (a b)",
        "the list of `in` doesn't end",
        "put values with spaces, commas or brackets in quotes",
        None,
        11,
    ),
    ("bool > 1", "`bool` has no order to compare by", None, "type", 0),
    ("int matches x", "`int` takes no `matches`", "text does", "matches", 0),
    ("int length 0..3", "`int` takes no `length`", "text does", "length", 0),
    ("text length 5..2", "no text has 5 to 2 characters", None, "length", None),
    (
        "text matches [a",
        "`[a` is not a regular expression: missing ]: [a",
        "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax",
        "matches",
        13,
    ),
    ("int %Y", "`int` takes no format", "date, time and timestamp do", "format", 0),
    (
        "date %d/%m",
        "the format `%d/%m` of a date needs one of %Y %y",
        None,
        "format",
        5,
    ),
    (
        "date %Y-%m-%d %H",
        "the format `%Y-%m-%d %H` of a date can't have `%H`",
        None,
        "format",
        5,
    ),
    ("time %I:%M", "the format `%I:%M` needs both %I and %p, or %H", None, "format", 5),
    (
        "timestamp %Y-%m-%dT%H:%M:%S%z",
        "the format `%Y-%m-%dT%H:%M:%S%z` of a timestamp can't have `%z`",
        "give the column a zone: `zone UTC`",
        "format",
        10,
    ),
    (
        "timestamp zone Europe/Berln",
        "there is no time zone `Europe/Berln`",
        "did you mean `Europe/Berlin`?",
        "zone",
        15,
    ),
    (
        "date >= 2020-02-30",
        "`2020-02-30` is not date",
        "write it as `2026-01-31`, or in the column's format",
        "min",
        8,
    ),
    ({"typ": "int"}, "column `x` has no key `typ`", "did you mean `type`?", "typ", None),
    (
        {"type": "int required", "required": True},
        "`required` is said twice: in `type` and by itself",
        None,
        "required",
        None,
    ),
    ({"required": "yes"}, "`required` is true or false", None, "required", None),
    ({"type": ["int"]}, "`type` is a text such as `int` or `decimal(12,2)`", None, "type", None),
    ({"in": []}, "`in` is empty", None, "in", None),
    ({"default": {"a": 1}}, "`default` is a single value", None, "default", None),
    (
        ["int"],
        "column `x` is neither a text nor a mapping",
        "write `int required`, or a mapping with `type`",
        None,
        None,
    ),
]


@pytest.mark.parametrize(("value", "message", "hint", "key", "offset"), BAD)
def test_a_mistake_is_told_with_its_place_and_what_to_do(value, message, hint, key, offset):
    with pytest.raises(ConfigError) as caught:
        parse_column("x", value)

    error = caught.value
    assert error.code == "config.column"
    assert (error.message, error.hint, error.key, error.offset) == (message, hint, key, offset)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("name", ["", "_csvflow_row"])
def test_a_name_of_csvflows_own_is_refused(name):
    with pytest.raises(ConfigError, match="name"):
        parse_column(name, "int")


@pytest.mark.parametrize("value", ["integer", {"typ": "int"}, 5, {"length": [1]}])
def test_the_schema_refuses_what_is_no_declaration(value):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, column_schema())
    json.dumps(column_schema())


def test_a_pattern_matches_the_whole_text_even_with_alternatives_and_stray_brackets():
    assert parse_column("x", "text matches a|b").pattern == "a|b"
    with pytest.raises(ConfigError, match="not a regular expression"):
        parse_column("x", "text matches 'a)|(?:b'")
