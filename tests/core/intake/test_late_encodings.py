"""What isn't ASCII decides the encoding of a long file, however late it stands."""

import pytest

from csvflow.contract import InputError
from csvflow.core.intake.detect.beyond import lines_beyond_ascii, shortened
from csvflow.core.intake.detect.encoding import UNSURE

PLAIN = b"1," + b"plain-text-" * 100
HEAD = b"id,name\n" + (PLAIN + b"\n") * 1_000
"""More than a megabyte of ASCII, in 1,001 lines."""
LATE = {
    "cp1252": ["2,Müller", "3,François", "4,naïve café", "5,plain"],
    "cp1250": ["2,Žluťoučký kůň", "3,Příliš", "4,Łódź"],
    "cp1251": ["2,Привет мир", "3,Москва", "4,Санкт-Петербург"],
    "shift_jis": ["2,東京都港区のテスト", "3,こんにちは世界", "4,カタカナ"],
    "gb18030": ["2,北京市朝阳区", "3,你好世界", "4,中华人民共和国的数据文件"],
    "utf-8": ["2,Müller", "3,東京都", "4,plain"],
}
FOUND = {"shift_jis": "cp932"}


@pytest.mark.parametrize("encoding", LATE)
def test_text_behind_a_megabyte_of_ascii_is_read_in_its_encoding(read, encoding):
    lines = LATE[encoding]
    data = HEAD + "\n".join(lines).encode(encoding)
    found = read(data)
    assert found.dialect["encoding"] == FOUND.get(encoding, encoding)
    assert found.damaged == []
    assert found.rows[1_000:] == [tuple(line.split(",")) for line in lines]


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_few_letters_of_an_older_encoding_are_enough(read, place):
    lines = [PLAIN] * 1_500
    at = {"first": 0, "middle": 750, "last": 1_499}[place]
    lines[at] = "2,Größe Straße".encode("cp1252")
    found = read(b"id,name\n" + b"\n".join(lines))
    assert found.dialect["encoding"] == "cp1252"
    assert found.rows[at] == ("2", "Größe Straße")


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_lonely_byte_in_a_long_file_is_rejected_not_guessed(read, place):
    lines = [PLAIN] * 3_000
    at = {"first": 0, "middle": 1_500, "last": 2_999}[place]
    lines[at] = b"2,caf\xe9"
    found = read(b"id,name\n" + b"\n".join(lines))
    assert found.damaged == [(at + 1, at + 2, "row.encoding", "2,caf\\xe9")]
    assert found.dialect["encoding"] == "utf-8"
    assert found.dialect["encoding_confidence"] == UNSURE
    assert len(found.rows) == 2_999


@pytest.mark.parametrize("before", [True, False])
def test_one_flipped_byte_among_late_utf8_is_one_reject(read, before):
    flipped, sound = b"2,caf\xe9\n", "3,Zoë\n4,Ærø\n".encode()
    found = read(HEAD + (flipped + sound if before else sound + flipped))
    assert [(code, raw) for _, _, code, raw in found.damaged] == [("row.encoding", "2,caf\\xe9")]
    assert found.dialect["encoding"] == "utf-8"
    assert found.rows[1_000:] == [("3", "Zoë"), ("4", "Ærø")]


def test_a_flipped_byte_in_the_head_and_utf8_behind_it_is_one_reject(read):
    found = read(b"id,name\n2,caf\xe9\n" + HEAD[8:] + "3,Zoë\n4,Ærø\n".encode())
    assert [(line, raw) for _, line, _, raw in found.damaged] == [(2, "2,caf\\xe9")]
    assert found.rows[1_000:] == [("3", "Zoë"), ("4", "Ærø")]


def test_late_bytes_that_no_encoding_fits_are_rejected_record_by_record(read):
    found = read(HEAD + b"2,a\x81b\n3,c\n4,x\x8dy\n")
    assert [(line, code) for _, line, code, _ in found.damaged] == [
        (1_002, "row.encoding"),
        (1_004, "row.encoding"),
    ]
    assert found.rows[-1] == ("3", "c")


def test_late_text_in_no_encoding_at_all_is_refused(read):
    with pytest.raises(InputError) as told:
        read(HEAD + b"2,a\x81b\n4,x\x8dy\n5,u\x9dv\n" * 20)
    assert told.value.code == "input.encoding"


def test_a_few_bytes_that_fit_two_encodings_alike_are_rejected(read):
    found = read(HEAD + "2,Ayşe\n3,Ayşen\n".encode("cp1254"))
    assert [line for _, line, _, _ in found.damaged] == [1_002, 1_003]
    assert found.dialect["encoding_confidence"] == UNSURE


