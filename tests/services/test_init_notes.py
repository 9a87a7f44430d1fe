"""What a written pipeline tells its author beside each column."""

import pytest

from csvflow.cli.init import _show
from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load
from csvflow.services.init import init
from csvflow.services.run import Order, run_files
from csvflow.services.test import run_cases


def written(folder, text, **csv):
    path = folder / "a.csv"
    path.write_text(text)
    return init(str(path), project=folder, csv=csv, force=True)


def notes(folder, header, values, **csv):
    """Return the notes of a column that stands behind a key."""
    rows = "".join(f'{at},"{value}"\n' for at, value in enumerate(values, 1))
    return written(folder, f"id,{header}\n{rows}", **csv).columns[1].notes


@pytest.mark.parametrize(
    ("header", "values", "note"),
    [
        (
            "share",
            ["1%", "2.5%", "3%"],
            (
                "numbers but for `%`: steps `clean: {columns: share, replace: {'%': ''}}` and"
                " `cast` make them numbers"
            ),
        ),
        (
            "price",
            ["$1.50", "$2", "-$3.00"],
            (
                "numbers but for `$`: steps `clean: {columns: price, replace: {'$': ''}}` and"
                " `cast` make them numbers"
            ),
        ),
        (
            "cost",
            ["1.50 EUR", "2.00 EUR", "3.00 EUR"],
            (
                "numbers but for ` EUR`: steps `clean: {columns: cost, replace: {' EUR': ''}}` and"
                " `cast` make them numbers"
            ),
        ),
        (
            "n",
            [" 1", " 2", " 3"],
            "spaces around numbers: steps `clean: n` and `cast` make them numbers",
        ),
        ("code", ["x1", "x2", "x3"], None),
        ("article", ["A12", "A13", "A14"], None),
        ("ticket", ["#12", "#13", "#14"], None),
        ("plant", ["ABC12", "ABC13", "ABC14"], None),
        (
            "weight",
            ["12 kg", "13.5 kg", "14 kg"],
            (
                "numbers but for ` kg`: steps `clean: {columns: weight, replace: {' kg': ''}}` and"
                " `cast` make them numbers"
            ),
        ),
        ("sign", ["1.50-", "2.00-", "3.00-"], None),
    ],
)
def test_a_step_that_would_make_numbers_of_texts_is_named(tmp_path, header, values, note):
    assert notes(tmp_path, header, values) == ((note,) if note else ())


def test_the_steps_that_the_note_names_do_it(tmp_path):
    rows = "".join(f"{n},{n}.5%\n" for n in range(1, 6))
    made = written(tmp_path, f"id,share\n{rows}")
    text = made.path.read_text().split("tests:")[0]
    clean = "clean: {columns: share, replace: {'%': ''}}"
    assert clean in made.columns[1].notes[0]
    steps = f"steps:\n  - {clean}\n  - cast: {{share: 'decimal(4,1)'}}\n"
    made.path.write_text(text.replace("sinks:", f"{steps}sinks:"))
    (report,) = run_files(Order(files=[str(tmp_path / "a.csv")], project=tmp_path)).runs
    assert (report.outcome, report.rows.loaded, report.rows.rejected) == ("succeeded", 5, 0)


@pytest.mark.parametrize(
    ("header", "values", "last"),
    [
        ("active", ["1", "0", "1"], "true and false? `bool` with `csv: {true: '1', false: '0'}`"),
        ("day", ["20260101", "20261231"], "dates? `date %Y%m%d` reads them"),
        ("at", ["20260101235959"] * 2, "dates? `timestamp %Y%m%d%H%M%S` reads them"),
        ("number", ["20261301", "20260101"], "int: 2 of 2 values"),
        (
            "version",
            ["1.1", "1.10"],
            "versions? As numbers `1.1` and `1.10` would be one",
        ),
        (
            "n",
            ["1.001", "20.002"],
            "or marks between thousands? `csv: {decimal: ',', thousands: '.'}` reads them",
        ),
        ("n", ["0.001", "20.002"], "decimal: 2 of 2 values"),
        ("ok", ["true", "TRUE", "false"], "`bool` reads them, and forgets their case"),
        ("gender", ["f", "m", "f"], "sensitive, where rows are people's"),
    ],
)
def test_what_a_column_may_mean_is_asked(tmp_path, header, values, last):
    assert notes(tmp_path, header, values)[-1] == last


