"""What intake makes of a file, seen from the target and the rejects of a whole run."""

import json
import random

import pyarrow.parquet as pq
import pytest

import csvflow

ROWS = [{"id": n, "name": f"name {n}", "size": f"{n}.5"} for n in range(60)]


@pytest.fixture
def run(tmp_path):
    def run_(data, extra="", columns="columns: {id: int required, name: text, size: text}\n"):
        (tmp_path / "pipelines").mkdir(exist_ok=True)
        pipeline = tmp_path / "pipelines" / "p.yaml"
        pipeline.write_text(
            f"name: p\nsource: landing/in.csv\n{columns}{extra}"
            'rejects: {max: 50%, to: "rejects.jsonl"}\nsinks: [parquet: {path: out.parquet}]\n'
        )
        (tmp_path / "landing").mkdir(exist_ok=True)
        path = tmp_path / "landing" / "in.csv"
        path.write_bytes(data)
        report = csvflow.run(pipeline, path, force=True)
        target, rejects = tmp_path / "out.parquet", tmp_path / "rejects.jsonl"
        rows = pq.read_table(target).to_pylist() if target.exists() else None
        refused = []
        if report.rejects.rows:
            refused = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
        return report, rows, refused

    return run_


def good(quoted):
    mark = '"' if quoted else ""
    return [f"{n},{mark}name {n}{mark},{n}.5".encode() for n in range(60)]


def damaged(kind, record, chance):
    if kind == "delimiter less":
        return record.replace(b",", b"", 1)
    if kind == "delimiter more":
        return record.replace(b",", b",,", 1)
    if kind == "cut":
        return record[: record.rindex(b",")]
    if kind == "quote":
        at = record.index(b",") + 1
        return record[:at] + b'"' + record[at:]
    at = chance.randrange(record.index(b"n"), record.rindex(b","))
    return record[:at] + bytes([record[at] | 0x80]) + record[at + 1 :]


