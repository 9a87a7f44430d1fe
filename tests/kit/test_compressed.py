"""Compression on a disk that is full."""

from __future__ import annotations

import errno
import gc
import io
import random
from typing import Any

import pytest

from csvflow.kit.compressed import compressed


class Full(io.BytesIO):
    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def pack(name: str, data: bytes) -> None:
    codec = compressed(Full(), name, "auto")
    # What can't be packed goes to the disk at once, the rest at the end.
    codec.write(data)
    codec.finish()


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst"])
@pytest.mark.parametrize("size", [10, 5_000_000])
def test_a_full_disk_is_told_by_an_error_and_by_nothing_else(
    name: str, size: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OSError, match="No space left"):
        pack(name, random.Random(1).randbytes(size))
    gc.collect()
    assert capfd.readouterr() == ("", "")