def test_words_for_truth_are_added_to_those_that_the_file_has(tmp_path):
    rows = "".join(
        f"{n},{'TRUE' if n % 2 else 'FALSE'},{'Y' if n % 3 else 'N'}\n" for n in range(9)
    )
    made = written(tmp_path, f"id,a,b\n{rows}")
    assert [one.column.short() for one in made.columns[1:]] == ["bool required", "text required"]
    note = "`bool` with `csv: {true: [TRUE, Y], false: [FALSE, N]}`"
    assert made.columns[2].notes == (note,)
    text = made.path.read_text().split("tests:")[0]
    for old, new in (
        ("true: 'TRUE'", "true: ['TRUE', Y]"),
        ("false: 'FALSE'", "false: ['FALSE', N]"),
        ("b: text", "b: bool"),
    ):
        assert old in text
        text = text.replace(old, new)
    made.path.write_text(text)
    (report,) = run_files(Order(files=[str(tmp_path / "a.csv")], project=tmp_path)).runs
    assert (report.outcome, report.rows.loaded) == ("succeeded", 9)


def test_a_total_in_the_last_row_is_told_from_a_bad_value(tmp_path):
    rows = "".join(f"{n},{n}.5\n" for n in range(1, 20))
    made = written(tmp_path, f"id,amount\n{rows}Total,190.0\n")
    assert made.columns[0].notes == (
        (
            "`int` would refuse 1 of 20 values: `Total`, in the last row; a footer?"
            " `csv: {footer: 1}` leaves it out, if every file ends so"
        ),
    )
    assert written(tmp_path, f"id,amount\n{rows}Total,190.0\n", footer="1").rows == 19


def test_marks_of_numbers_that_collide_are_told(tmp_path):
    with pytest.raises(ConfigError, match="must differ: say both, or `thousands: none`"):
        notes(tmp_path, "n", ["1.001"], thousands=".")


def test_marks_between_thousands_that_are_told_are_taken(tmp_path):
    values = ["1,001", "2,002", "30,003"]
    assert notes(tmp_path, "n", values, thousands=",") == ("int: 3 of 3 values",)
    assert notes(tmp_path, "n", values, decimal=",") == ("decimal: 3 of 3 values",)
    assert notes(tmp_path, "n", values, thousands="none") == ("decimal: 3 of 3 values",)


def test_dates_of_birth_and_numbers_of_people_are_made_up_in_the_test_case(tmp_path):
    made = written(
        tmp_path,
        "id,dob,ssn,born at birthday,tax id\n"
        "1,1961-02-03,123456789,1961-02-03 10:00:00,12-34\n"
        "2,1972-03-04,234567891,1972-03-04 11:00:00,56-78\n",
    )
    assert [one.personal for one in made.columns] == [
        None, "date of birth", "identity number", "date of birth", "identity number",
    ]  # fmt: skip
    text = made.path.read_text()
    assert "1,1970-01-01,100000001,1970-01-01 00:00:00,00-01" in text
    assert not any(secret in text for secret in ("1961", "1972", "123456789", "2345", "12-34"))
    assert all(one.passed for one in run_cases(load(made.path)))


def test_digits_that_check_as_a_payment_card_are_personal(tmp_path):
    cards = ["4111111111111111", "5500005555555559", "4012888888881881"]
    assert notes(tmp_path, "number", cards)[-1] == "personal data? (card number)"
    assert notes(tmp_path, "number", [*cards, "4111111111111112"])[-1] == "int: 4 of 4 values"


