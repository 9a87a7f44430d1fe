from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.passes import NOW, batches, carried, values

from csvflow.contract import LINE, ROW, RunError
from csvflow.core.engine.flow import Flow, StepCount
from csvflow.core.engine.plan import PlannedRows

ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "A", "b", ""]),
        st.sampled_from([None, Decimal("1.00"), Decimal("1.50"), Decimal("-1.00")]),
    ),
    max_size=15,
)
CUTS = st.lists(st.integers(0, 15), max_size=3)


def table_of(rows):
    return pa.table(
        {
            "k": pa.array([row[0] for row in rows], pa.string()),
            "v": pa.array([row[1] for row in rows], pa.decimal128(6, 2)),
            "i": pa.array(range(len(rows)), pa.int64()),
        }
    )


@settings(max_examples=12, deadline=None, derandomize=True)
@given(ROWS, CUTS, st.sampled_from(["first", "last"]))
def test_one_row_stays_for_each_key_in_input_order(rows, cuts, keep):
    plan = PlannedRows.start(table_of(rows).schema).labelled("d").distinct(["k", "v"], keep=keep)
    found, refused, counts = carried(plan, table_of(rows), cuts)
    winners = {}
    for position, key in enumerate(rows):
        if keep == "last" or key not in winners:
            winners[key] = position
    expected = sorted(winners.values())
    assert values(found, "i") == [(position,) for position in expected]
    assert refused == []
    assert counts == [StepCount("d", len(rows), len(expected), 0, len(rows) - len(expected), 0, 0)]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(ROWS, CUTS)
def test_a_key_with_a_null_is_never_refused_as_a_duplicate(rows, cuts):
    plan = PlannedRows.start(table_of(rows).schema).distinct(["k", "v"], keep="first", reject="x")
    found, refused, _ = carried(plan, table_of(rows), cuts)
    seen, kept, again = set(), [], []
    for position, key in enumerate(rows):
        (again if key in seen and None not in key else kept).append(position)
        seen.add(key)
    assert values(found, "i") == [(position,) for position in kept]
    assert [(one.row, one.code, one.column) for one in refused] == [
        (position + 1, "x", "k") for position in again
    ]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(ROWS, CUTS, st.sampled_from(["asc", "desc"]))
def test_rows_are_ordered_with_nulls_last_and_equal_ones_as_they_came(rows, cuts, direction):
    plan = PlannedRows.start(table_of(rows).schema).sort([("v", direction), ("k", "asc")])
    found, _, _ = carried(plan, table_of(rows), cuts)
    sign = 1 if direction == "asc" else -1

    def key(position):
        text, number = rows[position]
        return (number is None, sign * (number or 0), text is None, (text or "").encode())

    assert values(found, "i") == [(at,) for at in sorted(range(len(rows)), key=key)]
    assert values(found, ROW) == [(at + 1,) for at in sorted(range(len(rows)), key=key)]


def test_sorting_decides_what_comes_first_for_a_later_step():
    table = table_of([("a", Decimal(1)), ("a", Decimal(3)), ("b", Decimal(2))])
    plan = PlannedRows.start(table.schema).sort([("v", "desc")]).distinct(["k"], keep="first")
    assert values(carried(plan, table)[0], "i") == [(1,), (2,)]


def test_groups_come_out_in_one_order_with_numbers_of_their_own():
    table = table_of([("b", Decimal(1)), ("a", Decimal(2)), ("b", Decimal(4)), (None, None)])
    plan = (
        PlannedRows.start(table.schema)
        .labelled("sql")
        .query("SELECT k, sum(v) AS total, count(*) AS n, sum(i) AS s FROM rows GROUP BY k")
    )
    assert plan.schema.types == [
        pa.string(),
        pa.decimal128(38, 2),
        pa.int64(),
        pa.int64(),
    ]
    rows, _, counts = carried(plan, table, [1, 3])
    assert values(rows, "k", "total", "n", "s", ROW, LINE) == [
        ("a", Decimal("2.00"), 1, 1, 1, None),
        ("b", Decimal("5.00"), 2, 2, 2, None),
        (None, None, 1, 3, 3, None),
    ]
    assert counts == [StepCount("sql", 4, 3, 0, 0, 1, 0)]


def test_a_query_that_only_chooses_rows_keeps_their_order():
    table = table_of([("b", None), ("a", None), ("c", None)])
    plan = PlannedRows.start(table.schema).query("SELECT k FROM rows WHERE k <> 'a'")
    assert values(carried(plan, table)[0], "k") == [("b",), ("c",)]


def test_a_query_may_name_the_rows_as_often_as_it_likes():
    table = table_of([("a", Decimal(1)), ("b", Decimal(2)), ("a", Decimal(3))])
    plan = (
        PlannedRows.start(table.schema)
        .labelled("sql")
        .query(
            "WITH r AS (SELECT * FROM rows) SELECT r.i, b.i AS j FROM r JOIN rows b USING (k) "
            "WHERE r.i IN (SELECT i FROM rows) ORDER BY r.i, b.i"
        )
    )
    rows, _, counts = carried(plan, table, [1])
    assert values(rows, "i", "j") == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]
    assert counts == [StepCount("sql", 3, 5, 0, 0, 0, 2)]


