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
    for command in ("runs", "rejects"):
        done = csvflow(command, "show", "zzz", cwd=folder, check=2)
        assert "there is no run `zzz`" in done.stderr


def test_a_state_that_is_none_is_a_usage_error_with_the_states_there_are(loaded):
    folder, _ = loaded
    done = csvflow("runs", "--state", "bogus", cwd=folder, check=2)
    assert "`bogus` is no state" in done.stderr
    assert "dead_lettered" in done.stderr


def test_nothing_rejected_is_no_error(tmp_path):
    folder = projects.make(tmp_path, SINKS)
    assert csvflow("rejects", "show", cwd=folder, check=0).stdout == "no run rejected a row\n"
    assert csvflow("rejects", "list", cwd=folder, check=0).stdout == "no run rejected a row\n"
    (folder / "landing" / "fine.csv").write_text(projects.lines(1, 3))
    run = report(csvflow("run", "landing/fine.csv", "--json", cwd=folder, check=0))["runs"][0]
    begin = run["run_id"][:8]
    text = csvflow("rejects", "show", begin, cwd=folder, check=0).stdout
    assert text == f"run {begin} rejected no row\n"
    found = report(csvflow("rejects", "show", begin, "--json", cwd=folder, check=0))
    assert found == {"run_id": run["run_id"], "uri": run["uri"], "rejects": []}
    nothing = report(csvflow("rejects", "show", "--json", cwd=folder, check=0))
    assert nothing == {"run_id": None, "uri": None, "rejects": []}


def test_runs_show_tells_each_attempts_counts_and_error_in_words(tmp_path):
    folder = projects.make(tmp_path, SINKS, extra="rejects: {max: 1}\n")
    projects.orders(folder)
    done = csvflow("run", "landing/orders.csv", "--json", cwd=folder, check=4)
    run_id = report(done)["runs"][0]["run_id"]
    text = csvflow("runs", "show", run_id, cwd=folder, check=0).stdout
    attempt = text[text.index("attempt 1: failed") :]
    assert "\n  400 read, 2 rejected\n" in attempt
    assert "\n  run.too-many-rejects: 2 of 400 rows rejected, " in attempt
    assert f"\n  hint: csvflow rejects show {run_id[:8]}" in attempt
    assert "{'" not in text


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
    lines = page.splitlines()
    assert lines[0] == "sink sqlite"
    assert any(line.split() == ["path", "text,", "required"] for line in lines)
    assert any(line.split()[:2] == ["mode", "append"] for line in lines if line)
    assert not any(mark in page for mark in ("##", "**", "|", "```", "``"))
    assert max(map(len, lines)) <= 80
    assert csvflow("plugins", "show", "sink.csv", cwd=".", check=0).stdout.count(r"`\n`") == 1
    kinds = csvflow("plugins", "show", "source", cwd=".", check=0).stdout
    assert kinds.startswith("files  ")
    listed = csvflow("plugins", cwd=".", check=0).stdout.splitlines()
    assert max(map(len, listed)) <= 80
    assert [line.split()[0] for line in listed[-3:]] == ["the", "columns", "pipeline"]
    done = csvflow("plugins", "show", "parket", cwd=".", check=2)
    assert "did you mean `parquet`?" in done.stderr


def test_the_pages_of_the_language_are_shown_like_those_of_plugins():
    pages = {
        name: csvflow("plugins", "show", name, cwd=".", check=0).stdout
        for name in ("columns", "pipeline")
    }
    for page in pages.values():
        assert not any(mark in page for mark in ("##", "**", "```", "|--"))
        assert max(map(len, page.splitlines())) <= 80
    columns, pipeline = (page.splitlines() for page in pages.values())
    assert "12.7                  `12.70` as decimal(10,2), `12.7` as float, else -" in columns
    assert "007                   -" in columns
    assert "int                    64 bits" in columns
    assert "unknown_columns  `keep` or `ignore` or `rescue` or `fail` or mapping" in pipeline
    assert 'quote          text, default `"auto"`' in pipeline
    document = json.loads(csvflow("plugins", "show", "columns", "--json", cwd=".", check=0).stdout)
    assert document["page"] == "columns"
    assert document["text"].startswith("# Columns\n")
    done = csvflow("plugins", "show", "colums", cwd=".", check=2)
    assert "did you mean `columns`?" in done.stderr


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
