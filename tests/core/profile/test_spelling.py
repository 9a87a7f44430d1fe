import pyarrow as pa
import pytest

from csvflow.core.profile.column import Profile
from csvflow.core.profile.numbers import Numbers
from csvflow.core.profile.spelling import Spelling, numbers_of, readings, spelling_of


def profile(*batches):
    made = Profile()
    for texts in batches:
        made.take(pa.array(texts, pa.utf8()))
    return made


POINT, COMMA = Spelling("."), Spelling(",")
ENGLISH, GERMAN = Spelling(".", ","), Spelling(",", ".")


@pytest.mark.parametrize(
    ("columns", "spelling"),
    [
        ([["1", "2"]], POINT),
        ([["1.5"]], POINT),
        ([["1,5"]], COMMA),
        ([["1.5"], ["1,5"]], POINT),
        ([["1.5"], ["1,5"], ["2,5"]], COMMA),
        ([["1,001", "2,002"]], POINT),
        ([["1.001", "2.002"]], POINT),
        ([["1,001"], ["0,5"]], COMMA),
        ([["1,001"], ["0.5"]], ENGLISH),
        ([["1.001"], ["0,5"]], GERMAN),
        ([["1,234.5"]], ENGLISH),
        ([["1.234,5"], ["7"]], GERMAN),
        ([["1 234"]], Spelling(".", " ")),
        ([["1 234,5"]], Spelling(",", " ")),
        ([["1'234'567"]], Spelling(".", "'")),
        ([["1,23,456"]], POINT),
        ([["1,234", "NA"], ["1.5"]], ENGLISH),
        ([["0,001", "0,002"]], COMMA),
        ([["x"], [None]], POINT),
    ],
)
def test_the_spelling_is_that_of_most_columns_and_never_a_guess(columns, spelling):
    assert spelling_of([profile(texts) for texts in columns]) == spelling


def test_what_is_given_leaves_only_the_rest_to_find_out():
    both = [profile(["1,001", "2,002"])]
    assert spelling_of(both, decimal=",") == COMMA
    assert spelling_of(both, thousands=",") == ENGLISH
    assert spelling_of(both, thousands="none") == COMMA
    assert spelling_of(both, decimal=".", thousands="none") == POINT
    assert spelling_of([profile(["5"])], decimal=",", thousands=".") == GERMAN


@pytest.mark.parametrize(
    ("batches", "spelling", "kind"),
    [
        ([["1", "999"], ["1,000", "12,345,678"]], ENGLISH, "int"),
        ([["1.25", "999.5"], ["1,000.5"]], ENGLISH, "decimal(6,2)"),
        ([["1.250", "999.500"], ["1.000,5"]], GERMAN, "decimal(7,1)"),
        ([["1", "999"], ["1.000", "2"], ["3", "4.000.000"]], GERMAN, "int"),
        ([["1", "999"], ["1.000", "2"], ["3,75"]], GERMAN, "decimal(6,2)"),
        ([["9,223,372,036,854,775,808"]], ENGLISH, "decimal(19,0)"),
        ([["-1,000"], ["-0"]], ENGLISH, None),
    ],
)
def test_marks_that_come_late_count_what_came_before(batches, spelling, kind):
    made = profile(*batches)
    numbers = numbers_of(made, spelling)
    found = numbers.type if isinstance(numbers, Numbers) and numbers.proved else None
    assert (str(found) if found else None) == kind
    if kind:
        assert numbers.good == sum(map(len, batches))


def test_every_spelling_that_reads_all_values_is_told():
    assert [one for one, _ in readings(profile(["1,001", "2,002"]))] == [COMMA, ENGLISH]
    assert [one for one, _ in readings(profile(["1.001"]))] == [POINT, GERMAN]
    assert [one for one, _ in readings(profile(["1.001,5"]))] == [GERMAN]
    assert readings(profile(["12"])) == []
    assert str(GERMAN) == "csv: {decimal: ',', thousands: '.'}"
    assert str(Spelling(".", "'")) == "csv: {thousands: ''''}"
