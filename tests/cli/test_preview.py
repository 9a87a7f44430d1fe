import pytest
from support import projects
from support.projects import csvflow, report

PIPELINE = """
steps:
  - filter: id <> 2
  - derive: {double: amount * 2}
  - validate: [{rule: amount < 100, code: row.big, column: amount, message: too much}]
"""
FILE = (
    "id,amount,note\n"
    '1,1.50,"two\nlines"\n'
    "2,2.50,dropped\n"
    "3,x,no number\n"
    "4,5.00\n"
    '5,500.00,""\n'
    "6,6.00,\n"
)


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, "  - sqlite: {path: out.db, table: orders}", extra=PIPELINE.lstrip())
    (tmp_path / "landing" / "a.csv").write_text(FILE)
    return tmp_path


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_steps_rows_and_the_would_be_rejects_are_told_and_nothing_is_written(project):
    before = everything(project)
    document = report(csvflow("preview", "landing/a.csv", "--json", cwd=project, check=0))
    assert everything(project) == before
    assert (document["pipeline"], document["read"], document["complete"]) == ("orders", 6, True)
    assert [step["name"] for step in document["steps"]] == [
        "columns", "step 1 `filter`", "step 2 `derive`", "step 3 `validate`",
    ]  # fmt: skip
    columns, filtered, derived, checked = document["steps"]
    assert columns["columns"] == [
        {"name": "id", "type": "int"},
        {"name": "amount", "type": "decimal(12,2)"},
        {"name": "note", "type": "text"},
    ]
    assert columns["rows"] == [
        {"line": 2, "values": [1, "1.50", "two\nlines"]},
        {"line": 4, "values": [2, "2.50", "dropped"]},
        {"line": 7, "values": [5, "500.00", ""]},
        {"line": 8, "values": [6, "6.00", None]},
    ]
    assert columns["counts"] == {
        "in": 5, "out": 4, "rejected": 1, "dropped": 0, "folded": 0, "added": 0,
    }  # fmt: skip
    assert (filtered["counts"]["dropped"], filtered["counts"]["out"]) == (1, 3)
    assert [row["values"][3] for row in derived["rows"]] == ["3.00", "1000.00", "12.00"]
    assert [row["line"] for row in checked["rows"]] == [2, 8]
    assert document["rejected"] == 3
    assert document["rejects"] == [
        {
            "line": 5, "code": "row.type", "column": "amount",
            "reason": "`x` is not decimal(12,2)", "step": "columns", "raw": "3,x,no number",
        },
        {
            "line": 6, "code": "row.field-count", "column": None,
            "reason": "expected 3 fields, found 2", "step": "reading", "raw": "4,5.00",
        },
        {
            "line": 7, "code": "row.big", "column": "amount",
            "reason": "too much", "step": "step 3 `validate`", "raw": '5,500.00,""',
        },
    ]  # fmt: skip


def test_one_step_is_shown_alone_and_the_later_ones_are_not_run(project):
    done = csvflow("preview", "landing/a.csv", "--step", "1", "--json", cwd=project, check=0)
    document = report(done)
    assert [step["step"] for step in document["steps"]] == [1]
    assert [item["code"] for item in document["rejects"]] == ["row.type", "row.field-count"]


def test_a_step_that_is_not_there_is_a_usage_error(project):
    done = csvflow("preview", "landing/a.csv", "--step", "9", cwd=project, check=2)
    assert "there is no step 9: pipeline `orders` has 3" in done.stderr


def test_the_table_has_types_and_lines_and_tells_null_from_the_empty_text(project):
    done = csvflow("preview", "landing/a.csv", "--step", "0", cwd=project, check=0)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:7] == [
        "columns: 4 rows, 1 rejected",
        "id amount note",
        "line int decimal(12,2) text",
        r"2 1 1.50 two\nlines",
        "4 2 2.50 dropped",
        '7 5 500.00 ""',
        "8 6 6.00 null",
    ]
    assert "line 5, column `amount`, columns, row.type: `x` is not decimal(12,2)" in done.stdout


def test_control_characters_cannot_steer_the_terminal(project):
    path = project / "odd.csv"
    path.write_bytes("a\x1b[31m,b\n\x1b]0;title\x07,\u202ex\n".encode())
    done = csvflow("preview", "odd.csv", "--to", "x.csv", cwd=project, check=0)
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert r"\x1b]0;title\x07" in done.stdout


def test_a_wide_table_names_the_columns_that_do_not_fit(project):
    path = project / "wide.csv"
    names = [f"column_{n:03}" for n in range(60)]
    path.write_text(",".join(names) + "\n" + ",".join("y" * 50 for _ in names) + "\n")
    done = csvflow("preview", "wide.csv", "--to", "x.csv", cwd=project, check=0)
    assert "  + 55 more columns: column_005, " in done.stdout
    assert "y" * 31 + "…" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 200


def test_a_file_that_no_pipeline_takes_is_shown_as_it_is_read(project):
    (project / "other.csv").write_text("a;b\n1;x\n")
    args = ("preview", "other.csv", "--csv", "delimiter=,", "--json")
    assert report(csvflow("preview", "other.csv", "--json", cwd=project, check=0))["steps"][0][
        "rows"
    ] == [{"line": 2, "values": ["1", "x"]}]
    document = report(csvflow(*args, cwd=project, check=0))
    assert document["steps"][0]["rows"] == [{"line": 2, "values": ["1;x"]}]


def test_of_a_long_file_the_first_records_are_looked_at_unless_all_are_asked_for(project):
    (project / "long.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(1, 12_001)))
    args = ("preview", "long.csv", "--to", "x.csv", "--limit", "1", "--json")
    document = report(csvflow(*args, cwd=project, check=0))
    assert (document["read"], document["complete"]) == (10_000, False)
    document = report(csvflow(*args, "--all", cwd=project, check=0))
    assert (document["read"], document["complete"]) == (12_000, True)
    assert document["steps"][0]["rows"] == [{"line": 2, "values": ["1"]}]


def test_one_row_is_not_told_as_several(project):
    (project / "one.csv").write_text("n\n1\n")
    done = csvflow("preview", "one.csv", "--to", "x.csv", cwd=project, check=0)
    assert ": 1 row\n" in done.stdout


def test_an_empty_file_has_no_rows(project):
    (project / "empty.csv").write_text("")
    done = csvflow("preview", "empty.csv", "--to", "x.csv", cwd=project, check=0)
    assert done.stdout == "the file has no rows\n"


def test_a_file_that_is_not_there_is_a_usage_error(project):
    done = csvflow("preview", "landing/b.csv", cwd=project, check=2)
    assert "there is no file `landing/b.csv`" in done.stderr
    assert "did you mean `landing/a.csv`?" in done.stderr
