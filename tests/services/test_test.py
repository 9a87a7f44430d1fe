import json
import subprocess
import sys
from pathlib import Path

import pytest

from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load
from csvflow.services.test import run_cases

CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
HEAD = """\
name: orders
source: in/{shop}/*.csv
columns: {id: int required unique, amount: "decimal(12,2)", day: date, note: text}
steps:
  - filter: id <> 9
  - derive: {total: amount * 2, year: year(now())}
sinks: [{sqlite: {path: out/x.db, table: orders}}]
notify: [{webhook: {url: "http://127.0.0.1:9/"}, on: [succeeded, failed, rejected]}]
tests:
"""
GOOD = """\
  - name: first rows
    captures: {shop: north}
    now: 2026-05-01T00:00:00Z
    input: |
      id,amount,day,note
      1,1.5,2026-01-01,007
      2,x,2026-01-01,
      9,1,2026-01-01,
      3,12.50,,""
    rows:
      - {id: 1, amount: 1.50, day: 2026-01-01, note: "007", total: 3, year: 2026, shop: north}
      - {id: 3, amount: 12.5, day: null, note: ""}
    rejects:
      - {line: 3, code: row.type, column: amount}
"""


def outcomes(folder, cases):
    (folder / "pipelines").mkdir(exist_ok=True)
    path = folder / "pipelines" / "orders.yaml"
    path.write_text(HEAD + cases, encoding="utf-8")
    return run_cases(load(path))


def differences(folder, cases):
    [one] = outcomes(folder, cases)
    return [
        (item.place.split(":")[1], item.what, item.expected, item.found) for item in one.differences
    ]


def test_a_case_passes_on_equal_values_and_touches_no_sink_ledger_or_notifier(tmp_path):
    [one] = outcomes(tmp_path, GOOD)
    assert one.error is None
    assert one.differences == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipelines"]


def test_a_wrong_value_is_told_with_its_place(tmp_path):
    found = differences(tmp_path, GOOD.replace("amount: 12.5,", "amount: 12.51,"))
    assert found == [("21", "row 2, `amount`", "12.51", "12.50")]


def test_text_is_compared_as_it_is_written(tmp_path):
    found = differences(tmp_path, GOOD.replace('note: "007"', "note: 7"))
    assert found == [("20", "row 1, `note`", "7", "007")]


def test_null_and_empty_text_differ(tmp_path):
    found = differences(tmp_path, GOOD.replace('note: ""', "note: null"))
    assert found == [("21", "row 2, `note`", "null", "''")]


def test_a_missing_row_moves_no_other(tmp_path):
    cases = """\
  - name: rows
    input: "id,amount,day,note\\n2,1,,\\n3,1,,\\n"
    rows:
      - {id: 1}
      - {id: 2}
      - {id: 3}
"""
    assert differences(tmp_path, cases) == [("13", "row 1", "{id: 1}", None)]


def test_a_reject_that_was_not_expected_fails_and_so_does_one_that_did_not_come(tmp_path):
    cases = """\
  - name: rejects
    input: "id,amount,day,note\\n2,x,,\\n3,1,,\\n"
    rejects:
      - {line: 3, code: row.type}
"""
    told = "line 2, `row.type`, column `amount`: `x` is not decimal(12,2)"
    assert differences(tmp_path, cases) == [
        ("13", "reject 1", "line 3, `row.type`", None),
        ("10", "line 2 is rejected", None, told),
    ]


def test_an_unknown_column_names_the_nearest(tmp_path):
    cases = '  - {name: a, input: "id,amount,day,note\\n2,1,,\\n", rows: [{amont: 1}]}\n'
    assert differences(tmp_path, cases) == [
        ("10", "column `amont`", "amont", "no such column; did you mean `amount`?")
    ]


def test_an_input_that_fails_is_an_error_of_its_case(tmp_path):
    cases = """\
  - {name: no such file, input: in/none.csv}
  - {name: other header, input: "a,b\\n1,2\\n"}
"""
    first, second = outcomes(tmp_path, cases)
    assert first.error.code == "input.not-found"
    assert second.error.code == "input.missing-column"


def test_an_input_may_be_a_file_of_the_project(tmp_path):
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "one.csv").write_text("id,amount,day,note\n1,2,,\n")
    [one] = outcomes(tmp_path, "  - {name: a, input: examples/one.csv, rows: [{total: 4}]}\n")
    assert one.passed


def test_however_many_rows_are_refused_the_case_goes_on(tmp_path):
    cases = """\
  - name: all bad
    input: "id,amount,day,note\\nx,1,,\\ny,1,,\\n"
    rows: []
    rejects: [{line: 2, code: row.type}, {line: 3, code: row.type, column: id}]
"""
    assert outcomes(tmp_path, cases)[0].passed


def test_tests_are_no_part_of_what_a_pipeline_means(tmp_path):
    outcomes(tmp_path, GOOD)
    path = tmp_path / "pipelines" / "orders.yaml"
    before = load(path).digest
    path.write_text(HEAD + "  []\n")
    assert load(path).digest == before


def test_a_misspelt_key_of_a_case_is_told_with_its_place(tmp_path):
    with pytest.raises(ConfigError) as caught:
        outcomes(tmp_path, GOOD.replace("rejects:", "reject:"))
    assert caught.value.code == "config.unknown-key"
    assert caught.value.place.split(":")[1:] == ["22", "5"]


def test_the_command_exits_4_and_shows_a_diff(tmp_path):
    outcomes(tmp_path, GOOD.replace("amount: 12.5,", "amount: 12.51,"))
    done = subprocess.run(
        [CSVFLOW, "test"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stdout == (
        "orders: first rows: FAILED\n"
        "  pipelines/orders.yaml:21:9: row 2, `amount`\n"
        "    - 12.51\n"
        "    + 12.50\n"
        "0 cases passed, 1 failed\n"
    )
    hint = "hint: where what came (+) is right, `csvflow test --update` writes it\n"
    assert done.stderr == hint


def test_the_command_exits_0_and_has_a_document(tmp_path):
    outcomes(tmp_path, GOOD)
    done = subprocess.run(
        [CSVFLOW, "test", "orders", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert document["ok"] is True
    assert [one["case"] for one in document["tests"]] == ["first rows"]
