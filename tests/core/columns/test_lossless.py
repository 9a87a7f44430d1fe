"""A value arrives exactly, or its row is rejected: case by case."""

import pyarrow as pa
import pytest

from csvflow.contract import Mapped
from csvflow.core.columns.cases import LOSSLESS
from csvflow.core.columns.convert import NORMALISATIONS, converter
from csvflow.core.columns.marks import Marks
from csvflow.core.columns.spec import parse_column
from csvflow.core.columns.types import TYPE_NAMES, arrow_type
from csvflow.core.columns.typing import Typing

POINT = "\N{ARABIC DECIMAL SEPARATOR}"
SPACE = "\N{NARROW NO-BREAK SPACE}"


def load(short, *texts, marks=None):
    column = parse_column("x", short)
    convert = converter(column.type, marks) if marks else converter(column.type)
    done = convert(pa.array(texts, pa.utf8()))
    assert done.values.type == arrow_type(column.type)
    done.values.validate(full=True)
    bad = [False] * len(texts) if done.bad is None else done.bad.tolist()
    return [
        "row.type" if wrong else value
        for wrong, value in zip(bad, done.values.to_pylist(), strict=True)
    ]


@pytest.mark.parametrize(("short", "text", "loaded"), LOSSLESS)
def test_a_value_loads_exactly_or_is_rejected(short, text, loaded):
    typing = Typing((parse_column("x", short),)).bind(["x"])
    batch = pa.record_batch({"x": pa.array([text, None], pa.utf8())})

    done = typing.mapping(batch)

    if loaded is None:
        assert isinstance(done, Mapped)
        assert done.batch.column("x").to_pylist() == [None]
        assert done.kept.to_pylist() == [False, True]
        assert [(one.code, one.column) for one in done.rejected] == [("row.type", "x")]
        assert done.rejected[0].mask.to_pylist() == [True, False]
    else:
        assert isinstance(done, pa.RecordBatch)
        value, null = done.column("x").to_pylist()
        assert str(value) == loaded
        assert null is None


def test_every_type_has_cases_and_says_its_normalisations():
    assert {case.type.split()[0].split("(")[0] for case in LOSSLESS} == set(TYPE_NAMES)
    assert set(NORMALISATIONS) == set(TYPE_NAMES)


def test_decimal_comma_and_thousands_points_are_read_as_declared():
    german = Marks(decimal=",", thousands=".")
    values = load(
        "decimal(12,2)", "1.234.567,5", "1234,50", "-1.000", "1.23", "12.34,5", "1,5.000", "0,5",
        marks=german,
    )  # fmt: skip
    assert [str(value) for value in values] == [
        "1234567.50",
        "1234.50",
        "-1000.00",
        "row.type",
        "row.type",
        "row.type",
        "0.50",
    ]
    assert load("int", "1.234", "1234", "12.34", "0.123", ".123", marks=german) == [
        1234, 1234, "row.type", "row.type", "row.type",
    ]  # fmt: skip
    assert load("float", "1,5", "1.5", "1.000,25", "1,5e3", marks=german) == [
        1.5, "row.type", 1000.25, 1500.0,
    ]  # fmt: skip


def test_marks_of_several_bytes_are_read():
    arabic = Marks(decimal=POINT, thousands=SPACE)
    assert load("float", f"1{POINT}5", f"1{SPACE}000{POINT}5", "1.5", marks=arabic) == [
        1.5, 1000.5, "row.type",
    ]  # fmt: skip


def test_words_for_true_and_false_are_compared_in_any_case():
    words = Marks(true=("ja", "SÍ"), false=("nein", "naõ"))
    assert load("bool", "JA", "sí", "Nein", "NAÕ", "true", "", None, marks=words) == [
        True, True, False, False, "row.type", "row.type", None,
    ]  # fmt: skip


def test_years_of_two_digits_turn_at_69():
    values = load("date %d.%m.%y", "01.01.69", "31.12.68", "29.02.00")
    assert [str(value) for value in values] == ["1969-01-01", "2068-12-31", "2000-02-29"]


def test_json_nested_beyond_reason_is_rejected_and_long_numbers_are_not():
    assert load("json", "[" * 100_000, "1" * 5_000) == ["row.type", "1" * 5_000]
