import math

import pytest

from csvflow.core.pipeline.scalars import typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+5", 5),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("12345678901234567890", 12345678901234567890),
    ],
)
def test_core_schema_values_are_typed(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_nan_is_a_number():
    assert math.isnan(typed(".nan"))


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "yes", "NO", "y", "tRUE", "nULL", "12:30", "1_000", "0777", "007", "-012"),
        *("2026-01-01", "1e", "1.2.3", "0b11", "inf", "nan", "00.5", "1" * 5000, "=", "<<", "5s"),
    ],
)
def test_everything_else_stays_text(text):
    assert typed(text) == text