WESTERN = [f"{n},Größe und Straße von {n}, Köln" for n in range(30_000)]
TURNED = "1,Größe Straße,Köln\n".encode() * 20


@pytest.mark.parametrize("behind", [b"", b"2,plain,plain\n" * 100_000])
def test_text_that_turns_into_utf8_is_refused(read, behind):
    western = "\n".join(["id,name,town", *WESTERN, ""]).encode("cp1252")
    with pytest.raises(InputError, match="cp1252 at first, and UTF-8 at") as told:
        read(western + b"2,plain,plain\n" * 2_048 + TURNED + behind)
    assert told.value.code == "input.encoding"


def test_a_told_encoding_is_read_though_some_text_could_be_utf8(read):
    data = "id,name\n1,Größe\n".encode("cp1252") + "2,Größe\n".encode() * 50
    assert read(data, encoding="cp1252").rows[-1] == ("2", "GrÃ¶ÃŸe")


REASONS = {
    "a letter in a word": (b"caf\xe9", "byte 0xe9 is not valid UTF-8 there; in cp1252 it is `é`"),
    "a letter after a capital": (
        b"Z\xfcrich",
        "byte 0xfc is not valid UTF-8 there; in cp1252 it is `ü`",
    ),
    "no letter": (b"a\x95b", "byte 0x95 is not valid UTF-8 there"),
    "no word": (b"1\xe92", "byte 0xe9 is not valid UTF-8 there"),
    "several bytes": (b"a\xe9\xe8b", "byte 0xe9 is not valid UTF-8 there"),
    "nothing in cp1252": (b"a\x81b", "byte 0x81 is not valid UTF-8 there"),
}


@pytest.mark.parametrize("name", REASONS)
def test_an_invalid_byte_is_told_as_the_letter_that_it_may_be(opened, name):
    cell, reason = REASONS[name]
    intake = opened(b"a,b\nZo\xc3\xab,1\n" + cell + b",2\n", encoding="utf-8")
    assert [item.reason for batch in intake.batches() for item in batch.damaged] == [reason]


WINDOWS = {
    "no line is cut": (b"a\nb\xe9\nc\nd\xe8\n", [b"b\xe9", b"d\xe8"]),
    "carriage returns": (b"a\rb\xe9\rc\rd\xe8", [b"b\xe9", b"d\xe8"]),
    "ascii alone": (b"a\nb\nc", []),
    "nothing": (b"", []),
    "the end of a line without one": (b"a" * 9000 + b"\n" + b"b" * 200 + b"\xe9", None),
}


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("window", [16, 64, 4096])
def test_every_line_that_is_not_ascii_is_found(tmp_path, name, window):
    data, expected = WINDOWS[name]
    path = tmp_path / "in"
    path.write_bytes(data)
    found = [line for lines in lines_beyond_ascii(path, 0, window=window) for line in lines]
    assert found == ([b"b" * 200 + b"\xe9"] if expected is None else expected)


@pytest.mark.parametrize("window", [1, 7, 64, 1024])
def test_a_line_longer_than_a_window_is_cut_between_characters(tmp_path, window):
    text = "".join(f"é{n}漢字" for n in range(2_000))
    path = tmp_path / "in"
    path.write_bytes(b"a,b\n" + text.encode() + b"\n1,2\n")
    found = [line for lines in lines_beyond_ascii(path, 0, window=window) for line in lines]
    assert "".join(line.decode() for line in found) == text


SHORTENED = {
    "a short line": ("aé", "aé"),
    "text before": ("a" * 9_000 + "éb", "a" * 2_048 + "éb"),
    "text behind": ("é" + "b" * 9_000, "é" + "b" * 4_094),
    "a character at the cut": ("é" + "b" * 4_093 + "éé", "é" + "b" * 4_093),
    "no ascii": ("éa" + "é" * 9_000, "éa"),
}


@pytest.mark.parametrize("name", SHORTENED)
def test_a_long_line_is_judged_by_whole_characters_of_a_part(name):
    line, part = SHORTENED[name]
    assert shortened(line.encode()).decode() == part


def test_one_line_of_megabytes_in_an_older_encoding_is_judged_by_a_part(read):
    cell = "Größe und Straße in Köln " * 100_000
    found = read(b"a,b\n1," + cell.encode("cp1252") + b"\n2,x\n", header=1, delimiter=",")
    assert found.dialect["encoding"] == "cp1252"
    assert found.rows == [("1", cell), ("2", "x")]
