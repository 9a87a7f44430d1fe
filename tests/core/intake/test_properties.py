"""Whatever table is written in a supported dialect comes back; damage stays where it is."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LAW = settings(
    derandomize=True,
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELL = st.text(
    st.one_of(st.sampled_from(',;\t|"\n\r x1é'), st.characters(exclude_categories=["Cs"])),
    max_size=8,
)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELL] * width), min_size=1, max_size=12)
)


def written(rows, *, delimiter=",", newline="\n"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow([f"n{index}" for index in range(len(rows[0]))])
    writer.writerows(rows)
    return text.getvalue()


@LAW
@given(
    TABLE,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([None, 1, 13, 64]),
)
def test_a_written_table_comes_back(read, rows, delimiter, newline, encoding, block):
    text = written(rows, delimiter=delimiter, newline=newline)
    found = read(
        text.encode(encoding),
        block=block,
        delimiter=delimiter,
        header=1,
        preamble=0,
        encoding="utf-16" if encoding == "utf-16" else "utf-8",
    )
    assert found.rows == rows
    assert found.damaged == []


@LAW
@given(TABLE, st.sampled_from([None, 7, 50]))
def test_lines_are_those_that_the_csv_module_counts(read, rows, block):
    text = written(rows)
    reader = csv.reader(io.StringIO(text, newline=""))
    starts = [1]
    for _ in reader:
        starts.append(reader.line_num + 1)  # noqa: PERF401 - it changes while reading
    found = read(text.encode(), block=block, header=1, preamble=0, delimiter=",", encoding="utf-8")
    assert found.lines == starts[1:-1]


@LAW
@given(
    st.integers(0, 19),
    st.sampled_from(["short", "long", "byte", "open"]),
    st.sampled_from([None, 1, 64]),
)
def test_one_damaged_record_leaves_the_others_exact(read, place, kind, block):
    good = [f'{n},"text {n}","two\nlines {n}",{n}.5'.encode() for n in range(20)]
    bad = {
        "short": b'7,"text",x',
        "long": b'7,"text",x,1.5,9',
        "byte": b'7,"te\xffxt",x,1.5',
        "open": b'7,"text,x,1.5',
    }
    records = [*good[:place], bad[kind], *good[place:]]
    data = b"\n".join([b"a,b,c,d", *records, b""])
    found = read(data, block=block, encoding="utf-8", delimiter=",", header=1)
    assert [(row, line) for row, line, *_ in found.damaged] == [(place + 1, 2 + 2 * place)]
    expected = [(str(n), f"text {n}", f"two\nlines {n}", f"{n}.5") for n in range(20)]
    assert found.rows == expected
    assert found.count == 21
