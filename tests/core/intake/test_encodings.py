"""Files of partners in many languages and encodings: read right, or refused with the choice."""

from pathlib import Path

import pytest

from csvflow.contract import InputError
from csvflow.core.intake.detect import drift, statistics
from csvflow.core.intake.detect.encoding import named

LINES = (Path(__file__).parent / "words.txt").read_text("utf-8").splitlines()
"""A language with the encodings that its files come in; below, cells as partners have them."""
NAMES = {line.split()[0]: line.split()[1:] for line in LINES[::2]}
WORDS = dict(zip(NAMES, (line.split("|") for line in LINES[1::2]), strict=True))
EVERY = [(language, name) for language, names in NAMES.items() for name in names]
COMMON = {
    "cp1252": "german french spanish portuguese italian swedish danish finnish dutch icelandic",
    "cp1250": "polish czech slovak hungarian romanian croatian",
    "cp1251": "russian ukrainian bulgarian",
    "cp1253": "greek",
    "cp1254": "turkish",
    "cp1255": "hebrew",
    "cp1256": "arabic",
    "cp1257": "lithuanian latvian",
    "cp874": "thai",
    "cp932": "japanese",
    "cp949": "korean",
    "gb18030": "simplified",
    "big5": "traditional",
}


def windows(language, count):
    words = WORDS[language]
    for start in range(0, len(words), max(count, 4)):
        yield [words[(start + at) % len(words)] for at in range(min(count, len(words)))]


def stored(words, encoding):
    lines = [f'{number},"{word}",London' for number, word in enumerate(words, 1)]
    found = [line.encode(encoding, "ignore") for line in lines]
    return [line for line in found if not line.isascii()]


def is_utf8(lines):
    try:
        b"\n".join(lines).decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(("language", "encoding"), EVERY, ids=str)
def test_words_are_read_as_they_were_written_or_not_at_all(language, encoding):
    for count in (1, 2, 4, 12):
        for words in windows(language, count):
            lines = stored(words, encoding)
            if is_utf8(lines):
                continue
            try:
                found, sure = statistics.detect(lines)
            except InputError:
                continue
            text = b"\n".join(lines)
            assert text.decode(found) == text.decode(encoding), (found, sure)
            assert 0.75 <= sure <= 1


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, name) for name, languages in COMMON.items() for language in languages.split()],
    ids=str,
)
def test_eight_telling_words_are_enough_for_common_encodings(language, encoding):
    for words in windows(language, 8):
        lines = stored(words, encoding)
        text = b"\n".join(lines)
        assert text.decode(statistics.detect(lines)[0]) == text.decode(encoding)


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-5", "cp866", "cp1251"])
def test_cyrillic_is_told_apart_by_a_few_words(encoding):
    assert statistics.detect(stored(WORDS["russian"][:3], encoding))[0] == encoding


SIGNS = {
    "5 €": "cp1252",
    "19,90 €": "cp1252",
    "€ 5": "cp1252",
    "5 °C": "cp1252",
    "21.5°C": "cp1252",
    "£5.00": "cp1252",
    "§ 5": "cp1252",
    "±5": "cp1252",
    "½ inch": "cp1252",
    "100 m²": "cp1252",
    "3 µm": "cp1252",
    "© 2024": "cp1252",
    "Widget™": "cp1252",
    "a – b": "cp1252",  # noqa: RUF001
    "café": "cp1252",
    "Café £5": "cp1252",
    "Müller": "cp1252",
    "Łódź": "cp1250",
    "Győző": "cp1250",
    "Иванов": "cp1251",
    "東京都": "cp932",
}


@pytest.mark.parametrize("cell", SIGNS)
def test_one_cell_is_enough_where_nothing_else_makes_sense_of_it(cell):
    assert statistics.detect([f"1;{cell};x".encode(SIGNS[cell])])[0] == SIGNS[cell]