def test_a_count_of_no_rows_is_a_row():
    table = table_of([])
    plan = PlannedRows.start(table.schema).labelled("sql").query("SELECT count(*) AS n FROM rows")
    rows, _, counts = carried(plan, table)
    assert values(rows, "n", ROW) == [(0, 1)]
    assert counts == [StepCount("sql", 0, 1, 0, 0, 0, 1)]


def test_a_query_that_fails_on_the_rows_ends_the_run():
    table = table_of([("x", None)])
    plan = PlannedRows.start(table.schema).query("SELECT cast(k AS int) AS n FROM rows")
    with pytest.raises(RunError, match="the query failed: Could not convert string 'x' to INT32"):
        carried(plan, table)


def test_what_a_function_makes_of_all_rows_is_accounted_for():
    table = table_of([("a", None), ("b", None), ("c", None)])
    plan = PlannedRows.start(table.schema)
    less = plan.labelled("less").map_all(lambda t: t.slice(2), table.schema)
    more = plan.labelled("more").map_all(lambda t: pa.concat_tables([t, t]), table.schema)
    assert carried(less, table, [1])[2] == [StepCount("less", 3, 1, 0, 0, 2, 0)]
    rows, _, counts = carried(more, table, [1])
    assert counts == [StepCount("more", 3, 6, 0, 0, 0, 3)]
    assert values(rows, "i", ROW) == [(0, 1), (1, 2), (2, 3), (0, 4), (1, 5), (2, 6)]


def test_the_error_of_a_function_comes_out_as_it_is(tmp_path):
    table = table_of([("a", None)])

    def explode(whole):
        raise RunError("run.step", "mine")

    plan = PlannedRows.start(table.schema).map_all(explode, table.schema)
    with pytest.raises(RunError, match="mine"):
        carried(plan, table)


def test_an_abandoned_pass_leaves_no_file(tmp_path):
    table = table_of([("a", None)])
    plan = PlannedRows.start(table.schema).distinct(["k"], keep="first").sort([("k", "asc")])
    flow = Flow(plan, scratch=tmp_path, now=NOW)
    for batch in batches(table):
        list(flow.push(batch))
    assert list(tmp_path.iterdir())
    flow.close()
    flow.close()
    assert not list(tmp_path.iterdir())


def test_sorting_and_keys_stay_within_memory(tmp_path):
    """Texts of 160 MB through a limit of 64 MB: what doesn't fit lies on disk meanwhile."""
    plan = (
        PlannedRows.start(pa.schema([("t", pa.string()), ("i", pa.int64())]))
        .distinct(["t"], keep="last")
        .sort([("t", "desc")])
    )
    flow = Flow(plan, scratch=tmp_path, now=NOW, memory_bytes=2**27)
    size, count = 20_000, 20
    before = _peak_mb()
    for number in range(count):
        ids = range(number * size, (number + 1) * size)
        texts = pa.array([f"{i * 7919 % 400_009:06d}" + "x" * 394 for i in ids])
        rows = pa.array([i + 1 for i in ids])
        batch = pa.record_batch(
            [texts, pa.array(ids, pa.int64()), rows, rows], names=["t", "i", ROW, LINE]
        )
        list(flow.push(batch))
    last, seen = None, 0
    for passed in flow.finish():
        first, final = passed.batch.column("t")[0].as_py(), passed.batch.column("t")[-1].as_py()
        assert first >= final
        assert last is None or last > first
        last, seen = final, seen + passed.batch.num_rows
    flow.close()
    assert seen == size * count
    assert _peak_mb() - before < 600


def _peak_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


PASS = """
import sys, tempfile, pathlib, datetime
import pyarrow as pa
from csvflow.core.engine.plan import PlannedRows
from csvflow.core.engine.flow import Flow
reserved = [("_csvflow_row", pa.int64()), ("_csvflow_line", pa.int64())]
schema = pa.schema([("a", pa.string())])
plan = PlannedRows.start(schema)
PLAN
with tempfile.TemporaryDirectory() as scratch:
    now = datetime.datetime.now(datetime.UTC)
    flow = Flow(plan, scratch=pathlib.Path(scratch), now=now)
    columns = [pa.nulls(1, kind) for kind in (pa.string(), pa.int64(), pa.int64())]
    batch = pa.RecordBatch.from_arrays(columns, schema=pa.schema([*schema, *reserved]))
    out = [*flow.push(batch), *flow.finish()]
    flow.close()
heavy = [name for name in ("duckdb", "sqlglot", "pandas", "pyarrow.dataset") if name in sys.modules]
print(len(out), *heavy)
"""


@pytest.mark.parametrize(
    ("plan", "heavy"),
    [
        ("plan = plan.project({'a': 'a'}).map_batches(lambda b: b, schema).limit(3)", ""),
        (
            "plan = plan.with_columns({'b': 'lower(a)'}).where('b IS NULL')",
            " duckdb sqlglot",
        ),
        ("plan = plan.with_columns({'b': '2'}).sort([('b', 'desc')])", " duckdb sqlglot"),
        ("plan = plan.distinct(['a'], keep='last', reject='x')", " duckdb"),
        ("plan = plan.query('SELECT r.a FROM rows r, rows')", " duckdb sqlglot"),
    ],
)
def test_only_what_is_needed_is_loaded_and_nothing_complains_at_exit(plan, heavy):
    code = PASS.replace("PLAN", plan)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == f"1{heavy}\n"
