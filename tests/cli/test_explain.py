import pytest
from support import projects
from support.projects import csvflow, report

PIPELINE = """
steps:
  - filter: id <> 2
  - derive: {double: amount * 2, note: upper(note)}
  - validate: [{rule: amount < 100, code: row.big, column: amount, message: too much}]
"""
FILE = (
    "id,amount,note\n"
    '1,1.50,"two\nlines"\n'
    "2,2.50,dropped\n"
    "3,x,no number\n"
    "4,5.00\n"
    "\n"
    '5,500.00,""\n'
    "6,6.00,\n"
)


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, "  - sqlite: {path: out.db, table: orders}", extra=PIPELINE.lstrip())
    (tmp_path / "landing" / "a.csv").write_text(FILE)
    return tmp_path


def explained(project, line, *more):
    return report(
        csvflow("explain", f"landing/a.csv:{line}", "--json", *more, cwd=project, check=0)
    )


@pytest.mark.parametrize("line", [2, 3])
def test_any_line_of_a_record_names_it_and_every_step_shows_its_values(project, line):
    before = sorted(project.rglob("*"))
    document = explained(project, line)
    assert sorted(project.rglob("*")) == before
    assert (document["row"], document["lines"]) == (1, [2, 3])
    assert document["raw"] == '1,1.50,"two\nlines"'
    assert document["fields"] == [
        {"name": "id", "text": "1", "unseen": []},
        {"name": "amount", "text": "1.50", "unseen": []},
        {"name": "note", "text": "two\nlines", "unseen": []},
    ]
    assert [(step["step"], step["fate"]) for step in document["steps"]] == [
        ("columns", "passed"),
        ("step 1 `filter`", "passed"),
        ("step 2 `derive`", "passed"),
        ("step 3 `validate`", "passed"),
    ]
    assert document["steps"][0]["values"][1] == {
        "name": "amount", "type": "decimal(12,2)", "value": "1.50",
    }  # fmt: skip
    assert [item["value"] for item in document["steps"][3]["values"]] == [
        1, "1.50", "TWO\nLINES", "3.00",
    ]  # fmt: skip
    assert (document["outcome"], document["ended"], document["refusal"]) == ("loaded", None, None)


def test_a_dropped_record_tells_the_step_and_where_it_stands(project):
    document = explained(project, 4)
    assert (document["outcome"], document["ended"]) == ("dropped", "step 1 `filter`")
    assert document["steps"][-1]["place"] == "pipelines/orders.yaml:6:5"
    done = csvflow("explain", "landing/a.csv:4", cwd=project, check=0)
    last = done.stdout.splitlines()[-1]
    assert last == "dropped by step 1 `filter` (pipelines/orders.yaml:6:5)"


def test_a_value_of_the_wrong_type_tells_the_columns_declaration(project):
    document = explained(project, 5)
    assert document["outcome"] == "rejected"
    assert document["refusal"] == {
        "step": "columns", "code": "row.type", "column": "amount",
        "reason": "`x` is not decimal(12,2)", "place": "pipelines/orders.yaml:4:29",
    }  # fmt: skip


def test_a_damaged_record_shows_its_fields_and_what_is_wrong(project):
    document = explained(project, 6)
    assert [(field["name"], field["text"]) for field in document["fields"]] == [
        ("id", "4"), ("amount", "5.00"),
    ]  # fmt: skip
    assert (document["ended"], document["refusal"]["code"]) == ("reading", "row.field-count")


def test_the_rule_of_a_step_is_told_and_a_quoted_empty_field_is_text(project):
    document = explained(project, 8)
    assert document["fields"][2]["text"] == ""
    assert document["refusal"] == {
        "step": "step 3 `validate`", "code": "row.big", "column": "amount",
        "reason": "too much", "place": "pipelines/orders.yaml:8:5",
    }  # fmt: skip
    assert explained(project, 9)["fields"][2]["text"] is None


@pytest.mark.parametrize("line", [1, 7, 10])
def test_a_line_that_belongs_to_no_record_is_a_usage_error(project, line):
    done = csvflow("explain", f"landing/a.csv:{line}", cwd=project)
    assert f"a.csv: line {line} belongs to no record" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("word", ["landing/a.csv", "landing/a.csv:0"])
