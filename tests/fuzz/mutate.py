"""Awkward files from seeds: the same number gives the same file on every machine."""

import bz2
import csv
import gzip
import io
import lzma
import random
import zipfile

MARKS = [
    b'"', b"'", b"\\", b",", b";", b"\t", b"|", b"||", b", ", b"\n", b"\r", b"\r\n", b"\n\n",
    b"\0", b"\x1a", b"\x01", b"\x1f", b"#", b"# remark\n", b"sep=;\n", b'""', b'"""', b'\\"',
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x1f\x8b", b"PK\x03\x04", b"Total: 5\n", b"-----\n", b"=1+1", b"NULL", b"\\N", b"\xc2\xa0",
    b"\xe2\x80\xa8", b"_csvflow_row", b"%s%n", b"../../x", b"9" * 400,
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1251", "cp932"]
WORDS = [
    "x",
    "two words",
    "Müller",
    "имя",
    "名前",
    "12.5",
    "-3",
    "2026-01-02",
    "",
    "NULL",
    "a,b",
    '"',
]


def made(seed):
    """Return the bytes of one file: a table in some dialect, then damaged in some places."""
    chance = random.Random(seed)
    data = _table(chance)
    for _ in range(chance.choice([0, 1, 1, 2, 5, 40])):
        data = chance.choice(CHANGES)(chance, data)
    pack = chance.random()
    if pack < 0.12:
        data = chance.choice([gzip.compress, bz2.compress, lzma.compress, _zipped])(data)
        if chance.random() < 0.5:
            data = chance.choice(CHANGES)(chance, data)
    return data


def _table(chance):
    width = chance.choice([1, 2, 3, 3, 5, 40])
    text = io.StringIO()
    dialect = {
        "delimiter": chance.choice(",,;\t|: "),
        "quotechar": chance.choice('""\''),
        "lineterminator": chance.choice(["\n", "\n", "\r\n", "\r"]),
        "quoting": chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    }
    writer = csv.writer(text, **dialect)
    if chance.random() < 0.3:
        text.write(chance.choice(["Report\n\n", "# made by hand\n", "sep=;\n", "\n\n", "a\n" * 30]))
    writer.writerow([chance.choice(["id", "name", "", "NAME", "größe", "1"]) for _ in range(width)])
    for _ in range(chance.choice([0, 1, 5, 30, 300])):
        writer.writerow([chance.choice(WORDS) for _ in range(width)])
    if chance.random() < 0.2:
        text.write(chance.choice(["Total: 5", "\nSecond,table,here,now\n1,2,3,4\n", '"', "x"]))
    body = text.getvalue()
    body *= chance.choice([1] * 12 + [50])
    return body.encode(chance.choice(ENCODINGS), "ignore")


def _insert(chance, data):
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(MARKS) * chance.choice([1, 1, 1, 3, 500]) + data[at:]


def _delete(chance, data):
    at = chance.randint(0, len(data))
    return data[:at] + data[at + chance.choice([1, 1, 2, 20, 1000]) :]


def _flip(chance, data):
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def _cut(chance, data):
    return data[: chance.randint(0, len(data))]


def _repeat(chance, data):
    at = chance.randint(0, len(data))
    part = data[at : at + chance.choice([1, 10, 100])]
    return data[:at] + part * chance.choice([2, 20, 2000]) + data[at:]


def _swap(chance, data):
    one, other = chance.choice(MARKS), chance.choice(MARKS)
    return data.replace(one, other, chance.choice([1, 10, -1])) if len(data) < 100_000 else data


def _noise(chance, data):
    at = chance.randint(0, len(data))
    return data[:at] + chance.randbytes(chance.choice([1, 8, 300])) + data[at:]


def _shuffle(chance, data):
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


CHANGES = [_insert, _insert, _insert, _delete, _flip, _cut, _repeat, _swap, _noise, _shuffle]


def _zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", data)
    return out.getvalue()
