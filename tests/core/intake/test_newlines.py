"""A newline that ends no record: where the others do, one outside quotes rejects its record."""

import pytest

from csvflow.contract import InputError

ROWS = [(str(n), f"x{n}") for n in range(1, 41)]
MANY = b"".join(f"{n},{text}\n".encode() for n, text in ROWS)

HURT = {
    # name: (the record, its text in the reject, how many lines it takes)
    "a lone cr in a field": (b"9,foo\rbar", "9,foo\rbar", 2),
    "two records joined by a cr": (b"9,foo\r3,bar", "9,foo\r3,bar", 2),
    "a cr before the delimiter": (b"9\r,foo", "9\r,foo", 2),
    "a cr behind the newline before": (b"\r9,foo", "\r9,foo", 2),
    "several": (b"9,f\ro\r\ro", "9,f\ro\r\ro", 4),
    "beside a quoted newline": (b'9\r,"fo\no"', '9\r,"fo\no"', 3),
    "behind a quote": (b'9,"foo"\rbar', '9,"foo"\rbar', 2),
    "before an open quote in bare text": (b'9,foo\r"bar', '9,foo\r"bar', 2),
    "with a stray quote": (b'9,"fo"o\rbar', '9,"fo"o\rbar', 2),
}


@pytest.mark.parametrize("block", [None, 7])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("place", [0, 20, 40], ids=["first", "middle", "last"])
@pytest.mark.parametrize("name", HURT)
def test_a_lone_cr_rejects_its_record_whole_and_no_other(read, name, place, newline, block):
    record, raw, lines = HURT[name]
    above = b"".join(b"%s,%s\n" % (n.encode(), x.encode()) for n, x in ROWS[:place])
    below = b"".join(b"%s,%s\n" % (n.encode(), x.encode()) for n, x in ROWS[place:])
    marked = b"id,n\n" + above + record.replace(b"\n", b"\0") + b"\n" + below
    found = read(marked.replace(b"\n", newline).replace(b"\0", b"\n"), block=block)
    assert found.rows == ROWS
    assert found.damaged == [(place + 1, place + 2, "row.newline", raw)]
    assert found.lines == [*range(2, place + 2), *range(place + 2 + lines, 42 + lines)]
    assert found.raw == [f"{n},{text}" for n, text in ROWS]
    assert found.count == 41
    assert found.dialect["newline"] == ("lf" if newline == b"\n" else "crlf")


def test_a_cr_in_quotes_is_text_and_one_behind_an_escape_as_well(read):
    found = read(b'id,n\n1,"a\rb"\n2,c\\\rd\n3,e\n', escape="\\", newline="lf")
    assert found.rows == [("1", "a\rb"), ("2", "c\rd"), ("3", "e")]
    assert found.lines == [2, 4, 6]
    assert found.damaged == []


def test_a_cr_at_the_end_of_the_text_ends_the_last_record(read):
    found = read(b"id,n\r\n1,a\r\n2,b\r", newline="crlf")
    assert found.rows == [("1", "a"), ("2", "b")]
    assert found.damaged == []


def test_a_cr_before_crlf_belongs_to_the_record(read):
    found = read(b"id,n\r\n" + MANY.replace(b"\n", b"\r\n") + b"9,foo\r\r\n2,b\r\n")
    assert found.damaged == [(41, 42, "row.newline", "9,foo\r")]
    assert found.rows == [*ROWS, ("2", "b")]
    assert found.lines[-1] == 44


def test_many_records_with_a_cr_are_rejected_one_by_one(read):
    data = b"id,n,m\n" + b"".join(b"%d,a\rb,c\n%d,d,e\n" % (n, n) for n in range(30_000))
    found = read(data, newline="lf", delimiter=",", header=1)
    assert len(found.rows) == 30_000
    assert len(found.damaged) == 30_000
    assert found.damaged[-1] == (59_999, 89_999, "row.newline", "29999,a\rb,c")


