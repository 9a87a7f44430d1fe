import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csvflow.contract import ConfigError, InputError
from csvflow.core.columns.marks import Marks
from csvflow.core.columns.show import show
from csvflow.core.pipeline.load import load
from csvflow.services.check import check
from csvflow.services.init import init
from csvflow.services.process import Options
from csvflow.services.run import Order, run_files
from csvflow.services.test import run_cases
from csvflow.services.trial import try_file

CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
SAMPLE = Path(__file__).parents[2] / "sample_data"


@dataclass(frozen=True)
class Awkward:
    text: str
    columns: dict[str, str]
    """What must be declared, in short form."""
    csv: dict[str, object] = field(default_factory=dict)
    """What must stand under `csv:`."""
    encoding: str = "utf-8"
    delimiter: str = ","
    above: int = 1
    """Lines above the first row."""
    nulls: tuple[str, ...] = ("",)


def repeated(head, *rows, times=10):
    return "".join(f"{line}\n" for line in (head, *(rows * times)))


FILES = {
    "semicolons and decimal commas": Awkward(
        "Artikel;Preis;Datum;Aktiv\n4711;12,50;31.12.2026;ja\n4712;-3,5;01.01.2027;nein\n"
        "4713;1000,00;15.06.2026;ja\n",
        {
            "Artikel": "int required unique",
            "Preis": "decimal(6,2) required",
            "Datum": "date %d.%m.%Y required",
            "Aktiv": "bool required",
        },
        {"delimiter": ";", "decimal": ",", "true": ("ja",), "false": ("nein",)},
        delimiter=";",
    ),
    "cp1252": Awkward(
        "Straße,Größe\nKönigsallee „7“,3\nMühlenweg 12,4\nGänsemarkt € 5,5\nÄußere Brücke,6\n",
        {"Straße": "text required", "Größe": "int required"},
        {"encoding": "cp1252"},
        encoding="cp1252",
    ),
    "leading zeros": Awkward(
        "zip,code,n\n01067,007,7\n10115,1,0\n99999,23,-12\n",
        {"zip": "text required", "code": "text required unique", "n": "int required"},
    ),
    "dd/mm or mm/dd, undecidable": Awkward(
        "id,day,other\n1,01/02/2026,25/12/2026\n2,03/04/2026,01/02/2026\n3,12/12/2026,03/04/2026\n",
        {
            "id": "int required unique",
            "day": "text required",
            "other": "date %d/%m/%Y required",
        },
    ),
    "a column without values": Awkward(
        "id,nothing,some\n1,,a\n2,,\n3,,c\n",
        {"id": "int required unique", "nothing": "text", "some": "text"},
    ),
    "a header twice, and one without a name": Awkward(
        "id,amount,amount,,Amount\n1,1.5,a,x,1\n2,2.25,b,y,2\n",
        {
            "id": "int required unique",
            "amount": "decimal(3,2) required",
            "amount_2": "text required",
            "column_4": "text required",
            "amount_3": "int required from Amount",
        },
    ),
    "newlines and quotes in cells": Awkward(
        'id,note,size\n1,"two\nlines, and a ""quote""",3\n2,"  spaces  ",4\n3,"",5\n'
        "4,${HOME} #1: {x},6\n",
        {"id": "int required unique", "note": "text required", "size": "int required"},
    ),
    "tabs": Awkward(
        "id\tname\tt\n1\tAnn, Bob\t10:30\n2\tCid\t11:45\n3\tDan\t23:59\n",
        {"id": "int required unique", "name": "text required", "t": "time %H:%M required"},
        {"delimiter": "\t"},
        delimiter="\t",
    ),
    "no header": Awkward(
        "1,2.50,2026-01-01\n2,3.75,2026-01-02\n3,4.00,2026-01-03\n4,5.25,2026-01-04\n",
        {
            "column_1": "int required unique",
            "column_2": "decimal(3,2) required",
            "column_3": "date %Y-%m-%d required",
        },
        {"header": "none"},
        above=0,
    ),
    "lines above the header": Awkward(
        "Report of the shop\nPrinted on Monday\n\nid,amount,when\n1,2.5,2026-01-01T10:00:00Z\n"
        "2,3.5,2026-01-01T11:00:00Z\n3,4.5,2026-01-01T12:30:15Z\n",
        {
            "id": "int required unique",
            "amount": "decimal(2,1) required",
            "when": "timestamp %Y-%m-%dT%H:%M:%SZ zone UTC required",
        },
        {"preamble": 2, "header": 1},
        above=4,
    ),
    "big integers": Awkward(
        "a,b,c,d\n9223372036854775807,9223372036854775808,1,-0\n"
        "-9223372036854775808,12345678901234567890123456789,"
        "123456789012345678901234567890123456789,0\n",
        {
            "a": "int required unique",
            "b": "decimal(29,0) required",
            "c": "text required",
            "d": "text required",
        },
    ),
    "dates in several formats": Awkward(
        "id,day\n1,2026-01-01\n2,02/01/2026\n3,2026-01-03\n4,31/01/2026\n",
        {"id": "int required unique", "day": "text required"},
    ),
    "words for true and false": Awkward(
        repeated("a,b,c,d", "yes,Y,true,no", "no,N,false,maybe", "yes,Y,true,yes"),
        {
            "a": "text in (no, yes) required",
            "b": "text in (N, Y) required",
            "c": "bool required",
            "d": "text in (maybe, no, yes) required",
        },
    ),
    "words for nothing": Awkward(
        "id,amount,day,country\n1,NA,2026-01-01,AT\n2,2.5,n/a,NO\n3,3.5,2026-01-02,-x\n4,NA,,AT\n"
        "5,4.5,2026-01-02,AT\n",
        {
            "id": "int required unique",
            "amount": "decimal(2,1)",
            "day": "date %Y-%m-%d",
            "country": "text required",
        },
        {"nulls": ("", "NA", "n/a")},
        nulls=("", "NA", "n/a"),
    ),
    "a word for nothing that is a value elsewhere": Awkward(
        "id,amount,country\n1,NA,NA\n2,2.5,AT\n3,3.5,DE\n4,2.5,DE\n",
        {"id": "int required unique", "amount": "text required", "country": "text required"},
    ),
    "a word for nothing in quotes": Awkward(
        'id,amount\n1,"NA"\n2,2.5\n3,3.5\n4,2.5\n',
        {"id": "int required unique", "amount": "text required"},
    ),
    "empty texts in quotes": Awkward(
        'id,amount\n1,""\n2,2.5\n3,3.5\n4,2.5\n',
        {"id": "int required unique", "amount": "decimal(2,1)"},
        {"quoted_nulls": "null"},
    ),
    "empty texts in quotes, and empty fields": Awkward(
        'id,amount\n1,""\n2,2.5\n3,\n4,2.5\n',
        {"id": "int required unique", "amount": "text"},
    ),
    "everything in quotes": Awkward(
        '"id","day","amount","ok","note"\n"1","","1.5","true",""\n"2","2026-01-02","","",""\n'
        '"3","2026-01-03","2.5","false","x"\n',
        {
            "id": "int required unique",
            "day": "date %Y-%m-%d",
            "amount": "decimal(2,1)",
            "ok": "bool",
            "note": "text",
        },
        {"quoted_nulls": "null"},
    ),
    "exponents": Awkward(
        "id,x,y\n1,1.5,1.5\n2,2e3,2e3\n3,1E-7,0.1234567890123456789\n",
        {"id": "int required unique", "x": "float required", "y": "text required"},
    ),
    "headers that are no names": Awkward(
        "Order ID,Unit price (EUR),2nd,ok?\n1,1.10,a,b\n2,2.20,c,d\n",
        {
            "order_id": "int required unique",
            "unit_price_eur": "decimal(3,2) required",
            "2nd": "text required",
            "ok": "text required",
        },
    ),
    "one column": Awkward(
        '"when"\n"2026-11-22 08:08:09"\n"2026-05-01 11:59:52"\n',
        {"when": "timestamp %Y-%m-%d %H:%M:%S required"},
        {"delimiter": ","},
    ),
    "one number in two spellings": Awkward(
        "id,n\n1.5,a\n1.50,b\n2.5,c\n",
        {"id": "decimal(3,2) required", "n": "text required"},
    ),
    "commas between thousands": Awkward(
        'id,visits,amount,total,share\n1,"1,001","1,234.50","1,234,567",1.5\n'
        '2,"20,500",999.00,"2,469,134",2.25\n3,"300,750","-12,345.75","98,765,432",3.125\n',
        {
            "id": "int required unique",
            "visits": "int required",
            "amount": "decimal(7,2) required",
            "total": "int required",
            "share": "decimal(4,3) required",
        },
        {"thousands": ","},
    ),
    "points between thousands": Awkward(
        "id;betrag;menge;anteil\n1;1.234,50;1.000;0,5\n2;99,00;20.000;1,25\n3;-1.000.000,5;300.000;2\n",
        {
            "id": "int required unique",
            "betrag": "decimal(9,2) required",
            "menge": "int required",
            "anteil": "decimal(3,2) required",
        },
        {"delimiter": ";", "decimal": ",", "thousands": "."},
        delimiter=";",
    ),
    "apostrophes between thousands": Awkward(
        "id;chf\n1;1'234.50\n2;99.95\n3;12'345'678.00\n",
        {"id": "int required unique", "chf": "decimal(10,2) required"},
        {"delimiter": ";", "thousands": "'"},
        delimiter=";",
    ),
    "narrow spaces between thousands": Awkward(
        "id;eur\n1;1\u202f234,50\n2;99,95\n3;12\u202f345\u202f678,00\n",
        {"id": "int required unique", "eur": "decimal(10,2) required"},
        {"delimiter": ";", "decimal": ",", "thousands": "\u202f"},
        delimiter=";",
    ),
    "one and a bit, or a thousand and one": Awkward(
        'id,n\n1,"1,001"\n2,"2,002"\n3,"30,003"\n',
        {"id": "int required unique", "n": "text required"},
    ),
    "a comma that is a decimal mark elsewhere": Awkward(
        "id;n;m\n1;1,001;1,5\n2;2,002;2,5\n3;3,003;12,25\n",
        {"id": "int required unique", "n": "decimal(4,3) required", "m": "decimal(4,2) required"},
        {"delimiter": ";", "decimal": ","},
        delimiter=";",
    ),
    "objects and arrays": Awkward(
        'id,payload,list,other\n1,"{""k"": 1}","[1, 2]",{1}\n2,"{}",[],[x]\n3,"[null]","[{}]",{}\n',
        {
            "id": "int required unique",
            "payload": "json required",
            "list": "json required",
            "other": "text required",
        },
    ),
    "offsets from UTC without a colon": Awkward(
        "id,at,log\n1,2026-01-01 10:00:00+0000,01/Jan/2026:10:00:00 +0000\n"
        "2,2026-01-02 10:00:00+0000,02/Feb/2026:10:00:00 +0000\n",
        {
            "id": "int required unique",
            "at": "timestamp %Y-%m-%d %H:%M:%S%z zone UTC required",
            "log": "timestamp %d/%b/%Y:%H:%M:%S %z zone UTC required",
        },
    ),
    "one column that is no key": Awkward(
        "amount\n1\n2\n3\n", {"amount": "int required"}, {"delimiter": ","}
    ),
    "several rows of one key": Awkward(
        "order_id,line,uuid\n1,1,123e4567-e89b-12d3-a456-426614174000\n"
        "1,2,123e4567-e89b-12d3-a456-426614174001\n2,1,123e4567-e89b-12d3-a456-426614174002\n",
        {"order_id": "int required", "line": "int required", "uuid": "uuid required unique"},
    ),
}


