"""Archives are read to their last byte; what can't be is refused with what it is."""

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from csvflow.contract import InputError

PLAIN = b"id,name\n" + b"".join(b"%d,a\n" % n for n in range(500))
PACK = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
ROWS = [(str(n), "a") for n in range(500)]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


@pytest.mark.parametrize("kind", PACK)
def test_streams_behind_each_other_are_read_as_one(read, kind):
    pack = PACK[kind]
    assert read(pack(PLAIN) + pack(b"500,a\n") + pack(b"501,a\n")).rows == [
        *ROWS,
        ("500", "a"),
        ("501", "a"),
    ]


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("behind", ["a damaged stream", "text", "one byte"])
def test_what_follows_an_archive_and_is_none_is_no_short_load(opened, kind, behind):
    pack = PACK[kind]
    tails = {"a damaged stream": flipped(pack(b"5,x\n"), 0), "text": b"5,x\n", "one byte": b"x"}
    with pytest.raises(InputError) as refused:
        opened(pack(PLAIN) + tails[behind])
    assert refused.value.code in ("input.archive", "input.truncated")


@pytest.mark.parametrize("kind", PACK)
def test_a_second_stream_that_is_cut_is_no_short_load(opened, kind):
    pack = PACK[kind]
    with pytest.raises(InputError) as refused:
        opened(pack(PLAIN) + pack(b"5,x\n")[:-3])
    assert refused.value.code == "input.truncated"


def test_the_padding_of_xz_is_no_damage(read):
    assert read(lzma.compress(PLAIN) + b"\0" * 8).rows == ROWS


def test_a_frame_of_zstd_to_be_skipped_may_stand_first(read):
    import pyarrow as pa

    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    assert read(skipped + pa.Codec("zstd").compress(PLAIN).to_pybytes()).rows == ROWS


REFUSED = {
    # name: (the bytes, the code, what is said)
    "a method of zip": (
        zipped(a=PLAIN).replace(b"\x08\x00", b"\x09\x00"),
        "input.archive",
        "packed in a way that can't be read",
    ),
    "an empty zip": (zipped(), "input.archive", "the zip archive holds no files"),
    "a zip of two": (zipped(a=PLAIN, b=PLAIN), "input.archive", "the zip archive holds 2 files"),
    "an Excel workbook": (
        zipped(**{"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}),
        "input.binary",
        "an Excel or Word document",
    ),
    "a 7z archive": (b"7z\xbc\xaf\x27\x1c\0\x04", "input.binary", "a 7z archive"),
    "a RAR archive": (b"Rar!\x1a\x07\x01\0", "input.binary", "a RAR archive"),
    "an Avro file": (b"Obj\x01\x04\x14avro.codec", "input.binary", "an Avro file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_unpacked_is_refused_with_what_it_is(opened, name):
    data, code, said = REFUSED[name]
    with pytest.raises(InputError, match=said) as refused:
        opened(data)
    assert refused.value.code == code
    assert refused.value.hint


@pytest.mark.parametrize("kind", PACK)
def test_an_archive_that_was_said_to_be_none_is_refused(opened, kind):
    with pytest.raises(InputError, match=f"the file is a {kind} archive, and") as refused:
        opened(PACK[kind](PLAIN), compression="none")
    assert refused.value.code == "input.archive"


@pytest.mark.parametrize("first", ["PAR1,PAR2", "BZhq,x", "GIF8,x", "Obj,x"])
def test_text_that_begins_like_something_else_is_read(read, first):
    data = f"{first}\n1,2\n3,4\n".encode()
    assert read(data, header=1).header == first.split(",")