def test_what_is_no_line_is_a_usage_error(project, word):
    done = csvflow("explain", word, cwd=project, check=2)
    assert "is not FILE:LINE" in done.stderr


def test_what_depends_on_other_rows_is_judged_over_the_whole_file(project):
    (project / "pipelines" / "orders.yaml").write_text(
        "name: orders\nsource: landing/*.csv\ncolumns: {k: text unique, v: int}\n"
        "steps:\n  - deduplicate: {by: [v], keep: last}\n  - sort: v desc\n"
        "  - sql: SELECT count(*) AS n FROM rows\n"
        "sinks:\n  - jsonl: {path: out/}\n"
    )
    body = "".join(f"k{n},{n % 7_000}\n" for n in range(10_000))
    (project / "landing" / "a.csv").write_text(f"k,v\n{body}k5,1\n")
    twice = explained(project, 10_002)
    assert (twice["ended"], twice["refusal"]["code"]) == ("columns", "row.unique")
    assert explained(project, 2)["ended"] == "step 1 `deduplicate`"
    assert explained(project, 2)["outcome"] == "dropped"
    kept = explained(project, 7_002)
    assert [step["fate"] for step in kept["steps"]] == ["passed", "passed", "passed", "remade"]
    assert kept["steps"][1]["values"][1]["value"] == 0


def test_the_text_shows_what_a_step_changed(project):
    done = csvflow("explain", "landing/a.csv:3", cwd=project, check=0)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "landing/a.csv: record 1, lines 2-3"
    assert r'1,1.50,"two\nlines"' in lines
    assert r"note two\nlines → TWO\nLINES text" in lines
    assert any(line.startswith("+ double 3.00 decimal(") for line in lines)
    assert lines[-1] == "it reaches the sinks"


def test_what_nobody_sees_in_a_field_is_named(project):
    (project / "landing" / "a.csv").write_text("id,amount,note\n1, 5\u00a0,zero\u200bwidth\n")
    document = explained(project, 2)
    assert [field["unseen"] for field in document["fields"]] == [
        [],
        ["space at the beginning", "U+00A0 NO-BREAK SPACE at 3"],
        ["U+200B ZERO WIDTH SPACE at 5"],
    ]
    assert (document["refusal"]["column"], document["dialect"]["encoding"]) == ("amount", "utf-8")


def test_a_file_that_no_pipeline_takes_is_explained_as_it_is_read(project):
    (project / "other.csv").write_text("a;b\n1;x\n2\n")
    done = csvflow("explain", "other.csv:2", "--json", cwd=project, check=0)
    document = report(done)
    assert (document["pipeline"], document["outcome"]) == (None, "loaded")


def test_bytes_are_shown_where_the_text_does_not_tell_them(project):
    text = "id,amount,note\n1,1.00,plain\n9,2.00,café na\u00efve 12 €\n"
    (project / "landing" / "a.csv").write_bytes(text.encode("cp1252"))
    told = ("--csv", "encoding=cp1252")
    done = csvflow("explain", "landing/a.csv:3", *told, cwd=project, check=0)
    assert done.stdout.splitlines()[2:8] == [
        "  9,2.00,café naïve 12 €",
        "",
        "22 bytes at offset 28 of the file, cp1252",
        "    28  39 2c 32 2e 30 30 2c 63  61 66 e9 20 6e 61 ef 76  9,2.00,caf. na.v",
        "    44  65 20 31 32 20 80                                 e 12 .",
        "",
    ]
    document = explained(project, 3, *told)
    assert bytes.fromhex(document["bytes"]) == "9,2.00,café naïve 12 €".encode("cp1252")
    assert (document["offset"], document["bytes_complete"]) == (28, True)


def test_a_long_record_is_cut_for_people(project):
    note = "x" * 5_000
    (project / "landing" / "a.csv").write_text(f"id,amount,note\n1,1.00,{note}\n")
    done = csvflow("explain", "landing/a.csv:2", cwd=project, check=0)
    assert done.stdout.splitlines()[2:6] == [
        f"  1,1.00,{'x' * 1_993}… (3,007 more characters)",
        "",
        "5,007 bytes at offset 15 of the file, utf-8",
        "",
    ]
