"""Arrays made without pandas are the arrays that pyarrow makes."""

import subprocess
import sys

import pyarrow as pa

from csvflow.contract.arrays import integers, text, texts

PROGRAM = """
import sys
from csvflow.contract.arrays import integers, text, texts
texts(["a", None]), integers([1, None]), text("x")
assert "pandas" not in sys.modules
"""


def test_they_are_the_arrays_that_pyarrow_makes():
    words = ["a", None, "", "Größe", None, "x" * 9, "\U0001f600", "b", None]
    numbers = [1, None, -5, 2**62, None, 0, 7, 8, 9]
    assert texts(words).equals(pa.array(words, pa.string()))
    assert integers(numbers).equals(pa.array(numbers, pa.int64()))
    assert texts([]).equals(pa.array([], pa.string()))
    assert text("\u00e9") == pa.scalar("\u00e9")
    assert [texts(words).null_count, integers(numbers).null_count] == [3, 2]


def test_they_do_not_import_pandas():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
