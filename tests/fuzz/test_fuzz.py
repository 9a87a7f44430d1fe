"""Mutated files through whole runs: an outcome for each, no fault of csvflow, no hang, no swell."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).parent / "worker.py"
MOST_SECS = 10
MOST_MIB = 512
FAULTS = ("internal.", "run.unbalanced", "run.io")
"""Codes that no input may cause."""


def outcomes(folder, first, count, *, patience_secs):
    """Return what the worker said of each seed; the test fails if it broke or hung."""
    child = subprocess.run(
        [sys.executable, str(WORKER), str(folder), str(first), str(count)],
        capture_output=True,
        text=True,
        timeout=patience_secs,
        check=False,
    )
    said = [json.loads(line) for line in child.stdout.splitlines()]
    assert child.returncode == 0, f"{said[-1:]} {child.stderr[-3000:]}"
    assert "Traceback" not in child.stderr, child.stderr[-3000:]
    return [item for item in said if "outcome" in item]


def judge(found, first, count):
    assert [item["seed"] for item in found] == list(range(first, first + count))
    assert {item["outcome"] for item in found} <= {"succeeded", "skipped", "failed"}
    assert [item for item in found if (item["code"] or "").startswith(FAULTS)] == []
    assert [item for item in found if item["outcome"] == "failed" and not item["code"]] == []
    assert [item for item in found if item["outcome"] == "succeeded" and not item["balanced"]] == []


def test_sixty_mutated_files_each_have_an_outcome(tmp_path):
    judge(outcomes(tmp_path, 0, 60, patience_secs=280), 0, 60)


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_a_thousand_mutated_files_neither_hang_nor_swell(tmp_path, first):
    found = outcomes(tmp_path, first, 50, patience_secs=50 * MOST_SECS)
    judge(found, first, 50)
    assert [item for item in found if item["cpu_secs"] > MOST_SECS] == []
    assert [item for item in found if item["peak_mib"] > MOST_MIB] == []
