"""Ten times the input takes no more memory."""

import shutil
from pathlib import Path

import pytest
from bench.memory import peak_mib

NEEDED = 15 * 10**9


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_times_the_input_takes_no_more_memory(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < NEEDED:
        pytest.skip(f"needs {NEEDED:,} bytes of disk in {tmp_path}")
    small = peak_mib(tmp_path, "1GB")
    large = peak_mib(tmp_path, "10GB")
    assert small <= 1024
    assert large <= 1.2 * small