def made(folder, awkward):
    path = folder / "landing" / "file.csv"
    path.parent.mkdir()
    path.write_bytes(awkward.text.encode(awkward.encoding))
    return path, init(str(path), project=folder)


def declared(pipeline):
    return {column.name: column.short() for column in pipeline.columns}


def printed(pipeline, path):
    """Return every loaded value as text; decimals keep the zeros that the file has."""
    trial = try_file(pipeline, path)
    assert trial.error is None
    assert trial.rejects == []
    marks = Marks.of(pipeline.csv)
    return [
        [
            None if value is None else show(column, value, marks)
            for column, value in zip(pipeline.columns, row, strict=True)
        ]
        for row in trial.rows
    ]


def same(column, one, other, spelling):
    if other is not None and column.type.name in {"int", "decimal"}:
        other = other.replace(spelling.thousands, "")
    if one is None or other is None or column.type.name not in {"decimal", "float"}:
        return one == other
    mark = spelling.decimal
    return Decimal(one.replace(mark, ".")) == Decimal(other.replace(mark, "."))


@pytest.mark.parametrize("name", FILES)
def test_an_awkward_file_loads_whole_and_every_value_can_be_printed_back(name, tmp_path):
    awkward = FILES[name]
    path, written = made(tmp_path, awkward)
    pipeline, errors = check(written.path)
    assert errors == []
    assert declared(pipeline) == awkward.columns, written.path.read_text()
    assert pipeline.csv.model_dump(exclude_unset=True) == awkward.csv
    lines = io.StringIO(awkward.text, newline="")
    cells = list(csv.reader(lines, delimiter=awkward.delimiter))[awkward.above :]
    back = printed(pipeline, path)
    assert len(back) == len(cells)
    for loaded, row in zip(back, cells, strict=True):
        for column, one, text in zip(pipeline.columns, loaded, row, strict=True):
            # csv.reader doesn't tell an empty field from "".
            given = None if text in awkward.nulls and one is None else text
            assert same(column, one, given, pipeline.csv), (column.name, one, text)
    report = run_files(Order(files=[str(path)], project=tmp_path, pipeline=str(written.path)))
    assert [run.rows.rejected for run in report.runs] == [0]
    assert [run.rows.loaded for run in report.runs] == [len(cells)]


