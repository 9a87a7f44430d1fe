"""What is no CSV is refused with its code; archives are read whole or not at all."""

import bz2
import gzip
import io
import lzma
import zipfile

import pyarrow as pa
import pytest
from blake3 import blake3

from csvflow.contract import InputError

PLAIN = b"a,b\n1,2\n3,4\n"


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, PLAIN)
    return out.getvalue()


ARCHIVES = {
    "gzip": gzip.compress(PLAIN),
    "bz2": bz2.compress(PLAIN),
    "xz": lzma.compress(PLAIN),
    "zstd": pa.Codec("zstd").compress(PLAIN).to_pybytes(),
    "zip": zipped("x.csv"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("remote", [False, True], ids=["in place", "fetched"])
def test_an_archive_is_read_and_its_stored_bytes_are_hashed(read, kind, remote):
    data = ARCHIVES[kind]
    found = read(data, remote=remote)
    assert found.rows == [("1", "2"), ("3", "4")]
    assert found.dialect["compression"] == kind
    assert found.content_hash == f"blake3:{blake3(data).hexdigest()}"


REFUSED = {
    "cut gzip": (gzip.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "cut bz2": (bz2.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "cut xz": (lzma.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "two files in a zip": (zipped("x.csv", "y.csv"), {}, "input.archive"),
    "a bomb": (gzip.compress(b"a,b\n" + b"1,2\n" * (20 << 20)), {}, "input.expansion"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, {}, "input.binary"),
    "macOS metadata": (b"\x00\x05\x16\x07" + b"\0" * 50, {}, "input.binary"),
    "nul bytes all over": (b"\x00\x01" * 500, {}, "input.binary"),
    "not the told encoding": (b"a,b\n\x81,2\n", {"encoding": "cp1252"}, "input.encoding"),
    "no such encoding": (PLAIN, {"encoding": "klingon"}, "input.encoding"),
    "a name too long": (b"a," + b"x" * 10_000 + b"\n1,2\n", {}, "input.header"),
    "a reserved name": (b"a,_csvflow_row\n1,2\n", {}, "input.header"),
    "too many columns": (
        b",".join([b"c"] * 20) + b"\n",
        {"max_columns": 10},
        "input.too-many-columns",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_csv_is_refused_with_its_code(opened, name):
    data, options, code = REFUSED[name]
    with pytest.raises(InputError) as refused:
        opened(data, **options)
    assert refused.value.code == code
    assert refused.value.hint


def test_hostile_and_missing_names_are_told_apart_and_noted(read):
    found = read(b'a,"a""; DROP TABLE x; --",,a,a_2\n1,2,3,4,5\n', header=1)
    assert found.header == ["a", 'a"; DROP TABLE x; --', "column_3", "a_3", "a_2"]
    assert found.notes == [
        "column 3 has no name: it is `column_3`",
        "column 4 is a second `a`: it is `a_3`",
    ]


def test_the_hash_is_that_of_the_bytes_whether_asked_early_or_late(opened, read):
    expected = f"blake3:{blake3(PLAIN).hexdigest()}"
    assert read(PLAIN).content_hash == expected
    early = opened(PLAIN)
    assert early.content_hash is None
    assert early.hash_now() == expected
    assert sum(piece.batch.num_rows for piece in early.batches()) == 2
    assert early.content_hash == expected


def test_records_are_found_again_by_their_lines(read):
    data = b'a,b\r\n1,"x\r\ny"\r\n\r\n3,4\r\n5,"z"'
    assert read(data).raw == ['1,"x\r\ny"', "3,4", '5,"z"']
    assert read(data, block=1).raw == ['1,"x\r\ny"', "3,4", '5,"z"']
    many = b"a,b\n" + b"".join(b'%d,"v\n%d"\n' % (n, n) for n in range(200))
    assert read(many, block=16).raw == [f'{n},"v\n{n}"' for n in range(200)]
