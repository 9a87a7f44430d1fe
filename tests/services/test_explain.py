import gzip
import zipfile

import fsspec
import pytest

from csvflow.services.explain import explain
from csvflow.services.run import Order

TEXT = "id,note\r\n1,plain\r\n2,café €\r\n3,x\r\n"
JAPANESE = "id,note\n1,plain\n2,表示 能力 日本語の文章です\n3,ソフト\n"


def explained(path, line, **csv):
    return explain(str(path), line, Order(files=[], project=path.parent, csv=csv))


def original(path, line, **csv):
    found = explained(path, line, **csv).original
    assert found.complete
    return found.offset, found.data


@pytest.mark.parametrize(
    ("encoding", "offset", "data"),
    [
        ("utf-8", 18, b"2,caf\xc3\xa9 \xe2\x82\xac"),
        ("utf-8-sig", 21, b"2,caf\xc3\xa9 \xe2\x82\xac"),
        ("cp1252", 18, b"2,caf\xe9 \x80"),
        ("utf-16", 38, b"2\0,\0c\0a\0f\0\xe9\0 \0\xac\x20"),
        ("utf-16-be", 36, b"\0" + b"2\0,\0c\0a\0f\0\xe9\0 " + b"\x20\xac"),
        ("utf-32-le", 72, "2,café €".encode("utf-32-le")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_bytes_are_those_of_the_file_in_its_own_encoding(
    tmp_path, encoding, offset, data, packed
):
    path = tmp_path / "a.csv"
    stored = TEXT.encode(encoding)
    path.write_bytes(gzip.compress(stored) if packed else stored)
    told = {} if "-" in encoding else {"encoding": encoding}
    assert original(path, 3, **told) == (offset, data)


def test_shift_jis_keeps_its_backslashes_inside_characters(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(JAPANESE.encode("shift_jis"))
    assert original(path, 3, encoding="shift_jis") == (
        16,
        bytes.fromhex("322c955c8ea620945c97cd2093fa967b8cea82cc95b68fcd82c582b7"),
    )


def test_invalid_bytes_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,note\n1,\xe2\x82\xac\xc3\xa9\xc3\xbc\n2,a\xff\xfeb\n3,x\n")
    found = explained(path, 3)
    assert (found.raw, found.outcome) == (r"2,a\xff\xfeb", "rejected")
    assert original(path, 3) == (18, b"2,a\xff\xfeb")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_lines_above_the_header_count(tmp_path, encoding):
    path = tmp_path / "a.csv"
    above = "Bericht für März\n\n"
    path.write_bytes(f"{above}id,note\n1,ä\n2,ö\n".encode(encoding))
    told = {"encoding": encoding, "preamble": "2"}
    data = "2,ö".encode("utf-16-le" if encoding == "utf-16" else encoding)
    # Characters above it are 30; two of them, and `ä`, have two bytes in UTF-8.
    assert original(path, 5, **told) == ({"utf-8": 33, "cp1252": 30, "utf-16": 62}[encoding], data)


def test_a_record_of_several_lines_has_its_newlines_but_the_last(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,note\r\n1,"two\r\nl\xc3\xaf\nnes"\r\n2,x\r\n')
    assert original(path, 3) == (9, b'1,"two\r\nl\xc3\xaf\nnes"')


def test_a_first_record_without_a_header_begins_behind_the_byte_order_mark(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("1,é\n2,x\n".encode("utf-8-sig"))
    assert original(path, 1, header="none") == (3, b"1,\xc3\xa9")


def test_a_zip_archive_tells_offsets_of_its_member(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TEXT.encode("utf-16"))
    assert original(path, 4) == (58, b"3\0,\0x\0")


def test_an_object_that_is_no_local_file_has_its_bytes_too(tmp_path):
    with fsspec.open("memory://explain/a.csv", "wb") as file:
        file.write(TEXT.encode("utf-16"))
    found = explain("memory://explain/a.csv", 4, Order(files=[], project=tmp_path))
    assert (found.original.offset, found.original.data) == (58, b"3\0,\0x\0")


def test_of_a_long_damaged_record_the_beginning_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,note\n1,x\n2," + "é" * 30_000 + ",too,many\n3,x\n")
    found = explained(path, 3)
    assert (found.outcome, found.lines, len(found.raw)) == ("rejected", (3, 3), 10_001)
    assert not found.original.complete
    assert found.original.data == b"2," + "é".encode() * 9_999


def test_bytes_that_grow_as_escapes_bring_no_neighbours(tmp_path):
    path = tmp_path / "a.csv"
    good = b"1,\xc3\xa9\xc3\xa9\xc3\xa9\n" * 3_000
    path.write_bytes(b"id,note\n" + good + b"2," + b"\xff" * 6_000 + b"\n" + good)
    assert explained(path, 3_002).original.data == b"2," + b"\xff" * 6_000
