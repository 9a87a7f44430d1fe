"""The public test cases of csv-spectrum are read as they are meant to be."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "csv_spectrum"
CONTRADICTORY = {"location_coordinates"}
"""Its JSON has the telephone number 1234567890, its CSV 2095257564."""
NAMES = sorted({path.stem for path in FOLDER.glob("*.csv")} - CONTRADICTORY)


def test_eleven_of_twelve_cases_are_here():
    assert len(NAMES) == 11


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("block", [None, 1, 7])
def test_a_case_of_csv_spectrum_is_read_as_its_json_says(read, name, block):
    found = read((FOLDER / f"{name}.csv").read_bytes(), block=block)
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert [dict(zip(found.header, row, strict=True)) for row in found.rows] == expected
    assert found.damaged == []
