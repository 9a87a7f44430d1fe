"""numpy's and Arrow's arrays of each other."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from csvflow.core.arrays import arrow, bools, numbers


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 100])
@pytest.mark.parametrize("offset", [0, 1, 5, 8])
def test_booleans_go_to_arrow_and_back(count: int, offset: int) -> None:
    mask = np.arange(count) % 3 == 1
    array = arrow(mask)
    array.validate(full=True)
    assert array.to_pylist() == [number % 3 == 1 for number in range(count)]
    assert bools(array.slice(offset)).tolist() == mask[offset:].tolist()


def test_numbers_go_to_arrow_in_any_stride() -> None:
    assert arrow(np.arange(6)[::2]).equals(pa.array([0, 2, 4], pa.int64()))
    assert arrow(np.array([0.5, 1.5])).equals(pa.array([0.5, 1.5], pa.float64()))


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.float64(), pa.float32()])
def test_numbers_come_from_arrow_whatever_part_of_them(kind: pa.DataType) -> None:
    array = pa.array([1, 2, 3, 4], kind)
    assert numbers(array).tolist() == [1, 2, 3, 4]
    assert numbers(array.slice(1, 2)).tolist() == [2, 3]
    assert numbers(array.slice(4)).tolist() == []


def test_pandas_stays_out_of_it() -> None:
    code = (
        "import sys, numpy as np; from csvflow.core.arrays import arrow, bools, numbers;"
        " bools(arrow(np.array([True]))), numbers(arrow(np.array([1])));"
        " print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


def test_a_run_that_needs_no_pandas_leaves_it_out(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "source: a.csv\ncolumns: {id: int required unique, day: date, sum: 'decimal(30,2)',"
        " f: float}\nrejects: {max: 90%}\nsinks: [sqlite: {path: t.db, table: t}]\n"
    )
    rows = ["1,2026-01-31,1.50,1e3", "1,2026-02-30,1,0.1", "2,2026-02-01,-0.00,2.50,", "x,,,"]
    (tmp_path / "a.csv").write_text("\n".join(["id,day,sum,f", *rows, ""]))
    code = "import sys, csvflow; csvflow.run('p.yaml', 'a.csv'); print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "False\n"
