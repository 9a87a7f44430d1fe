from datetime import UTC, datetime

import pyarrow as pa
import pytest

from csvflow.contract import LINE, ROW
from csvflow.core.engine.chain import Chain, looks_around, remakes
from csvflow.core.engine.compose import bind, compose, segments, text_schema
from csvflow.core.engine.flow import Flow
from csvflow.core.pipeline.load import build

STEPS = [
    {"filter": "k <> 4"},
    {"derive": {"double": "k * 2", "t": "upper(t)"}},
    {"validate": [{"rule": "k < 18", "code": "row.big", "message": "too big"}]},
    {"deduplicate": {"by": ["t"], "keep": "last"}},
    {"rename": {"double": "twice"}},
    {"sort": "twice desc"},
    {"limit": 3},
    {"sql": "SELECT count(*) AS n, sum(twice) AS s FROM rows"},
]
AT = {"scratch": None, "now": datetime(2026, 1, 1, tzinfo=UTC), "memory_bytes": 2**28}


def plans(tmp_path, steps):
    columns = {"k": "int required unique", "t": "text"}
    document = {"source": "x.csv", "columns": columns, "steps": steps, "sinks": [{"csv": "o.csv"}]}
    pipeline = build(document, project=tmp_path, name="x")
    bound = bind(pipeline, ["k", "t"], {})
    text = text_schema(["k", "t"], {}, bound.schema.names)
    return compose(pipeline, text, bound, {}), segments(pipeline, text, bound, {})


def batches():
    keys = ["1", "2", "x", "4", "5", "2", None, "7", "8", "9", "20", "11"]
    for start in range(0, len(keys), 5):
        part = keys[start : start + 5]
        numbers = range(start + 1, start + 1 + len(part))
        yield pa.record_batch(
            {
                "k": pa.array(part, pa.string()),
                "t": pa.array(["abcd"[n % 4] for n in numbers]),
                ROW: pa.array(numbers, pa.int64()),
                LINE: pa.array([n + 1 for n in numbers], pa.int64()),
            }
        )


@pytest.mark.parametrize("count", range(len(STEPS) + 1))
def test_steps_one_after_another_do_what_they_do_together(tmp_path, count):
    whole, parts = plans(tmp_path, STEPS[:count])
    at = {**AT, "scratch": tmp_path}

    flow = Flow(whole, **at)
    together = [passed for batch in batches() for passed in flow.push(batch)]
    together += flow.finish()
    flow.close()

    last, refused = [], []

    def watch(index, passed):
        refused.extend(passed.rejected)
        if index == len(parts) - 1 and passed.batch is not None:
            last.extend(passed.batch.to_pylist())

    chain = Chain(parts, watch, **at)
    for batch in batches():
        chain.push(batch)
    chain.finish()
    chain.close()

    assert last == [row for p in together if p.batch is not None for row in p.batch.to_pylist()]
    assert sorted(map(repr, refused)) == sorted(repr(r) for p in together for r in p.rejected)
    assert chain.counts == flow.counts


def test_what_depends_on_other_rows_is_known_before_a_row_is_read(tmp_path):
    _, parts = plans(tmp_path, STEPS)
    assert [looks_around(plan) for plan in parts] == [
        True,  # `unique`
        False, False, False, True, False, True, True, True,
    ]  # fmt: skip
    assert [remakes(plan) for plan in parts] == [False] * 8 + [True]
