"""A process that runs the files of some seeds and prints one JSON line each: ``FIRST COUNT``."""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.mutate import made

import csvflow

PIPELINES = {
    "text": "name: text\nsource: landing/*.csv\n",
    "padded": "name: padded\nsource: landing/*.csv\ncsv: {ragged: truncate}\nheaders: snake\n",
    "typed": "name: typed\nsource: landing/*.csv\ncolumns: {id: int, name: text}\n"
    "unknown_columns: rescue\nmissing_columns: 'null'\n",
}
TAIL = 'rejects: {max: 100%}\nsinks:\n  - jsonl: {path: "out/{stem}.jsonl"}\n'


def main(folder, first, count):
    for sub in ("pipelines", "landing"):
        (folder / sub).mkdir()
    for name, text in PIPELINES.items():
        (folder / "pipelines" / f"{name}.yaml").write_text(text + TAIL)
    for seed in range(first, first + count):
        path = folder / "landing" / f"{seed}.csv"
        path.write_bytes(made(seed))
        print(json.dumps({"seed": seed}), flush=True)
        began = time.process_time()
        name = list(PIPELINES)[seed % len(PIPELINES)]
        report = csvflow.run(folder / "pipelines" / f"{name}.yaml", path)
        path.unlink()
        result = {
            "seed": seed,
            "outcome": report.outcome,
            "code": report.error.code if report.error else None,
            "message": report.error.message if report.error else None,
            "balanced": report.rows.balance(),
            "rows": report.rows.model_dump(),
            "cpu_secs": time.process_time() - began,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
