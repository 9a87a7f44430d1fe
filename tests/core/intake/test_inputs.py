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
from csvflow.core.intake import reader

PLAIN = b"a,b\n1,2\n3,4\n"


def zipped(*names, body=PLAIN):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, body)
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


LONG = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 10007) for n in range(3000))
LONG_ARCHIVES = {
    "gzip": gzip.compress(LONG),
    "bz2": bz2.compress(LONG),
    "xz": lzma.compress(LONG),
    "zstd": pa.Codec("zstd").compress(LONG).to_pybytes(),
    "zip": zipped("x.csv", body=LONG),
}


@pytest.mark.parametrize("kind", LONG_ARCHIVES)
@pytest.mark.parametrize("left", [12, 40, 2000, -20, -8, -4, -1])
def test_a_truncated_archive_is_a_failure_never_a_short_load(opened, kind, left):
    with pytest.raises(InputError) as refused:
        opened(LONG_ARCHIVES[kind][:left])
    assert refused.value.code == "input.truncated"


@pytest.mark.parametrize("kind", ["gzip", "bz2", "xz", "zip"])
def test_an_archive_with_a_flipped_bit_is_a_failure(opened, kind):
    data = bytearray(LONG_ARCHIVES[kind])
    data[len(data) // 2] ^= 1
    with pytest.raises(InputError) as refused:
        opened(bytes(data))
    assert refused.value.code in ("input.archive", "input.truncated")


def test_what_macos_puts_into_a_zip_is_no_second_file(read):
    found = read(zipped("x.csv", "__MACOSX/._x.csv", ".DS_Store", "folder/"))
    assert found.rows == [("1", "2"), ("3", "4")]


def test_records_are_found_again_long_after_they_were_read(opened):
    data = b"a,b\r\n" + b"".join(b'%d,"v\r\n%d"\r\n' % (n, n) for n in range(3000))
    intake = opened(data)
    intake._reader._block = 512
    for _ in intake.batches():
        pass
    wanted = [0, 1, 1500, 1499, 2999]
    assert intake.raw([2 + 2 * n for n in wanted]) == [f'{n},"v\r\n{n}"' for n in wanted]


DENSE = {
    # name: (the file, its rows, its damaged records)
    "stray": (b"a,b\n" + b'1,"x"y\n' * 20_000, 0, 20_000),
    "unclosed, each below a good one": (
        b"a,b\n" + (b"1,2\n" * 9 + b'1,"x\n') * 2_000,
        18_000,
        2_000,
    ),
    "invalid": (b"a,b\n" + b"1,\xff\n" * 20_000, 0, 20_000),
    "every other ragged": (b"a,b\n" + b"1\n1,2\n" * 20_000, 20_000, 20_000),
}


@pytest.mark.parametrize("name", DENSE)
def test_damage_all_over_costs_in_proportion(opened, monkeypatch, name):
    data, rows, damaged = DENSE[name]
    seen = []
    lay_out = reader.lay_out

    def counted(text, dialect, *, final):
        seen.append(len(text))
        return lay_out(text, dialect, final=final)

    monkeypatch.setattr(reader, "lay_out", counted)
    intake = opened(data, encoding="utf-8", header=1, footer=0)
    pieces = list(intake.batches())
    assert sum(piece.batch.num_rows for piece in pieces) == rows
    assert sum(len(piece.damaged) for piece in pieces) == damaged
    assert sum(seen) < 20 * len(data)


REFUSED = {
    "cut gzip": (gzip.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "cut bz2": (bz2.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "cut xz": (lzma.compress(PLAIN * 50)[:-9], {}, "input.truncated"),
    "two files in a zip": (zipped("x.csv", "y.csv"), {}, "input.archive"),
    "no file in a zip": (zipped("folder/"), {}, "input.archive"),
    "an archive in an archive": (gzip.compress(gzip.compress(PLAIN)), {}, "input.archive"),
    "a picture in an archive": (gzip.compress(b"\x89PNG\r\n"), {}, "input.binary"),
    "text told to be gzip": (PLAIN, {"compression": "gzip"}, "input.archive"),
    "utf-16 with a byte missing": (
        ("a,b\n" + "é,2\n" * 50).encode("utf-16-le")[:20]
        + ("a,b\n" + "é,2\n" * 50).encode("utf-16-le")[21:],
        {},
        "input.binary",
    ),
    "bytes of no encoding": (b"a,b\n\x81\xfe\x81\x8d\xff,2\n", {}, "input.encoding"),
    "a PDF": (b"%PDF-1.7 x", {}, "input.binary"),
    "a Parquet file": (b"PAR1\x15\x04", {}, "input.binary"),
    "an open quote in the header": (b'a,"b\n1,2\n', {"header": 1}, "input.header"),
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