def test_one_row_and_one_damaged_record_are_told_in_the_singular(tmp_path):
    made = written(tmp_path, "id,n\n1,x\n")
    assert "`csvflow init a.csv`, from the only row of the file" in made.path.read_text()
    rows = "".join(f"{n},x\n" for n in range(1, 20))
    made = written(tmp_path, f"id,n\n1,x,too,many\n{rows}")
    assert made.damage == ("1 record is no row and will be rejected (row.field-count 1; line 2)")


def test_a_long_name_is_cut_in_a_comment(tmp_path):
    made = written(tmp_path, f"id,{'y ' * 150}\n1,2\n", delimiter=",")
    line = next(line for line in made.path.read_text().split("\n") if line.startswith("headers"))
    assert line == f"headers: snake   # `{'y ' * 19}y…` is `{'y_' * 19}y…` from here on"


def test_of_many_columns_the_first_are_shown_and_all_are_written(tmp_path, capsys):
    names = [f"c{number}" for number in range(500)]
    made = written(tmp_path, f"{','.join(names)}\n{','.join('1' * 500)}\n")
    _show(made, "a.csv")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("written, from the only row of a.csv")
    assert lines[60:63] == [
        "  c59  int required   # int: 1 of 1 values",
        "  + 440 more columns",
        "next:",
    ]
    assert len(load(made.path).columns) == 500


def test_versions_are_no_numbers_and_a_minus_zero_needs_a_float(tmp_path):
    made = written(tmp_path, "id,firmware,temp\n1,1.9,-0.0\n2,1.10,1.5\n3,1.11,2.5\n")
    assert [one.column.short() for one in made.columns[1:]] == ["text required", "float required"]
    assert made.columns[2].notes == (
        "float: 3 of 3 values",
        "`-0.0` is among them, which no decimal keeps",
    )


def test_codes_are_no_closed_set(tmp_path):
    rows = "".join(f"{n},Q{n % 4},E{n % 4:04}\n" for n in range(40))
    made = written(tmp_path, f"id,quarter,plant\n{rows}")
    assert [one.column.short() for one in made.columns[1:]] == [
        "text in (Q0, Q1, Q2, Q3) required",
        "text required",
    ]


@pytest.mark.parametrize(
    ("header", "years", "declared", "note"),
    [
        (
            "dob",
            [46, 71, 99],
            "text required",
            (
                "two-digit years of births: `date %m/%d/%y` would read 00-68 as 20xx, 69-99 as"
                " 19xx; ask for four digits"
            ),
        ),
        (
            "Geburtsdatum",
            [70, 71, 72],
            "text required",
            (
                "two-digit years of births: `date %m/%d/%y` would read 00-68 as 20xx, 69-99 as"
                " 19xx; ask for four digits"
            ),
        ),
        (
            "joined",
            [1, 60, 68],
            "text required",
            (
                "two-digit years: `date %m/%d/%y` would read 00-68 as 20xx, 69-99 as"
                " 19xx, and 2 of 3 dates would be years ahead; write it if that is right"
            ),
        ),
        ("valid until", [1, 60, 68], "date %m/%d/%y required", "date: 3 of 3 values"),
        ("joined", [1, 2, 99], "date %m/%d/%y required", "date: 3 of 3 values"),
    ],
)
def test_two_digit_years_are_read_where_the_century_is_sure(
    tmp_path, header, years, declared, note
):
    rows = "".join(f"{n},02/2{n}/{year:02}\n" for n, year in enumerate(years, 1))
    column = written(tmp_path, f"id,{header}\n{rows}").columns[1]
    assert column.column.short() == declared
    assert column.notes[0] == note
    if declared.startswith("date"):
        assert column.notes[1] == "two-digit years: 00-68 are 20xx, 69-99 19xx"


