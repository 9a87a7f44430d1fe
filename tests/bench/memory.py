"""How much memory a run takes by the size of its input: ``memory.py 1GB 10GB``.

10 GB need 12 GB of disk, removed at the end. Prints the peak of each size.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.compare import COLUMNS, PARQUET, STEPS, csvflow, project
from bench.data import make


def peak_mib(folder, size, steps=STEPS):
    """Return the most memory that csvflow took over an input of that size."""
    path = make(folder, size)
    text = f"name: bench\nsource: {folder}/*.csv\n{COLUMNS}{steps}{PARQUET}"
    root = project(folder, "project-memory", text)
    try:
        return csvflow(root, path).peak_mib
    finally:
        path.unlink()


def main(sizes):
    with tempfile.TemporaryDirectory(prefix="csvflow-memory-") as name:
        for size in sizes:
            print(f"{size}: {peak_mib(Path(name), size):,.0f} MiB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["1GB", "10GB"])
