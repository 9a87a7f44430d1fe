"""Each kind of damage in the first record, in the middle and in the last one."""

import pytest

GOOD = [
    ("1", "one", "1.5"),
    ("2", "two", "2.5"),
    ("3", "three", "3.5"),
    ("4", "four", "4.5"),
    ("5", "five", "5.5"),
]
PLAIN = [b"1,one,1.5", b"2,two,2.5", b"3,three,3.5", b"4,four,4.5", b"5,five,5.5"]
PLACES = {"first": 0, "middle": 2, "last": 5}

KINDS = {
    # name: (the record, options, its code, its text in the reject)
    "one field": (b"9", {}, "row.field-count", "9"),
    "a delimiter missing": (b"9,nine9.5", {}, "row.field-count", "9,nine9.5"),
    "a delimiter too many": (b"9,,nine,9.5", {}, "row.field-count", "9,,nine,9.5"),
    "a decimal comma": (b"9,nine,9,5", {}, "row.field-count", "9,nine,9,5"),
    "another delimiter": (b"9;nine;9.5", {}, "row.field-count", "9;nine;9.5"),
    "two records in one": (b"9,nine,9.5,8,x,8", {}, "row.field-count", "9,nine,9.5,8,x,8"),
    "a line of prose": (b"see the notes", {}, "row.field-count", "see the notes"),
    "a line of dashes": (b"---------", {}, "row.field-count", "---------"),
    "a remark": (b"# nothing here", {"comment": "none"}, "row.field-count", "# nothing here"),
    "too long for truncate's sibling": (
        b"9,nine,9.5,9",
        {"ragged": "pad"},
        "row.field-count",
        "9,nine,9.5,9",
    ),
    "an open quote": (b'9,"nine,9.5', {}, "row.unclosed-quote", '9,"nine,9.5'),
    "an open quote in the first field": (b'"9,nine,9.5', {}, "row.unclosed-quote", '"9,nine,9.5'),
    "an open quote in the last field": (b'9,nine,"9.5', {}, "row.unclosed-quote", '9,nine,"9.5'),
    "a lone quote": (b'9,",9.5', {}, "row.unclosed-quote", '9,",9.5'),
    "three quotes": (b'9,""",9.5', {}, "row.unclosed-quote", '9,""",9.5'),
    "text behind a quote": (b'9,"ni"ne,9.5', {}, "row.stray-quote", '9,"ni"ne,9.5'),
    "a space behind a quote": (b'9,"nine" ,9.5', {}, "row.stray-quote", '9,"nine" ,9.5'),
    "quotes not doubled": (b'9,"the "nine"",9.5', {}, "row.stray-quote", '9,"the "nine"",9.5'),
    "a backslash for a quote": (
        b'9,"ni\\"ne",9.5',
        {"escape": "none"},
        "row.stray-quote",
        '9,"ni\\"ne",9.5',
    ),
    "a byte of latin-1": (
        b"9,n\xefne,9.5",
        {"encoding": "utf-8"},
        "row.encoding",
        "9,n\\xefne,9.5",
    ),
    "a cut character": (
        b"9,nin\xe2\x82,9.5",
        {"encoding": "utf-8"},
        "row.encoding",
        "9,nin\\xe2\\x82,9.5",
    ),
    "a surrogate": (
        b"9,\xed\xa0\x80,9.5",
        {"encoding": "utf-8"},
        "row.encoding",
        "9,\\xed\\xa0\\x80,9.5",
    ),
    "an overlong slash": (
        b"9,\xc0\xaf,9.5",
        {"encoding": "utf-8"},
        "row.encoding",
        "9,\\xc0\\xaf,9.5",
    ),
    "a nul byte": (b"9,ni\0ne,9.5", {}, "row.encoding", "9,ni\x00ne,9.5"),
    "bytes ff fe": (b"9,\xff\xfe,9.5", {"encoding": "utf-8"}, "row.encoding", "9,\\xff\\xfe,9.5"),
    "a huge field": (
        b"9," + b"n" * 300 + b",9",
        {"max_field": 200},
        "row.too-long",
        "9," + "n" * 300 + ",9",
    ),
    "a wrong field in a long dialect": (
        b"9,nine",
        {"nulls": ("none",)},
        "row.field-count",
        "9,nine",
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_damage_is_told_wherever_it_stands(read, name, place, newline):
    record, options, code, raw = KINDS[name]
    at = PLACES[place]
    lines = [b"id,name,size", *PLAIN[:at], record, *PLAIN[at:]]
    found = read(newline.join([*lines, b""]), delimiter=",", header=1, footer=0, **options)
    assert found.damaged == [(at + 1, at + 2, code, raw)]
    assert found.rows == GOOD
    assert found.lines == [n for n in range(2, 8) if n != at + 2]
    assert found.count == 6


WHOLE = {
    # What looks like damage and is none: name: (the record, options, its cells)
    "control characters": (b"9,\x01\x02\x1f\x7f,9.5", {}, ("9", "\x01\x02\x1f\x7f", "9.5")),
    "an escape sequence": (b"9,\x1b[31mred,9.5", {}, ("9", "\x1b[31mred", "9.5")),
    "a quote in the middle": (b'9,5" pipe,9.5', {}, ("9", '5" pipe', "9.5")),
    "a quote at the end": (b'9,six feet 2",9.5', {}, ("9", 'six feet 2"', "9.5")),
    "two quotes in the middle": (b'9,a "b" c,9.5', {}, ("9", 'a "b" c', "9.5")),
    "a quoted newline": (b'9,"ni\nne",9.5', {}, ("9", "ni\nne", "9.5")),
    "a quoted cr": (b'9,"ni\rne",9.5', {}, ("9", "ni\rne", "9.5")),
    "quoted newlines only": (b'9,"\n\n\n",9.5', {}, ("9", "\n\n\n", "9.5")),
    "a quoted record": (b'9,"8,x,8",9.5', {}, ("9", "8,x,8", "9.5")),
    "quotes only": (b'9,"""""",9.5', {}, ("9", '""', "9.5")),
    "all quoted": (b'"9","nine","9.5"', {}, ("9", "nine", "9.5")),
    "all empty": (b",,", {}, (None, None, None)),
    "all empty, quoted": (b'"","",""', {}, ("", "", "")),
    "padded": (b"9,nine", {"ragged": "pad"}, ("9", "nine", None)),
    "padded from one field": (b"9", {"ragged": "pad"}, ("9", None, None)),
    "truncated": (b"9,nine,9.5,9,9", {"ragged": "truncate"}, ("9", "nine", "9.5")),
    "padded by truncate": (b"9", {"ragged": "truncate"}, ("9", None, None)),
    "spaces": (b" 9 , nine , 9.5 ", {}, (" 9 ", " nine ", " 9.5 ")),
    "a byte order mark": (b"\xef\xbb\xbf9,nine,9.5", {}, ("\ufeff9", "nine", "9.5")),
    "the highest character": (b"9,\xf4\x8f\xbf\xbf,9.5", {}, ("9", "\U0010ffff", "9.5")),
    "a line separator": (
        "9,\u2028\u2029\u0085,9.5".encode(),
        {},
        ("9", "\u2028\u2029\u0085", "9.5"),
    ),
    "right to left": ("9,\u202eabc,9.5".encode(), {}, ("9", "\u202eabc", "9.5")),
    "a formula": (b"9,=1+1,9.5", {}, ("9", "=1+1", "9.5")),
    "a huge number": (b"9,1e999,9.5", {}, ("9", "1e999", "9.5")),
    "a backslash": (b"9,C:\\new\\,9.5", {}, ("9", "C:\\new\\", "9.5")),
    "an escaped quote": (b'9,"ni\\"ne",9.5', {"escape": "\\"}, ("9", 'ni"ne', "9.5")),
    "an escaped delimiter": (b"9,ni\\,ne,9.5", {"escape": "\\"}, ("9", "ni,ne", "9.5")),
    "an escaped newline": (b"9,ni\\\nne,9.5", {"escape": "\\"}, ("9", "ni\nne", "9.5")),
    "an escaped escape": (b"9,ni\\\\,9.5", {"escape": "\\"}, ("9", "ni\\", "9.5")),
    "escapes in a row": (b'9,"\\\\\\"",9.5', {"escape": "\\"}, ("9", '\\"', "9.5")),
    "an escaped null word": (b"9,\\NA,9.5", {"escape": "\\", "nulls": "NA"}, ("9", "NA", "9.5")),
    "a null word with an escape": (
        b"9,\\N,9.5",
        {"escape": "\\", "nulls": "\\N"},
        ("9", None, "9.5"),
    ),
    "a quoted null word": (b'9,"NA",9.5', {"nulls": "NA"}, ("9", "NA", "9.5")),
    "quotes not doubled": (b'9,"",9.5', {"doubled": False}, ("9", "", "9.5")),
    "single quotes": (b"9,'ni,ne',9.5", {"quote": "'"}, ("9", "ni,ne", "9.5")),
    "doubled single quotes": (b"9,'it''s',9.5", {"quote": "'"}, ("9", "it's", "9.5")),
    "double quotes among single ones": (b"9,'\"',9.5", {"quote": "'"}, ("9", '"', "9.5")),
    "no quotes": (b'9,"nine,9.5', {"quote": "none"}, ("9", '"nine', "9.5")),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", WHOLE)
def test_what_only_looks_like_damage_arrives(read, name, place):
    record, options, cells = WHOLE[name]
    at = PLACES[place]
    lines = [b"id,name,size", *PLAIN[:at], record, *PLAIN[at:]]
    found = read(b"\n".join(lines), delimiter=",", header=1, footer=0, **options)
    assert found.damaged == []
    assert found.rows == [*GOOD[:at], cells, *GOOD[at:]]
    assert found.numbers == [1, 2, 3, 4, 5, 6]


REJECTED = {
    # raw text of a reject: (options, its fields)
    "1,x,": ({}, ["1", "x", None]),
    "": ({}, [None]),
    '1,"x"y,""': ({}, ["1", "xy", ""]),
    '1,"a ""b"",c': ({}, ["1", 'a "b",c']),
    '1,"a\nb"\n2,c': ({}, ["1", "a\nb"]),
    "1\n2": ({}, ["1"]),
    "1||x|y||": ({"delimiter": "||"}, ["1", "x|y", None]),
    '1||"x||y"z||': ({"delimiter": "||"}, ["1", "x||yz", None]),
    r"1,a\,b,\"": ({"escape": "\\"}, ["1", "a,b", '"']),
    r'"a\"b"c,\n': ({"escape": "\\"}, ['a"bc', "n"]),
    '"1,2"': ({"quote": "none"}, ['"1', '2"']),
    "a\\xff,é": ({}, ["a\\xff", "é"]),
}


@pytest.mark.parametrize("raw", REJECTED)
def test_the_text_of_a_reject_has_its_fields(opened, raw):
    options, fields = REJECTED[raw]
    delimiter = options.get("delimiter", ",")
    header = f"a{delimiter}b{delimiter}c\n".encode()
    intake = opened(header, header=1, **{"delimiter": delimiter, **options})
    assert intake.fields(raw) == fields
