import sqlite3

import pyarrow.parquet as pq
import pytest
from docs.blocks import ROOT
from sample import generate
from support.projects import balanced, csvflow, report

ROWS = {"read": 3_011, "added": 0, "loaded": 2_903, "rejected": 32, "dropped": 76, "folded": 0}
CODES = {
    "row.delivery": 2,
    "row.encoding": 1,
    "row.field-count": 4,
    "row.required": 3,
    "row.rule": 6,
    "row.type": 16,
}
FIRST = (
    480006, 1, "C00300", "mónica.dvořák.300@example.com", "2026-03-01 01:02:55", "2026-03-06",
    "AT", "00417", 2, 12.9, 1, "web", None, 25.8,
)  # fmt: skip


@pytest.fixture
def project(tmp_path):
    for name in ("pipelines", "sample_data"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_the_committed_sample_data_is_what_the_script_writes():
    for name, content in generate.files().items():
        assert (generate.FOLDER / name).read_bytes() == content, f"{name}: poe sample"


def test_the_sample_pipelines_pass_check():
    csvflow("check", cwd=ROOT, check=0)


def test_the_orders_of_the_sample_arrive_checked(tmp_path, project):
    done = csvflow("run", "sample_data/orders.csv", "--json", cwd=project, check=0)
    (run,) = report(done)["runs"]
    assert run["pipeline"] == "orders"
    assert balanced(run["rows"])
    assert run["rows"] == ROWS
    assert run["rejects"]["by_code"] == CODES
    connection = sqlite3.connect(tmp_path / "out" / "warehouse.db")
    total = "SELECT count(*), count(DISTINCT order_id), min(sku) FROM orders"
    assert connection.execute(total).fetchone() == (2_903, 1_752, "00417")
    first = "SELECT * FROM orders ORDER BY order_id, line LIMIT 1"
    assert connection.execute(first).fetchone() == FIRST
    connection.close()


def test_the_customers_of_the_sample_arrive_as_parquet(tmp_path, project):
    csvflow("run", "sample_data/customers.csv", cwd=project, check=0)
    table = pq.read_table(tmp_path / "out" / "customers.parquet")
    assert table.num_rows == 400
    assert {name: str(table.schema.field(name).type) for name in ("since", "newsletter")} == {
        "since": "date32[day]",
        "newsletter": "bool",
    }
