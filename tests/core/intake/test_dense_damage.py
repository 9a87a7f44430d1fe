"""Damage in every record, or nearly: each is told by itself and whatever is sound arrives."""

import pytest

DAMAGE = {
    # kind: (damaged line in place of `N,name,day`, code)
    "text behind a closing quote": (b'%d,"x"y,z', "row.stray-quote"),
    "too few fields": (b"%d,x", "row.field-count"),
    "too many fields": (b"%d,x,y,z", "row.field-count"),
    "an invalid byte": (b"%d,x\xff,y", "row.encoding"),
    "an open quote": (b'%d,"x,y', "row.unclosed-quote"),
}
DIALECTS = {
    # name: (delimiter, newline, options, sound line)
    "commas": (b",", b"\n", {}, b'%d,"a,b",day'),
    "crlf": (b",", b"\r\n", {}, b"%d,name,day"),
    "carriage returns": (b",", b"\r", {}, b"%d,name,day"),
    "two characters": (b"||", b"\n", {"delimiter": "||"}, b"%d||name||day"),
    "backslashes": (b",", b"\n", {"escape": "\\"}, rb"%d,na\,me,day"),
    "comments": (b",", b"\n", {"comment": "#"}, b"%d,name,day"),
}


@pytest.mark.parametrize("block", [None, 256])
@pytest.mark.parametrize("every", [2, 5, 40])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", DAMAGE)
def test_dense_damage_is_told_record_by_record(read, kind, dialect, every, block):
    damaged, code = DAMAGE[kind]
    delimiter, newline, options, sound = DIALECTS[dialect]
    damaged = damaged.replace(b",", delimiter)
    if kind == "an open quote" and every < 5:
        every = 5  # Fewer sound lines don't tell where reading goes on.
    lines = [(sound if n % every else damaged) % n for n in range(1, 202)]
    data = newline.join([b"id" + delimiter + b"name" + delimiter + b"day", *lines])
    found = read(data, block=block, encoding="utf-8", header=1, **options)
    hurt = [n for n in range(1, 202) if n % every == 0]
    assert [item[:3] for item in found.damaged] == [(n, n + 1, code) for n in hurt]
    raw = [(damaged % n).decode(errors="backslashreplace") for n in hurt]
    assert [item[3] for item in found.damaged] == raw
    assert found.lines == [n + 1 for n in range(1, 202) if n % every]
    assert [row[0] for row in found.rows] == [str(n) for n in range(1, 202) if n % every]
    assert found.raw == [(sound % n).decode() for n in range(1, 202) if n % every]


@pytest.mark.parametrize("block", [None, 100])
def test_every_record_may_be_damaged(read, block):
    found = read(b"a,b\n" + b'1,"x"y\n' * 2_000, block=block)
    assert found.rows == []
    line = ("row.stray-quote", '1,"x"y')
    assert found.damaged == [(n, n + 1, *line) for n in range(1, 2_001)]


@pytest.mark.parametrize("block", [None, 100])
def test_sound_records_of_several_lines_stand_among_damaged_ones(read, block):
    data = b"a,b\n" + b'1,"x"y\n2,"u\nv"\n' * 500
    found = read(data, block=block)
    assert found.rows == [("2", "u\nv")] * 500
    assert found.lines == list(range(3, 1_503, 3))
    assert [item[1] for item in found.damaged] == list(range(2, 1_502, 3))
