"""A column under a new name is found by the name, by the values, by its place."""

import pyarrow as pa
import pytest

from csvflow.core.columns.marks import PLAIN
from csvflow.core.columns.renames import Finder, Rename, likeness
from csvflow.core.columns.spec import parse_column

ORDERS = {
    "id": "int required unique",
    "customer": "text required",
    "email": "text",
    "amount": "decimal(12,2) >= 0",
    "day": "date %d/%m/%Y",
    "state": "text in (open, closed)",
}
FILE = {
    "id": ["1", "2", "3", "4"],
    "customer": ["Anna", "Ben", "Cy", "Di"],
    "email": ["a@x.de", "b@x.de", None, "d@x.de"],
    "amount": ["1.50", "2.50", "3.00", "0"],
    "day": ["01/02/2026", "13/02/2026", "14/02/2026", "28/02/2026"],
    "state": ["open", "closed", "open", "open"],
}


def found(header, file=FILE, declared=ORDERS):
    """Return declared name → header for the file's columns under those headers, in that order."""
    columns = [parse_column(name, short) for name, short in declared.items()]
    texts = list(file.values())
    rows = pa.RecordBatch.from_arrays([pa.array(one, pa.utf8()) for one in texts], names=header)
    places = [header.index(one.name) if one.name in header else None for one in columns]
    unknown = [at for at in range(len(header)) if at not in places]
    missing = [one for one, place in zip(columns, places, strict=True) if place is None]
    finder = Finder(columns, places, header, rows, PLAIN)
    return {one.column.name: one.header for one in finder.find(missing, unknown)}


def renamed(**names):
    return [names.get(name, name) for name in FILE]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("customer", "Customer name"),
        ("customer", "cust"),
        ("amount", "Betrag"),
        ("day", "Lieferdatum"),
        ("state", "x"),
        ("email", "Kontakt"),
        ("id", "Nr"),
        ("customer", "Kunde"),
    ],
    ids=[
        "a longer name", "a shorter name", "decimals", "dates", "a closed set",
        "the kind of personal data", "a key", "the only one at its place",
    ],
)  # fmt: skip
def test_a_renamed_column_is_found(old, new):
    assert found(renamed(**{old: new})) == {old: new}


def test_all_columns_under_new_names_are_told_apart_by_their_values():
    header = ["n", "k", "m", "b", "t", "z"]
    assert found(header) == {"id": "n", "email": "m", "amount": "b", "day": "t", "state": "z"}


def test_values_decide_between_names_that_are_alike():
    file = {**FILE, "more": ["x", "y", "z", "?"]}
    header = ["id", "customer", "email", "Amount (EUR)", "day", "state", "Amount text"]
    assert found(header, file) == {"amount": "Amount (EUR)"}
    header = ["id", "customer", "email", "Amount text", "day", "state", "Amount (EUR)"]
    assert found(header, {**file, "amount": file["more"], "more": file["amount"]}) == {
        "amount": "Amount (EUR)"
    }


def test_a_near_name_with_values_that_do_not_fit_is_not_proposed():
    assert found(renamed(day="Days"), {**FILE, "day": ["Mo", "Tu", "We", "Th"]}) == {}


def test_a_new_text_column_elsewhere_is_not_taken_for_a_missing_one():
    header = ["id", "email", "amount", "day", "state", "Warehouse"]
    file = {name: FILE[name] for name in ("id", "email", "amount", "day", "state")}
    assert found(header, {**file, "w": ["a", "b", "c", "d"]}) == {}


def test_a_key_is_not_proposed_for_values_that_come_twice():
    assert found(renamed(id="Line"), {**FILE, "id": ["1", "1", "1", "2"]}) == {}


def test_a_header_is_proposed_for_one_column_only():
    declared = {"id": "int", "net": "decimal(9,2)", "gross": "decimal(9,2)"}
    file = {"id": ["1"], "x": ["1.50"], "word": ["?"]}
    assert found(["id", "Gross EUR", "word"], file, declared) == {"gross": "Gross EUR"}


def test_the_patch_keeps_the_names_that_files_have_had():
    column = parse_column("day", "date %d/%m/%Y required from (Day, 'Order: day')")
    assert Rename(column, "Liefer-Tag", 3, 4).patch() == (
        "day: {type: 'date %d/%m/%Y required', from: [Day, 'Order: day', Liefer-Tag]}"
    )


@pytest.mark.parametrize(
    ("name", "header", "near"),
    [
        ("customer_id", "Customer ID", True),
        ("customer_id", "cust id", True),
        ("customer_id", "warehouse", False),
        ("order_total", "OrderTotal", True),
        ("?", "!", False),
    ],
)
def test_names_are_near_whatever_their_case_and_spacing(name, header, near):
    assert (likeness(name, header) >= 0.6) is near


def test_blank_names_and_values_in_the_header_are_no_names():
    assert found(renamed(state="column_6"), {**FILE, "state": ["x", "y", "z", "?"]}) == {}
    assert found(renamed(amount="1.050,54")) == {}
    declared = {**{f"column_{n}": "text" for n in (1, 2)}, "id": "int"}
    file = {"a": ["x"], "b": ["y"], "c": ["z"], "id": ["1"]}
    assert found(["New", "column_2", "column_3", "id"], file, declared) == {}


def test_one_value_in_many_rows_proves_nothing():
    file = {**FILE, "day": [None, None, None, "28/02/2026"], "more": ["x"] * 4}
    assert found([*renamed(day="Lieferung"), "more"], file) == {}
