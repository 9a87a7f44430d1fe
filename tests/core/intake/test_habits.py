"""A file whose delimiter or quote changes while its number of fields stays is never misread."""

import pytest

from csvflow.contract import InputError

BLOCKS = [None, 1 << 12, 1 << 14]


def rows(first, last, pattern):
    return b"".join(pattern.replace(b"N", b"%d" % number) for number in range(first, last))


CHANGED = {
    # name: (bytes, the line from which on it is written otherwise, what the message says)
    "decimal commas behind semicolons": (
        b"id,amount\n" + rows(0, 800, b"N,N.50 text\n") + rows(800, 1000, b"N;N,50 text\n"),
        802,
        "the fields are parted by `;`, not by `,`",
    ),
    "tabs": (
        b"id,note\n" + rows(0, 800, b"N,x\n") + rows(800, 1000, b"N\tx,y\n"),
        802,
        "the fields are parted by a tab, not by `,`",
    ),
    "in the middle only": (
        b"id,amount\n"
        + rows(0, 800, b"N,N.50 text\n")
        + rows(800, 900, b"N;N,50 text\n")
        + rows(900, 1200, b"N,N.50 text\n"),
        802,
        "the fields are parted by `;`, not by `,`",
    ),
    "single quotes below double ones": (
        b"id,name\n" + rows(0, 800, b'"N","name N"\n') + rows(800, 1000, b"'N','name N'\n"),
        802,
        "fields stand in `'`, which would be loaded as text",
    ),
    "single quotes below none": (
        b"id,name\n" + rows(0, 800, b"N,name N\n") + rows(800, 1000, b"'N','name N'\n"),
        802,
        "fields stand in `'`, which would be loaded as text",
    ),
    "double quotes below single ones": (
        b"id,name\n" + rows(0, 800, b"'N','name N'\n") + rows(800, 1000, b'"N","name N"\n'),
        802,
        'fields stand in `"`, which would be loaded as text',
    ),
    "around text alone": (
        b"name,city\n" + rows(0, 800, b"name N,Rome\n") + rows(800, 1000, b"'name N',Rome\n"),
        802,
        "fields stand in `'`, which would be loaded as text",
    ),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("block", BLOCKS)
def test_other_marks_are_refused_with_their_line(read, name, block):
    data, line, says = CHANGED[name]
    with pytest.raises(InputError, match=f"from line {line} on {says}") as told:
        read(data, block=block)
    assert told.value.code == "input.layout-changed"


KEPT = {
    # name: (bytes, how many rows, the last one)
    "semicolons in text now and then": (
        b"id,note\n" + rows(0, 800, b"N,x\n") + rows(800, 900, b"N,x\nN,a; b\n"),
        1000,
        ("899", "a; b"),
    ),
    "a name with a semicolon, row by row": (
        b"id,name\n" + rows(0, 800, b"N,apples\n") + rows(800, 1000, b"N,nuts; mixed\n"),
        1000,
        ("999", "nuts; mixed"),
    ),
    "a name in quotes of its own, row by row": (
        b"id,name\n" + rows(0, 800, b"N,apples\n") + rows(800, 1000, b"N,'nuts'\n"),
        1000,
        ("999", "'nuts'"),
    ),
    "decimal commas between tabs": (
        b"id\tamount\n" + rows(0, 800, b"N\tN\n") + rows(800, 1000, b"N\tN,5\n"),
        1000,
        ("999", "999,5"),
    ),
    "lists of numbers": (
        b"id,sizes\n" + rows(0, 800, b"N,N\n") + rows(800, 1000, b"N,N;N\n"),
        1000,
        ("999", "999;999"),
    ),
    "semicolons from the beginning on": (
        b"id,note\n" + rows(0, 1000, b"N,a;b\n"),
        1000,
        ("999", "a;b"),
    ),
    "apostrophes": (
        b"id,note\n" + rows(0, 800, b"N,x\n") + rows(800, 1000, b"N,'tis Ann's N\n"),
        1000,
        ("999", "'tis Ann's 999"),
    ),
    "quotes in quotes": (
        b"id,note\n" + rows(0, 800, b'N,"x"\n') + rows(800, 1000, b'N,"x ""y"" N"\n'),
        1000,
        ("999", 'x "y" 999'),
    ),
    "too few rows of it": (
        b"id,amount\n" + rows(0, 800, b"N,N.50 text\n") + rows(800, 840, b"N;N,50 text\n"),
        840,
        ("839;839", "50 text"),
    ),
}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("block", BLOCKS)
def test_marks_within_text_are_text(read, name, block):
    data, count, last = KEPT[name]
    found = read(data, block=block)
    assert found.damaged == []
    assert len(found.rows) == count
    assert found.rows[-1] == last


def test_quotes_are_kept_where_none_are_told(read):
    data = b"id,name\n" + rows(0, 800, b"N,name N\n") + rows(800, 1000, b"'N','name N'\n")
    assert read(data, quote="none").rows[-1] == ("'999'", "'name 999'")


def test_a_change_far_down_in_a_large_block_is_seen(read):
    data = b"id,note\n" + rows(0, 60_000, b"N,it's N.50 text\n" + b"N,x\n" * 4)
    data += rows(0, 2_000, b"'N','note N'\n")
    with pytest.raises(InputError, match="from line 300,002 on fields stand in `'`"):
        read(data)
