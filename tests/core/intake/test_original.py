import io

import pytest

from csvflow.core.intake import original

TEXTS = [
    ["a,b", "1,x", "", "2,y"],
    ["naïve,é", "", "x", "ÿ"],
]
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


def places(data, encoding, first, last=None):
    return original.place_of_lines(io.BytesIO(data), encoding, first, last or first)


@pytest.mark.parametrize("part", [1, 3, 4, 1 << 16])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("lines", TEXTS)
def test_every_line_is_found_wherever_the_file_is_cut(monkeypatch, lines, encoding, end, part):
    monkeypatch.setattr(original, "PART", part)
    data = (ENDS[end].join(lines) + ENDS[end]).encode(encoding)
    told = [places(data, encoding, number) for number in range(1, len(lines) + 1)]
    assert [data[begin:end] for begin, end in told] == [line.encode(encoding) for line in lines]


@pytest.mark.parametrize("part", [1, 2, 5, 1 << 16])
def test_mixed_newlines_end_one_line_each(monkeypatch, part):
    monkeypatch.setattr(original, "PART", part)
    data = b"a\r\rb\r\n\nc\n\rd"
    found = [places(data, "utf-8", number) for number in range(1, 8)]
    assert found == [(0, 1), (2, 2), (3, 4), (6, 6), (7, 8), (9, 9), (10, 11)]
    assert places(data, "utf-8", 1, 3) == (0, 4)
    assert places(data, "utf-8", 8) == (11, 11)


@pytest.mark.parametrize(
    ("encoding", "lines"),
    [
        ("shift_jis", ["表,ソ", "能,x"]),  # their second byte is a backslash
        ("gb18030", ["€,中", "𠀀,x"]),
        ("iso2022_jp", ["日本,x", "y,語"]),
        ("cp037", ["a,b", "1,2"]),
        ("utf-7", ["é,ü", "x,ä"]),
    ],
)
def test_encodings_of_several_bytes_states_and_other_newlines_keep_their_places(encoding, lines):
    parts = [line.encode(encoding) for line in lines]
    data = parts[0] + "\r\n".encode(encoding) + parts[1] + "\r\n".encode(encoding)
    assert "".join(lines) == data.decode(encoding).replace("\r\n", "")
    begin, end = places(data, encoding, 2)
    assert (data[begin:end], places(data, encoding, 1)) == (parts[1], (0, len(parts[0])))


@pytest.mark.parametrize(
    ("data", "encoding", "place"),
    [
        (b"\xef\xbb\xbfa\nb", "utf-8", (3, 4)),
        (b"\xff\xfea\0\n\0b\0", "utf-16-le", (2, 4)),
        (b"\xff\xfea\0\n\0b\0", "utf-16", (2, 4)),
        (b"\0\0\xfe\xff\0\0\0a", "utf-32-be", (4, 8)),
        (b"a\xff\xfe\nb", "utf-8", (0, 3)),
    ],
)
def test_the_byte_order_mark_is_no_part_of_the_first_line(data, encoding, place):
    assert places(data, encoding, 1) == place
