"""A process that loads runs into a sink: the one that the tests kill, and its rivals.

``python -m support.sink_worker JSON`` with ``sink``, ``settings``, ``runs``, ``rows``,
``batches``; says on stdout where it is.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing

import pyarrow as pa
from support.databases import numbered, run_of

from csvflow.core import registry


def rows_of(name: str, count: int) -> pa.Table:
    """Return the rows that a run of that name loads."""
    return pa.table(
        {
            "id": pa.array([f"{name}-{number}" for number in range(count)]),
            "n": pa.array(range(count), pa.int64()),
        }
    )


def main() -> None:
    """Load each run."""
    task = json.loads(sys.argv[1])
    plugin = registry.load("sink", task["sink"])
    settings = plugin.settings_type(**task["settings"])
    for name in task["runs"]:
        given = numbered(rows_of(name, task["rows"]))
        with closing(plugin(settings)) as sink:
            sink.open(run_of(name), given.schema)
            print("opened", flush=True)
            for batch in given.to_batches(max_chunksize=-(-task["rows"] // task["batches"])):
                sink.write(batch)
                print("wrote", flush=True)
            print("committing", flush=True)
            sink.commit()
            print("committed", flush=True)


if __name__ == "__main__":
    main()
