import json

import pytest
from support import projects
from support.projects import csvflow, report

import csvflow as package

SINKS = "  - sqlite: {path: out.db, table: orders}"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = projects.make(tmp_path_factory.mktemp("project"), SINKS)
    projects.orders(folder)
    done = csvflow("run", "landing/orders.csv", "--json", cwd=folder, check=0)
    return folder, report(done)["runs"][0]["run_id"]


def test_runs_lists_what_was_tried(loaded):
    folder, run_id = loaded
    found = report(csvflow("runs", "--json", cwd=folder, check=0))["runs"]
    assert [(item["run_id"], item["state"]) for item in found] == [(run_id, "succeeded")]
    assert run_id[:8] in csvflow("runs", "-p", "orders", cwd=folder, check=0).stdout
    assert csvflow("runs", "--state", "failed", cwd=folder, check=0).stdout == "no runs yet\n"


def test_runs_show_takes_the_beginning_of_an_id(loaded):
    folder, run_id = loaded
    text = csvflow("runs", "show", run_id[:6], cwd=folder, check=0).stdout
    assert "400 read, 0 added, 398 loaded, 2 rejected" in text
    assert "attempt 1: succeeded" in text
    found = report(csvflow("runs", "show", run_id, "--json", cwd=folder, check=0))
    assert found["run"]["run_id"] == run_id
    assert len(found["attempts"]) == 1


def test_a_run_that_is_not_there_is_said_to_be_unknown(loaded):
    folder, _ = loaded
    done = csvflow("runs", "show", "zzz", cwd=folder, check=4)
    assert "there is no run `zzz`" in done.stderr


def test_rejects_show_has_line_code_column_reason_and_the_record(loaded):
    folder, run_id = loaded
    found = report(csvflow("rejects", "show", run_id, "--json", cwd=folder, check=0))
    first = found["rejects"][0]
    assert first["line"] == 74
    assert first["code"] == "row.type"
    assert first["column"] == "amount"
    assert "n/a" in first["reason"]
    assert first["raw"] == '37,n/a,"note\nof 37"'
    text = csvflow("rejects", "show", run_id[:8], cwd=folder, check=0).stdout
    assert "orders.csv:74: column `amount`:" in text
    listed = csvflow("rejects", "list", cwd=folder, check=0).stdout
    assert "2 (row.field-count 1, row.type 1)" in listed


def test_plugins_are_listed_and_shown():
    found = json.loads(csvflow("plugins", "--json", cwd=".", check=0).stdout)["plugins"]
    assert {"kind", "type", "summary"} == set(found[0])
    assert ("sink", "parquet") in {(item["kind"], item["type"]) for item in found}
    page = csvflow("plugins", "show", "sink.sqlite", cwd=".", check=0).stdout
    assert "## sink `sqlite`" in page
    assert "| `path` |" in page
    done = csvflow("plugins", "show", "parket", cwd=".", check=2)
    assert "did you mean `parquet`?" in done.stderr


def test_schema_is_a_json_schema_that_takes_the_sample_pipeline():
    import jsonschema
    import yaml
    from docs.blocks import ROOT

    schema = json.loads(csvflow("schema", cwd=".", check=0).stdout)
    text = (ROOT / "pipelines" / "orders.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(text), schema)


def test_from_python_a_run_gives_its_report(tmp_path):
    folder = projects.make(tmp_path, SINKS)
    file = projects.orders(folder)
    found = package.run(folder / "pipelines" / "orders.yaml", file)
    assert (found.outcome, found.rows.loaded, found.rows.rejected) == ("succeeded", 398, 2)
    with pytest.raises(package.CsvflowError, match="no pipeline"):
        package.run(folder / "pipelines" / "nothing.yaml", file)