@pytest.mark.parametrize("kind", ["delimiter less", "delimiter more", "cut", "quote", "byte"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("place", [0, 29, 59])
def test_one_damaged_record_is_refused_and_every_other_is_loaded(run, kind, quoted, place):
    records = good(quoted)
    records[place] = damaged(kind, records[place], random.Random(place))
    data = b"\n".join([b"id,name,size", *records, b""])
    report, rows, refused = run(data, "csv: {encoding: utf-8}\n")
    assert report.outcome == "succeeded"
    assert rows == [row for row in ROWS if row["id"] != place]
    assert [item["_line"] for item in refused] == [place + 2]
    assert refused[0]["_raw"].encode("utf-8", "replace")[:1] == records[place][:1]
    assert report.rows.read == report.rows.loaded + report.rows.rejected == 60


def test_a_second_table_fails_the_run_and_nothing_is_loaded(run):
    report, rows, _ = run(b"id,name,size\n1,x,1\n\na,b,c,d\n1,2,3,4\n")
    assert report.outcome == "failed"
    assert report.error.code == "input.second-table"
    assert rows is None


def test_what_was_found_is_in_the_report(run):
    data = "# made, by, hand, x\nid; name; size\n1; Müller; 2\n(1 row)\n".encode("cp1252")
    report, rows, _ = run(data)
    assert rows == [{"id": 1, "name": "Müller", "size": "2"}]
    assert report.dialect == {
        "encoding": "cp1252",
        "encoding_confidence": 0.96,
        "delimiter": "; ",
        "quote": '"',
        "escape": None,
        "doubled": True,
        "newline": "lf",
        "header": True,
        "header_lines": 1,
        "preamble_lines": 0,
        "footer_lines": 1,
        "comment": "#",
        "trailing_delimiter": False,
        "compression": None,
    }


COLUMNS = "columns: {id: int required, name: text, size: text}\n"
DRIFT = {
    # name: (the file, more of the pipeline, the rows or the error's code)
    "reordered": (b"size,id,name\n2,1,x\n", "", [{"id": 1, "name": "x", "size": "2"}]),
    "in other case": (b"ID,Name,SIZE\n1,x,2\n", "", [{"id": 1, "name": "x", "size": "2"}]),
    "unknown fails": (b"id,name,size,more\n1,x,2,3\n", "", "input.unknown-column"),
    "unknown kept": (
        b"id,name,size,more\n1,x,2,3\n",
        "unknown_columns: keep\n",
        [{"id": 1, "name": "x", "size": "2", "more": "3"}],
    ),
    "unknown ignored": (
        b"id,name,size,more\n1,x,2,3\n",
        "unknown_columns: ignore\n",
        [{"id": 1, "name": "x", "size": "2"}],
    ),
    "unknown rescued": (
        b"id,name,size,more\n1,x,2,3\n",
        "unknown_columns: rescue\n",
        [{"id": 1, "name": "x", "size": "2", "_rescued": '{"more": "3"}'}],
    ),
    "missing fails": (b"id,name\n1,x\n", "", "input.missing-column"),
    "missing is null": (
        b"id,name\n1,x\n",
        "missing_columns: 'null'\n",
        [{"id": 1, "name": "x", "size": None}],
    ),
    "trailing delimiters": (b"id,name,size,\n1,x,2,\n", "", [{"id": 1, "name": "x", "size": "2"}]),
}


@pytest.mark.parametrize("name", DRIFT)
def test_columns_that_drift_are_mapped_by_name_or_refused(run, name):
    data, extra, expected = DRIFT[name]
    report, rows, _ = run(data, extra)
    if isinstance(expected, str):
        assert report.error.code == expected
        assert rows is None
    else:
        assert rows == expected


def test_snake_headers_reach_the_target(run):
    report, rows, _ = run(b"Order ID,Unit Price (EUR)\n1,2\n", "headers: snake\n", columns="")
    assert report.outcome == "succeeded"
    assert rows == [{"order_id": "1", "unit_price_eur": "2"}]


@pytest.mark.parametrize(
    ("policy", "outcome"), [("ok", "skipped"), ("warn", "skipped"), ("fail", "failed")]
)
@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_ends_as_the_policy_says(run, data, policy, outcome):
    report, _, _ = run(data, f"empty: {policy}\n")
    assert report.outcome == outcome
    assert report.reason == "empty"
    assert (report.error.code if report.error else None) == (
        "input.empty" if policy == "fail" else None
    )


def test_how_the_header_differs_is_in_the_report(run):
    data = b"Size,,id,,id,size 2\n2,a,1,b,3,4\n"
    report, rows, _ = run(data, "unknown_columns: ignore\nmissing_columns: 'null'\n")
    assert rows == [{"id": 1, "name": None, "size": "2"}]
    assert report.columns.model_dump() == {
        "notes": [
            "column 2 has no name: it is `column_2`",
            "column 4 has no name: it is `column_4`",
            "column 5 is a second `id`: it is `id_2`",
        ],
        "renamed": {"size": "Size"},
        "reordered": True,
        "missing": ["name"],
        "unknown": ["column_2", "column_4", "id_2", "size 2"],
        "likely": {},
    }


def test_a_header_as_declared_leaves_nothing_to_report(run):
    report, _, _ = run(b"id,name,size\n1,x,2\n")
    assert report.columns.model_dump(exclude_defaults=True) == {}


def test_a_renamed_column_fails_with_a_patch_that_takes_its_values(run):
    names, renamed = "columns: {id: int required, amount: 'decimal(9,2)'}\n", "Betrag in €"
    data = f"id,Word,{renamed}\n1,x,2.50\n2,y,3\n".encode()
    report, rows, _ = run(data, "unknown_columns: keep\n", names)
    assert (report.outcome, report.error.code, rows) == ("failed", "input.missing-column", None)
    assert report.error.hint == (
        "if it only has a new name, write\n"
        "    columns:\n"
        "      amount: {type: 'decimal(9,2)', from: [amount, 'Betrag in €']}  # 2 of 2 values fit"
    )
    taken = "{type: 'decimal(9,2)', from: [amount, 'Betrag in €']}"
    patched = f"columns: {{id: int required, amount: {taken}}}\n"
    report, rows, _ = run(data, "unknown_columns: ignore\n", patched)
    assert [(row["id"], str(row["amount"])) for row in rows] == [(1, "2.50"), (2, "3.00")]


TYPED = "columns: {id: int, day: date, sum: 'decimal(9,2)', note: text}\n"
BOOKED = b"id,day,sum,note\n1,2026-01-31,5.00,x\n2,2026-02-28,7.00,y\n"


@pytest.mark.parametrize("footer", [b"Total,,12.00,\n", b"2 rows\n", b",,12.00,x\n"])
def test_a_footer_that_was_told_is_left_out(run, footer):
    report, rows, _ = run(BOOKED + footer, "csv: {footer: 1}\n", TYPED)
    assert (report.rows.read, [row["id"] for row in rows]) == (2, [1, 2])


def test_a_record_is_not_left_out_as_the_footer_that_was_told(run):
    report, rows, _ = run(BOOKED, "csv: {footer: 1}\n", TYPED)
    assert (report.outcome, report.error.code, rows) == ("failed", "input.footer", None)
    assert report.error.message == (
        "line 1 from the end reads as a record, and `csv: {footer: 1}` leaves it out"
    )
    report, rows, _ = run(BOOKED + b"\n3,2026-03-31,1,z\r\nend\r\n", "csv: {footer: 2}\n", TYPED)
    assert (report.error.code, report.error.message[:6]) == ("input.footer", "line 2")


@pytest.mark.parametrize("told", ["cp1252", "iso-8859-1", "shift_jis", "koi8-r"])
@pytest.mark.parametrize(
    ("actual", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")],
)
def test_unicode_is_not_read_as_an_older_encoding_that_was_told(run, told, actual, found):
    data = ("id,name,size\n" + "1,x,1\n" * 9 + "1,Müller größer,1\n").encode(actual)
    report, rows, _ = run(data, f"csv: {{encoding: {told}}}\n")
    assert (report.error.code, rows) == ("input.encoding", None)
    assert report.error.message.startswith(f"the file is {found}, and `csv: {{encoding: ")
    assert report.error.hint == "`encoding: auto` finds out for each file"


@pytest.mark.parametrize(
    ("told", "name"),
    [("cp1252", "Müller"), ("cp1251", "Река"), ("gb18030", "联通"), ("ascii", "x")],
)
def test_an_older_encoding_that_was_told_is_taken(run, told, name):
    data = f"id,name,size\n1,{name},1\n".encode(told)
    _, rows, _ = run(data, f"csv: {{encoding: {told}}}\n")
    assert rows == [{"id": 1, "name": name, "size": "1"}]
