import pytest

from csvflow.core.columns.names import snake


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Order Total", "order_total"),
        ("orderTotal", "order_total"),
        ("Order-Total", "order_total"),
        ("EmpNo", "emp_no"),
        ("OrderID", "order_id"),
        ("myId", "my_id"),
        ("OrId", "or_id"),
        ("UoM", "uom"),
        ("MwSt", "mwst"),
        ("USt-ID", "ust_id"),
        ("Preis_MwSt", "preis_mwst"),
        ("Verbrauch kWh", "verbrauch_kwh"),
        ("pH", "ph"),
        ("Größe (cm)", "größe_cm"),
        ("?", "column"),
    ],
)
def test_capitals_part_words_but_not_units(header, name):
    assert snake(header) == name