@pytest.mark.parametrize("told", ["auto", "cr"])
@pytest.mark.parametrize("block", [None, 1, 7])
def test_a_lone_lf_rejects_its_record_where_cr_ends_them(read, told, block):
    if told == "auto":
        data = b"id,n\r" + MANY.replace(b"\n", b"\r") * 800 + b"9,foo\nbar\r8,z\r"
        block = None
    else:
        data = b"id,n\r9,foo\nbar\r8,z\r\n7,y\r"
    found = read(data, newline=told, block=block)
    count = 800 * 40 if told == "auto" else 0
    rejected = [(count + 1, count + 2, "row.newline", "9,foo\nbar")]
    assert found.damaged == rejected
    assert found.rows[-1] == (("8", "z") if told == "auto" else ("7", "y"))
    assert found.count == count + (2 if told == "auto" else 3)
    assert found.dialect["newline"] == "cr"


VERDICTS = {
    "lf": (b"a,b\n1,x\n", "lf"),
    "crlf": (b"a,b\r\n1,x\r\n", "crlf"),
    "cr": (b"a,b\r1,x\r", "cr"),
    "mostly crlf": (b"a,b\r\n1,x\r\n2,y\n", "crlf"),
    "mostly lf": (b"a,b\n1,x\n2,y\r\n", "lf"),
    "no newline": (b"a,b", "lf"),
    "cr between whole records": (b"a,b\n1,x\r2,y\r3,z\n", "mixed"),
    "crlf and cr": (b"a,b\r\n1,x\r2,y\r\n", "mixed"),
    "a cr in a field": (b"a,b\n1,x\rz\n2,y\n", "lf"),
    "a cr in quotes": (b'a,b\n1,"x\rz"\n2,y\n', "lf"),
    "an lf in quotes, cr between records": (b'a,b\r1,"x\nz"\r2,y\r', "cr"),
    "a cr that parts one of many": (b"a,b\n" + MANY + b"1,x\r2,y\n", "lf"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_newline_is_found_by_what_stands_between_records(opened, name):
    data, newline = VERDICTS[name]
    assert opened(data).dialect.newline == newline


def test_a_cr_between_quoted_fields_ends_a_record_unless_told_otherwise(read):
    data = b"id,n\n" + MANY + b'9,"foo"\r"3","bar"\n'
    assert read(data).rows == [*ROWS, ("9", "foo"), ("3", "bar")]
    found = read(data, newline="lf")
    assert found.rows == ROWS
    assert found.damaged == [(41, 42, "row.newline", '9,"foo"\r"3","bar"')]


def test_each_newline_ends_a_record_where_that_is_told(read):
    found = read(b"id,n\n" + MANY + b"41,a\r42,b\n", newline="mixed")
    assert found.rows == [*ROWS, ("41", "a"), ("42", "b")]
    assert found.damaged == []


TOLD = (b"id,n\n" + MANY + MANY.replace(b"\n", b"\r"), {"newline": "lf"}, 42, 40)
TURNED = {
    # name: (the text, options, the block, the line where it turns, how many lone CRs)
    "told": (*TOLD, None),
    "in small blocks": (*TOLD, 64),
    "longer than a record may be": (
        b"id,n\n" + MANY + MANY.replace(b"\n", b"\r") * 200,
        {"newline": "lf", "max_field": 1_000},
        42,
        None,
        4_096,
    ),
    "behind what is looked at": (
        b"id,n\n" + MANY * 5_000 + MANY.replace(b"\n", b"\r") * 1_000,
        {},
        200_002,
        40_000,
        None,
    ),
}


@pytest.mark.parametrize("name", TURNED)
def test_a_file_that_turns_to_cr_is_refused(opened, name):
    data, options, line, count, block = TURNED[name]
    intake = opened(data, **options)
    if block is not None:
        intake._reader._block = block
    with pytest.raises(InputError) as refused:
        list(intake.batches())
    assert refused.value.code == "input.layout-changed"
    assert f"from line {line:,} to the end the records end in CR alone" in str(refused.value)
    if count is not None:
        assert f" {count:,} times; above they don't" in str(refused.value)


def test_lines_behind_a_record_that_was_given_up_are_counted(read):
    long = b"9," + b"x\r" * 3_000
    found = read(
        b"id,n\r\n1,a\r\n" + long + b"\r\n2,b\r\n", block=512, max_field=1_000, newline="lf"
    )
    assert found.rows == [("1", "a"), ("2", "b")]
    assert [code for _, _, code, _ in found.damaged] == ["row.too-long"]
    assert found.lines == [2, 3 + 3_001]