DAY = st.tuples(st.integers(1, 28), st.integers(1, 12), st.integers(1990, 2030))
KINDS = (
    st.integers(-(10**22), 10**22).map(str),
    st.decimals(-9999, 9999, places=2).map(lambda number: f"{number:f}"),
    st.decimals(0, 99, places=1).map(lambda number: f"{number:f}".replace(".", ",")),
    st.sampled_from(["true", "false"]),
    st.sampled_from(["Yes", "No"]),
    DAY.map(lambda day: f"{day[2]}-{day[1]:02}-{day[0]:02}"),
    DAY.map(lambda day: f"{day[0]:02}/{day[1]:02}/{day[2]}"),
    DAY.map(lambda day: f"{day[1]}/{day[0]}/{day[2]} {day[0]:02}:{day[1]:02}"),
    st.integers(0, 999).map(lambda number: f"{number:03}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["NA", "-", "null", "~", "1e5", "+1", "-0", "007", "1_000", " 5 ", "5.", ".5"]),
    st.text(
        st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=6
    ),
)


@st.composite
def tables(draw):
    """Two columns or more, each of one kind with now and then a value of another."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=4))
    others = draw(st.sampled_from(KINDS))
    rare = [st.sampled_from([kind] * 9 + [others]) for kind in kinds]
    rows = draw(st.integers(1, 25))
    return [[draw(draw(choice)) for choice in rare] for _ in range(rows)]


@settings(
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rows=tables())
def test_any_table_loads_whole_and_every_value_can_be_printed_back(rows, tmp_path):
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
            [[f"c{at}" for at in range(len(rows[0]))], *rows]
        )
    # Given, so that every table is read as it was written: here it is types that matter.
    spelling = {"delimiter": ",", "header": "1", "preamble": "0", "comment": "none", "footer": "0"}
    written = init(str(path), project=tmp_path, csv=spelling, force=True)
    pipeline, errors = check(written.path)
    assert errors == []
    assert all(one.passed for one in run_cases(pipeline))
    back = printed(pipeline, path)
    assert len(back) == len(rows)
    for loaded, row in zip(back, rows, strict=True):
        for column, one, text in zip(pipeline.columns, loaded, row, strict=True):
            assert same(column, one, text, pipeline.csv), (column, one, text)


@pytest.mark.parametrize("name", FILES)
def test_the_test_case_of_a_written_pipeline_passes(name, tmp_path):
    _, written = made(tmp_path, FILES[name])
    outcomes = run_cases(load(written.path))
    assert [one.case for one in outcomes] == [
        "the first 2 rows"
        if FILES[name].text.count("\n") - FILES[name].above == 2
        else "the first 3 rows"
    ]
    assert all(one.passed for one in outcomes), outcomes


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLE.glob("*.csv")))
def test_every_sample_file_loads_but_for_its_damaged_records(name, tmp_path):
    path = tmp_path / name
    shutil.copy(SAMPLE / name, path)
    written = init(str(path), project=tmp_path)
    assert check(written.path)[1] == []
    assert all(one.passed for one in run_cases(load(written.path)))
    report = run_files(Order(files=[str(path)], project=tmp_path, pipeline=str(written.path)))
    [run] = report.runs
    assert run.outcome == "succeeded"
    assert run.rows.rejected == sum(written.damaged.values())
    assert run.rejects.by_code == written.damaged


def test_both_counts_of_an_undecidable_date_are_told(tmp_path):
    _, written = made(tmp_path, FILES["dd/mm or mm/dd, undecidable"])
    [note] = written.columns[1].notes
    assert note == (
        "`%d/%m/%Y`: 3 of 3 values, `%m/%d/%Y`: 3 of 3 values: which is it? Then write `date` and"
        " the format"
    )


def test_a_value_in_the_last_row_decides(tmp_path):
    path = tmp_path / "late.csv"
    rows = "".join(f"{n},{n},01/02/2026,{n}.25\n" for n in range(1, 60_001))
    path.write_text(f"id,count,day,amount\n{rows}60001,1.5,13/02/2026,n/a\n")
    written = init(str(path), project=tmp_path)
    assert declared(load(written.path)) == {
        "id": "int required unique",
        "count": "decimal(6,1) required",
        "day": "date %d/%m/%Y required",
        "amount": "decimal(7,2)",
    }
    assert written.columns[0].notes == ("int: 60,001 of 60,001 values",)


def test_a_key_that_comes_again_in_another_batch_is_not_unique(tmp_path):
    path = tmp_path / "late.csv"
    rows = "".join(f"{n},K{n}\n" for n in range(1, 200_001))
    path.write_text(f"id,key\n{rows}1,K200001\n")
    written = init(str(path), project=tmp_path)
    assert declared(load(written.path)) == {"id": "int required", "key": "text required unique"}


def test_what_a_file_leaves_to_its_author_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'id,n,zip,at,ok\n1,"1,234",10115,2026-01-01T10:00:00+02:00,Yes\n'
        '2,"12,000",99999,2026-01-01T10:00:00Z,No\n'
    )
    written = init(str(path), project=tmp_path, csv={"true": "true", "false": "false"})
    assert [one.notes for one in written.columns[1:4]] == [
        (
            (
                "the mark in `1,234` is a decimal mark: `csv: {decimal: ','}`, or one between"
                " thousands: `csv: {thousands: ','}`; which is it?"
            ),
        ),
        ("int: 2 of 2 values", "an identifier? `text` would keep leading zeros of other files"),
        ("timestamp: 2 of 2 values", "loaded as instants: offsets from UTC aren't kept"),
    ]


def test_what_one_value_spoils_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,amount\n" + "".join(f"{n},{n}.5\n" for n in range(20)) + "20,two\n21,2.5\n")
    written = init(str(path), project=tmp_path)
    assert written.columns[1].notes == ("`decimal(3,1)` would refuse 1 of 22 values: `two`",)


def test_personal_data_is_hinted_at_and_stays_out_of_the_test_case(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "id,Name,Email,Mobile,Konto,Product name\n"
        "1,Ann Smith,ann@shop.example,+44 20 7946 0001,DE89370400440532013000,Chair\n"
        "2,Bob Jones,bob@shop.example,+44 20 7946 0002,DE02120300000000202051,Table\n"
    )
    written = init(str(path), project=tmp_path)
    found = {one.column.name: one.personal for one in written.columns}
    assert found == {
        "id": None,
        "name": "name",
        "email": "email",
        "mobile": "phone",
        "konto": "iban",
        "product_name": None,
    }
    text = written.path.read_text()
    for secret in ("Ann", "Jones", "ann@", "7946", "DE89", "202051"):
        assert secret not in text
    assert "person1@example.com" in text


def test_damaged_records_are_counted_told_and_allowed(tmp_path):
    path = tmp_path / "bad.csv"
    rows = "".join(f"{n},x\n" for n in range(1, 9))
    path.write_text(f"id,note\n{rows}9,x,y\n10,x,y,z\n")
    written = init(str(path), project=tmp_path)
    assert written.damaged == {"row.field-count": 2}
    assert written.first_damage == 10
    assert "rejects: {max: 21%}" in written.path.read_text()
    report = run_files(Order(files=[str(path)], project=tmp_path, pipeline="bad"))
    assert (report.runs[0].rows.loaded, report.runs[0].rows.rejected) == (8, 2)


@pytest.mark.parametrize(
    ("file", "name", "source"),
    [
        ("orders-2026-07.csv", "orders", "in/orders-*.csv"),
        ("orders_20260731T1200.csv.gz", "orders", "in/orders_*.csv.gz"),
        ("2026-07-orders.csv", "orders", "in/*-orders.csv"),
        ("orders-part3-eu.csv", "orders-part3-eu", "in/orders-part3-eu.csv"),
        ("2026.csv", "2026", "in/2026.csv"),
        ("my orders [new].csv", "my-orders-new", "in/my orders [[]new].csv"),
    ],
)
def test_the_source_takes_files_that_are_named_alike(file, name, source, tmp_path):
    path = tmp_path / "in" / file
    path.parent.mkdir()
    path.write_text("id\n1\n2\n")
    written = init(str(path), project=tmp_path)
    assert (written.name, written.source) == (name, source)
    [run] = run_files(Order(files=[str(path)], project=tmp_path)).runs
    assert run.rows.loaded == 2


@pytest.mark.parametrize(
    ("to", "sink", "source"),
    [
        (None, "sqlite", "in/orders-*.csv"),
        ("out/", "csv", "in/orders-*.csv"),
        ("out.parquet", "parquet", "in/orders-7.csv"),
        ("out/{stem}.jsonl", "jsonl", "in/orders-*.csv"),
        ("duckdb:///x.db::orders", "duckdb", "in/orders-*.csv"),
    ],
)
def test_the_sink_is_what_to_names(to, sink, source, tmp_path):
    path = tmp_path / "in" / "orders-7.csv"
    path.parent.mkdir()
    path.write_text("id\n1\n2\n")
    written = init(str(path), project=tmp_path, to=to)
    assert load(written.path).sinks[0].type == sink
    assert written.source == source


def test_the_loop_of_an_author_ends_well(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("id,amount\n1,2.50\n2,3.50\n")
    written = init(str(path), project=tmp_path)

    def run(**options):
        order = Order(files=[str(path)], project=tmp_path, options=Options(**options))
        [told] = run_files(order).runs
        return told

    def table(sql):
        with closing(sqlite3.connect(tmp_path / "out" / "file.db")) as connection, connection:
            return connection.execute(sql).fetchall()

    assert run().outcome == "succeeded"
    text = written.path.read_text()
    written.path.write_text(text.replace("id: int required", "id: text required"))
    assert run().reason == "unchanged"
    forced = run(force=True)
    assert forced.error.code == "sink.column-type"
    assert "drop the table and load its files again, with --force" in forced.error.hint
    table("DROP TABLE file")
    for _ in range(2):
        assert run(force=True).error is None
    assert table("SELECT id FROM file ORDER BY id") == [("1",), ("2",)]


def test_a_pipeline_that_is_there_is_kept(tmp_path):
    path, written = made(tmp_path, FILES["tabs"])
    written.path.write_text("mine")
    with pytest.raises(ConfigError) as caught:
        init(str(path), project=tmp_path)
    assert caught.value.code == "config.exists"
    assert written.path.read_text() == "mine"
    assert init(str(path), project=tmp_path, force=True).path.read_text() != "mine"
    assert [item.name for item in written.path.parent.iterdir()] == ["file.yaml"]


def test_what_csv_says_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1;2\n3;4\n")
    written = init(str(path), project=tmp_path, csv={"header": "none", "delimiter": ";"})
    assert list(declared(load(written.path))) == ["column_1", "column_2"]


def test_what_csv_says_of_values_decides_their_types(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id;x;ok;n\n1;"1.5";Yes;NA\n2;"2.5";No;3\n3;"3.5";Yes;-\n')
    given = {"decimal": ",", "true": "wahr", "false": "falsch", "nulls": "-"}
    written = init(str(path), project=tmp_path, csv=given)
    assert declared(load(written.path)) == {
        "id": "int required unique",
        "x": "text required",
        "ok": "text required",
        "n": "text",
    }
    report = run_files(Order(files=[str(path)], project=tmp_path, pipeline="a"))
    assert report.runs[0].rows.rejected == 0
    other = {"true": "Yes", "false": "No"}
    written = init(str(path), project=tmp_path, csv=other, force=True)
    assert declared(load(written.path))["ok"] == "bool required"


def test_an_empty_file_has_no_pipeline(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("")
    with pytest.raises(InputError) as caught:
        init(str(path), project=tmp_path)
    assert caught.value.code == "input.empty"
    assert not (tmp_path / "pipelines").exists()


def test_a_header_alone_has_text_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name\n")
    written = init(str(path), project=tmp_path)
    assert declared(load(written.path)) == {"id": "text", "name": "text"}


def test_the_written_file_reads_well(tmp_path):
    path = tmp_path / "landing" / "orders-2026-07.csv"
    path.parent.mkdir()
    path.write_text(
        "Order ID;Amount;Day;Note\n1;1,50;31.12.2026;\n2;12,50;01.01.2027;a: b\n", encoding="utf-8"
    )
    done = subprocess.run(
        [CSVFLOW, "init", "landing/orders-2026-07.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "pipelines" / "orders.yaml").read_text() == (
        "# Written by `csvflow init landing/orders-2026-07.csv`, from all 2 rows of the file.\n"
        "# Types and constraints hold for every value there, and are as narrow as they can be:\n"
        "# widen what other files need. Then: csvflow check, csvflow test, csvflow run FILE.\n"
        "name: orders\n"
        "source: landing/orders-*.csv   # what varies in the file's name is `*`\n"
        "csv:\n"
        "  delimiter: ';'\n"
        "  decimal: ','\n"
        "headers: snake   # `Order ID` is `order_id` from here on\n"
        "columns:\n"
        "  order_id: int required unique   # int: 2 of 2 values\n"
        "  amount: decimal(4,2) required   # decimal: 2 of 2 values\n"
        "  day: date %d.%m.%Y required     # date: 2 of 2 values\n"
        "  note: text                      # none in 1 of 2 rows\n"
        "sinks:\n"
        "  # lineage: each row tells its file, so that `csvflow run FILE --force` can load one"
        " again\n"
        "  - sqlite: {path: out/orders.db, table: orders, lineage: true}"
        "   # or `mode: upsert, key: [order_id]`\n"
        "tests:\n"
        "  - name: the first 2 rows\n"
        "    input: |\n"
        "      Order ID;Amount;Day;Note\n"
        "      1;1,50;31.12.2026;\n"
        "      2;12,50;01.01.2027;a: b\n"
        "    rows:\n"
        "      - {order_id: 1, amount: 1.50, day: 2026-12-31, note: null}\n"
        "      - {order_id: 2, amount: 12.50, day: 2027-01-01, note: 'a: b'}\n"
    )
    assert done.stdout.splitlines()[-3:] == [
        "next:",
        "  csvflow test orders",
        "  csvflow run landing/orders-2026-07.csv -p orders",
    ]


def test_the_command_has_a_document_and_its_errors_are_told(tmp_path):
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    call = [CSVFLOW, "init", "a.csv", "--json"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["rows"] == 2
    assert document["columns"] == [
        {
            "name": "id",
            "header": "id",
            "declared": "int required unique",
            "notes": ["int: 2 of 2 values"],
            "personal": None,
        }
    ]
    again = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "there is a pipeline `a` already" in again.stderr
    none = subprocess.run(
        [CSVFLOW, "init", "b.csv"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert none.returncode == 2
    assert "did you mean `a.csv`?" in none.stderr