UNCLEAR = {
    # (the cell, its encoding): what is said
    ("Ayşe", "cp1254"): "cp1252 reads `Ayþe`, cp1254 reads `Ayşe`, cp1257 reads `Ayže`",
    ("Müller", "mac-roman"): "mac-roman reads `Müller`, cp1250 reads `Mźller`",
    ("Hauptstraße", "cp850"): "cp850 reads `Hauptstraße`, cp1252 reads `Hauptstraáe`",
    ("שלום", "cp1255"): "cp1255 reads `שלום`, cp1253 reads `ωμεν`",
    ("男", "gb18030"): "cp1251 reads `ДР`, gb18030 reads `男`",
}


@pytest.mark.parametrize("case", UNCLEAR, ids=str)
def test_what_can_be_two_things_is_refused_with_both(case):
    cell, encoding = case
    with pytest.raises(InputError) as refused:
        statistics.detect([f"1;{cell};x".encode(encoding)])
    assert refused.value.code == "input.encoding"
    assert refused.value.message.startswith(f"the encoding can't be told for sure: {UNCLEAR[case]}")
    first = UNCLEAR[case].split()[0]
    assert refused.value.hint == f"name the one that is right: `csv: {{encoding: {first}}}`"


def test_a_damaged_byte_in_a_small_file_of_utf8_is_one_reject(read):
    found = read(b"id,n\n1,\xc3\xa4\n2,\xfc\xe4\n3,b\n", delimiter=",", header=1)
    assert found.dialect["encoding"] == "utf-8"
    assert found.rows == [("1", "ä"), ("3", "b")]
    assert [(line, code) for _, line, code, _ in found.damaged] == [(3, "row.encoding")]


NO_TEXT = {
    "EBCDIC": ("id,name\n1,abc\n2,bcd\n".encode("cp037"), "the text is EBCDIC"),
    "EBCDIC of Germany": ("id;name\n1;Grün\n2;bcd\n".encode("cp273"), "the text is EBCDIC"),
    "ISO-2022-JP": ("id,name\n1,東京\n".encode("iso2022_jp"), "the text is in iso2022_jp"),
    "ISO-2022-KR": ("id,name\n1,서울\n".encode("iso2022_kr"), "the text is in iso2022_kr"),
    "HZ": ("id,name\n1,北京\n".encode("hz"), "the text is in hz"),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_only_passes_for_text_is_refused_with_what_it_is(opened, name):
    data, said = NO_TEXT[name]
    with pytest.raises(InputError, match=said) as refused:
        opened(data)
    assert refused.value.code == "input.encoding"
    assert refused.value.hint


def test_text_with_escape_sequences_is_read_where_its_encoding_is_told(read):
    found = read("id,name\n1,東京\n2,大阪\n".encode("iso2022_jp"), encoding="iso2022_jp")
    assert found.rows == [("1", "東京"), ("2", "大阪")]


@pytest.mark.parametrize("name", ["rot13", "zlib", "base64", "unicode_escape", "punycode"])
def test_codecs_that_are_no_encodings_of_files_are_refused(opened, name):
    with pytest.raises(InputError, match=f"`{name}` is no encoding of text files"):
        opened(b"a,b\n1,2\n", encoding=name)


@pytest.mark.parametrize("told", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["-le", "-be"])
def test_the_byte_order_of_a_told_encoding_is_found(read, told, order):
    data = "id,n\n1,a\n2,b\n".encode(told + order)
    assert named(told, data) == (told + order, 0)
    assert read(data, encoding=told).rows == [("1", "a"), ("2", "b")]


def table(words, count, encoding, start=0):
    lines = [f"{n},{words[n % len(words)]},{n}.5\n" for n in range(start, start + count)]
    return "".join(lines).encode(encoding)


TURNS = [
    # language, encoding; language, encoding of a later part, how many lines, what is said of it
    ("german", "cp1252", "german", "utf-8", 2_000, "cp1252 at first, and UTF-8 at line"),
    ("german", "cp1252", "polish", "cp1250", 100, "cp1252 at first, and cp1250 at line"),
    ("german", "cp1252", "russian", "cp1251", 100, "cp1252 at first, and cp1251 at line"),
    ("polish", "cp1250", "polish", "iso-8859-2", 200, "cp1250 at first, and iso-8859-2 at line"),
    ("russian", "cp1251", "russian", "koi8-r", 400, "cp1251 at first, and koi8-r at line"),
    ("russian", "koi8-r", "russian", "cp1251", 400, "koi8-r at first, and cp1251 at line"),
    ("german", "cp1252", "german", "cp850", 100, "not cp1252: line"),
    ("japanese", "cp932", "russian", "cp1251", 100, "not cp932: line"),
]


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: "-".join(map(str, turn[:5])))
@pytest.mark.parametrize("behind", [0, 20_000], ids=["at the end", "in the middle"])
def test_text_that_turns_into_another_encoding_is_refused_with_its_line(opened, turn, behind):
    first, encoding, other, later, count, said = turn
    data = b"id,name,size\n" + table(WORDS[first], 60_000, encoding)
    data += table(WORDS[other], count, later, 60_000)
    data += table(WORDS[first], behind, encoding, 70_000)
    with pytest.raises(InputError) as refused:
        opened(data)
    assert refused.value.code == "input.encoding"
    assert said in refused.value.message
    line = int(refused.value.message.split("line ")[1].split(", column")[0].replace(",", ""))
    assert 60_002 <= line <= 60_001 + count