def test_the_one_value_that_is_no_date_is_named(tmp_path):
    days = [f"{n % 28 + 1:02}.{n % 12 + 1:02}.2026" for n in range(60)]
    note = notes(tmp_path, "day", [*days, "Summe", days[0]])
    assert note == ("`date %d.%m.%Y` would refuse 1 of 62 values: `Summe`",)
    note = notes(tmp_path, "day", [*days, "Summe"])
    assert note == (
        (
            "`date %d.%m.%Y` would refuse 1 of 61 values: `Summe`, in the last row; a footer?"
            " `csv: {footer: 1}` leaves it out, if every file ends so"
        ),
    )


PEOPLE = """\
Personalnummer;Vorname;Geburtsdatum;Straße;Ort;Gehalt;Steuer-ID;Telefon privat;Konfession;Eintritt
4711;Karla;01.05.1951;Hauptstr. 55;Dresden;3111,50;12345678911;0351/555;rk;02.03.2011
4712;Ansgar;02.05.1952;Ringstr. 66;Meißen;3222,50;12345678922;0351/666;ev;03.03.2012
"""
STAFF = """\
EmpNo,First Name,Birth date,Salary,Manager,Passport no,Created by,Street,Start
E4711,Karla,05/21/1951,"5,111.00",E5555,P555,meier,Main St 55,03/22/2011
E4712,Ansgar,05/22/1952,"6,222.00",E6666,P666,schulz,Ring Rd 66,03/23/2012
"""


@pytest.mark.parametrize("text", [PEOPLE, STAFF])
def test_nothing_of_people_is_in_their_test_case(tmp_path, text):
    made = written(tmp_path, text)
    yaml = made.path.read_text()
    assert "tests:   # what seems personal is made up" in yaml
    for secret in text.split("\n", 1)[1].replace(",", ";").replace('"', "").split():
        for cell in secret.split(";"):
            assert len(cell) < 3 or cell not in yaml, cell
    assert all(one.passed for one in run_cases(load(made.path)))


def test_first_names_are_no_closed_set_and_orders_stay_as_they_are(tmp_path):
    rows = "".join(f"{n},{'Ann' if n % 2 else 'José'},{n}.50\n" for n in range(40))
    made = written(tmp_path, f"order,first name,amount\n{rows}")
    assert made.columns[1].column.short() == "text required"
    text = made.path.read_text()
    assert "José" not in text
    assert "      1,Name 2,1.50\n" in text


@pytest.mark.parametrize(
    ("header", "value", "kind"),
    [
        ("Prénom", "Zoë", "name"),
        ("Fecha de nacimiento", "x", "date of birth"),
        ("Date de naissance", "x", "date of birth"),
        ("Numéro de sécurité sociale", "1", "identity number"),
        ("Teléfono", "1", "phone"),
        ("E-Mail privat", "x", "email"),
        ("Staff ID", "1", "staff number"),
        ("Empfänger", "Firma 1", "name"),
        ("User", "MEYER", "user name"),
        ("Product name", "x", None),
        ("name", "Austria", None),
        ("Kunde", "Ann Smith", "name"),
        ("column_2", "Ann Smith", "name"),
        ("Kunde", "Müller GmbH", None),
        ("order id", "1", None),
        ("amount", "1", None),
    ],
)
def test_headers_of_several_languages_are_known(tmp_path, header, value, kind):
    made = written(tmp_path, f"n,{header}\n1,{value}\n2,{value}\n")
    assert made.columns[1].personal == kind


def test_a_column_with_both_kinds_of_empty_fields_is_left_to_its_author(tmp_path):
    made = written(tmp_path, 'id,n\n1,""\n2,2\n3,\n4,4\n')
    assert made.columns[1].notes[0] == (
        "`int` would refuse 1 of 3 values: empty texts in quotes; `csv: {quoted_nulls: 'null'}`"
        " takes them for no value"
    )
