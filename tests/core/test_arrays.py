"""numpy's and Arrow's arrays of each other."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from csvflow.core.arrays import arrow, bools


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


def test_pandas_stays_out_of_it() -> None:
    code = (
        "import sys, numpy as np; from csvflow.core.arrays import arrow, bools;"
        " bools(arrow(np.array([True]))), arrow(np.array([1])); print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