@pytest.mark.parametrize("language", ["german", "polish", "russian", "greek", "arabic", "thai"])
def test_text_in_one_encoding_is_read_to_its_end(language):
    names = [name for name in COMMON if language in COMMON[name].split()]
    watch = drift.Watch(names[0])
    parts = [table(WORDS[language], 4_000, names[0]), table(WORDS[language], 4_000, names[0], 9)]
    assert [watch.decode(part) for part in parts] == [part.decode(names[0]) for part in parts]


@pytest.mark.parametrize("rows", [5, 60_000])
def test_every_record_with_a_nul_byte_is_rejected(read, rows):
    plain = b"".join(b"%d,name of %d,%d.5\n" % (n, n, n) for n in range(rows))
    found = read(b"id,name,size\n" + plain + b"7,a\0b,1.5\n" + plain + b"8,\0\0,2.5\n", header=1)
    assert [(line, code) for _, line, code, _ in found.damaged] == [
        (rows + 2, "row.encoding"),
        (2 * rows + 3, "row.encoding"),
    ]
    assert len(found.rows) == 2 * rows


def test_a_late_record_in_iso2022_is_rejected(read):
    plain = b"".join(b"%d,name of %d,%d.5\n" % (n, n, n) for n in range(60_000))
    late = "7,東京,1.5\n".encode("iso2022_jp")
    found = read(b"id,name,size\n" + plain + late, header=1, footer=0)
    assert [(line, code) for _, line, code, _ in found.damaged] == [(60_002, "row.encoding")]


def test_ascii_that_turns_into_utf16_loads_nothing_wrong(read):
    plain = b"".join(b"%d,name of %d,%d.5\n" % (n, n, n) for n in range(60_000))
    wide = "".join(f"{n},name of {n},{n}.5\n" for n in range(500)).encode("utf-16-le")
    found = read(b"id,name,size\n" + plain + wide, header=1, footer=0)
    assert len(found.rows) == 60_000
    assert {code for _, _, code, _ in found.damaged} == {"row.encoding"}


@pytest.mark.parametrize(
    ("data", "encoding", "said"),
    [
        (b"a,b\n1,x\n2,\x81\n", "cp1252", "line 3, column 3 says otherwise (byte 10, 0x81)"),
        (b"a,b\r1,x\r2,y\x81\r", "cp1252", "line 3, column 4 says otherwise (byte 11, 0x81)"),
        (
            "a,b\n1,東\n2,".encode("cp932") + b"\x81 \n",
            "cp932",
            "line 3, column 3 says otherwise (byte 11, 0x81)",
        ),
    ],
)
def test_the_place_of_a_byte_that_is_no_text_is_told_by_line_and_column(
    opened, data, encoding, said
):
    with pytest.raises(InputError) as refused:
        opened(data, encoding=encoding)
    assert refused.value.message == f"the text is not {encoding}: {said}"
    assert refused.value.hint == "`encoding: auto` finds out for each file, or say another one"
