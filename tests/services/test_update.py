"""`csvflow test --update` writes what came, and leaves all else as it is."""

import json

import pytest
from support.projects import csvflow

from csvflow.contract import ConfigError
from csvflow.core.pipeline.load import load
from csvflow.services.init import init
from csvflow.services.test import run_cases
from csvflow.services.update import update

HEAD = """\
# Mine:   spaces stay.
name: orders
source: in/*.csv
columns: {id: int required, amount: "decimal(12,2)", note: text}   # c
sinks: [{csv: out/}]
tests:
"""
INPUT = """\
  - name: first   # of two
    input: |
      id,amount,note
      1,1.5,a
      2,x,b
      3,2.25,c

"""


def written(folder, cases, newline="\n"):
    (folder / "pipelines").mkdir(exist_ok=True)
    path = folder / "pipelines" / "orders.yaml"
    path.write_bytes((HEAD + cases).replace("\n", newline).encode())
    return path


def updated(folder, cases, newline="\n"):
    """Return the cases as they stand after an update; all of them pass."""
    path = written(folder, cases, newline)
    assert update(load(path)) is not None
    text = path.read_bytes().decode()
    assert all(one.passed for one in run_cases(load(path))), text
    assert update(load(path)) is None
    assert text.startswith(HEAD.replace("\n", newline))
    assert [one.name for one in path.parent.iterdir()] == ["orders.yaml"]
    return text.removeprefix(HEAD.replace("\n", newline)).replace(newline, "\n")


def test_values_change_where_they_stand(tmp_path):
    cases = f"""{INPUT}    rows:   # these
      - {{id: 1, amount: 1.51, note:   'b'}}   # one
      # between
      - {{id: 3,
         amount: null, note: c}}
    rejects:
      - line: 3   # x
        code: row.rule
        column: amount
  - {{name: other, input: "id,amount,note\\n7,,\\n", rows: [{{id: 8, note: x}}]}}
# the end
"""
    with pytest.raises(ConfigError, match="an entry that is to change has a comment in it"):
        updated(tmp_path, cases)
    cases = cases.replace("   # x", "")
    assert updated(tmp_path, cases) == (
        cases.replace("1.51", "1.50")
        .replace("'b'", "a")
        .replace("null", "2.25")
        .replace(
            "line: 3\n        code: row.rule\n        column: amount",
            "{line: 3, code: row.type, column: amount}",
        )
        .replace("{id: 8, note: x}", "{id: 7, note: null}")
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_and_rejects_come_and_go(tmp_path, newline):
    cases = f"""{INPUT}    rows:
      # the first
      - {{id: 0}}
      - {{id: 1}}   # stays
      - {{id: 2}}
    # below
"""
    expected = f"""{INPUT}    rows:
      # the first
      - {{id: 1}}   # stays
      - {{id: 3}}
    rejects:
      - {{line: 3, code: row.type, column: amount}}
    # below
"""
    assert updated(tmp_path, cases, newline) == expected
    cases = expected.replace("      - {id: 1}   # stays\n", "").replace("id: 3", "id: 4")
    assert updated(tmp_path, cases, newline) == expected.replace("   # stays", "")


def test_an_empty_list_gets_entries_and_a_list_of_nothing_is_empty(tmp_path):
    cases = f"""{INPUT}    rows: []   # none yet
    rejects:
      - {{line: 3, code: row.type}}
  - name: none
    input: |
      id,amount,note
      x,,
    rows:
      - {{id: 1, note: "a: b"}}
"""
    assert (
        updated(tmp_path, cases)
        == f"""{INPUT}    rows:   # none yet
      - {{id: 1, amount: 1.50, note: a}}
      - {{id: 3, amount: 2.25, note: c}}
    rejects:
      - {{line: 3, code: row.type}}
  - name: none
    input: |
      id,amount,note
      x,,
    rows: []
    rejects:
      - {{line: 2, code: row.type, column: id}}
"""
    )


def test_a_column_that_is_gone_makes_all_rows_anew(tmp_path):
    cases = f"""{INPUT}    rows:
      - {{id: 1, price: 1.5}}
      - {{id: 3, price: 2}}   # kept
    rejects: [{{line: 3, code: row.type}}]
"""
    assert (
        updated(tmp_path, cases)
        == f"""{INPUT}    rows:
      - {{id: 1, amount: 1.50, note: a}}
      - {{id: 3, amount: 2.25, note: c}}   # kept
    rejects: [{{line: 3, code: row.type}}]
"""
    )


@pytest.mark.parametrize(
    ("cases", "why"),
    [
        (f"{INPUT}    rows: [{{id: 1}}, {{id: 3}}, {{id: 4}}]\n", "company in its line"),
        (f"{INPUT}    rows: [{{id: 1}}]\n", "between brackets"),
        (
            f"{INPUT}    rows:\n      - {{id: 0}}   # my\n      - {{id: 1}}\n      - {{id: 3}}\n",
            "company",
        ),
        (f"{INPUT}    rows:\n      - &x {{id: 2}}\n      - *x\n", "anchors"),
        (f"{INPUT}    rows:\n      - id: 1\n        note: |\n          y\n", "no text in one line"),
    ],
)
def test_what_cannot_be_changed_for_sure_stays_as_it_is(tmp_path, cases, why):
    path = written(tmp_path, cases)
    with pytest.raises(ConfigError, match=why) as caught:
        update(load(path))
    assert caught.value.code == "config.update"
    assert path.read_text() == HEAD + cases


def test_what_differs_each_time_is_not_written(tmp_path):
    steps = "steps: [{derive: {at: now()}}]\n"
    cases = f"{INPUT}    rows:\n      - {{id: 1, at: 2026-01-01T00:00:00Z}}\n      - {{id: 3}}\n"
    path = written(tmp_path, cases)
    path.write_text(path.read_text().replace("sinks:", f"{steps}sinks:"))
    before = path.read_text()
    with pytest.raises(ConfigError, match="doesn't come again"):
        update(load(path))
    assert path.read_text() == before


def test_an_author_changes_types_and_updates_the_case(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,paid,n\n1,1,1.50\n2,0,2.50\n3,1,3.50\n")
    path = init(str(file), project=tmp_path).path
    text = path.read_text()
    csv = "csv: {true: '1', false: '0'}\ncolumns:\n"
    path.write_text(text.replace("paid: int", "paid: bool").replace("columns:\n", csv))
    done = csvflow("test", "--update", cwd=tmp_path, check=0)
    assert done.stdout.splitlines() == [
        "--- pipelines/a.yaml",
        "+++ pipelines/a.yaml",
        "@@ -21,4 +21,4 @@",
        "     rows:",
        "-      - {id: 1, paid: 1, n: 1.50}",
        "-      - {id: 2, paid: 0, n: 2.50}",
        "-      - {id: 3, paid: 1, n: 3.50}",
        "+      - {id: 1, paid: true, n: 1.50}",
        "+      - {id: 2, paid: false, n: 2.50}",
        "+      - {id: 3, paid: true, n: 3.50}",
        "a: the first 3 rows: ok",
        "1 case passed, 0 failed",
    ]
    again = csvflow("test", "--update", "--json", cwd=tmp_path, check=0)
    assert json.loads(again.stdout)["updated"] == []


def test_a_case_that_cannot_be_run_is_left_and_fails(tmp_path):
    written(tmp_path, "  - {name: x, input: in/none.csv, rows: []}\n")
    done = csvflow("test", "--update", cwd=tmp_path, check=4)
    assert "there is no file `in/none.csv`" in done.stdout
    assert "---" not in done.stdout
