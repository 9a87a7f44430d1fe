import json
import re
import sqlite3

import pytest
from support import projects
from support.projects import csvflow, report

SINKS = "  - sqlite: {path: out.db, table: orders}"
RUN_KEYS = {
    "run_id", "pipeline", "uri", "version", "content_hash", "attempt", "outcome", "reason", "rows",
    "dialect", "columns", "sinks", "rejects", "bytes", "duration_secs", "error",
}  # fmt: skip


@pytest.fixture
def project(tmp_path):
    projects.make(tmp_path, SINKS)
    projects.orders(tmp_path)
    return tmp_path


def count(folder):
    connection = sqlite3.connect(folder / "out.db")
    try:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    finally:
        connection.close()


def test_json_of_run_is_one_document_of_the_promised_shape(project):
    done = csvflow("run", "landing/orders.csv", "--json", "-q", cwd=project, check=0)
    document = report(done)
    assert set(document) == {"outcome", "runs", "errors"}
    (run,) = document["runs"]
    assert set(run) == RUN_KEYS
    assert run["outcome"] == "succeeded"
    assert run["rows"] == {
        "read": 400, "added": 0, "loaded": 398, "rejected": 2, "dropped": 0, "folded": 0,
    }  # fmt: skip
    assert run["rejects"]["by_code"] == {"row.field-count": 1, "row.type": 1}
    assert [sink["guarantee"] for sink in run["sinks"]] == ["exactly-once"]
    assert done.stderr == ""


def test_a_second_call_says_that_there_is_nothing_new(project):
    csvflow("run", "landing/orders.csv", cwd=project, check=0)
    done = csvflow("run", "landing/orders.csv", cwd=project, check=0)
    assert "orders.csv: skipped, this version was loaded before" in done.stdout
    assert "nothing new" in done.stdout
    assert count(project) == 398


def test_the_summary_has_counts_target_and_where_the_rejects_are(project):
    done = csvflow("run", "landing/orders.csv", cwd=project, check=0)
    assert re.search(r"^orders\.csv +succeeded +400 +398 +2 ", done.stdout, re.MULTILINE)
    assert "398 rows in out.db::orders" in done.stdout
    assert "rejects: 2 rows in .csvflow/rejects/orders/" in done.stdout


def test_the_summary_tells_what_was_guessed_and_left_out(project):
    text = "Bericht vom 1. März\nErstellt von Jörg\nid,amount,note\n"
    text += "".join(f"{n},{n}.50,Müller und Söhne Straße {n}\n" for n in range(1, 40))
    (project / "landing" / "cp.csv").write_bytes((text + "Total,820.50,\n").encode("cp1252"))
    call = ("run", "landing/cp.csv", "--csv", "footer=1")
    told = "file:    cp1252 by statistics, 100% sure; 2 lines above the header and 1 footer\n"
    told += "         line left out\n"
    assert told in csvflow(*call, "--dry-run", cwd=project, check=0).stdout
    done = csvflow("run", "landing/cp.csv", cwd=project, check=0)
    told = "file:    cp1252 by statistics, 100% sure; 2 lines above the header left out\n"
    assert told in done.stdout
    projects.orders(project)
    for ordinary in (["landing/orders.csv"], ["landing/orders.csv", "landing/cp.csv", "--force"]):
        assert "file:  " not in csvflow("run", *ordinary, cwd=project).stdout


def test_off_a_terminal_the_log_on_stderr_is_json_lines(project):
    done = csvflow("run", "landing/orders.csv", cwd=project, check=0)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    events = [line["event"] for line in lines]
    assert events == ["run_claimed", "run_succeeded", "rows_rejected"]
    assert {line["pipeline"] for line in lines} == {"orders"}
    assert len({line["run_id"] for line in lines}) == 1
    assert all(line["input"].endswith("/landing/orders.csv") for line in lines)


def test_quiet_prints_nothing_when_all_went_well(project):
    done = csvflow("run", "landing/orders.csv", "-q", cwd=project, check=0)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_missing_file_is_a_usage_error_and_the_others_are_loaded(project):
    done = csvflow("run", "landing/order.csv", "landing/orders.csv", cwd=project, check=2)
    line = json.loads(done.stderr.splitlines()[0])
    assert (line["event"], line["code"]) == ("file_missing", "input.not-found")
    assert line["error"] == "there is no file `landing/order.csv`"
    assert line["hint"] == "did you mean `landing/orders.csv`?"
    assert count(project) == 398


def test_a_glob_that_the_shell_left_alone_is_expanded(project):
    (project / "landing" / "more.csv").write_text(projects.lines(1_000, 5))
    done = csvflow("run", "landing/*.csv", "--json", cwd=project, check=0)
    names = [run["uri"].rsplit("/", 1)[1] for run in report(done)["runs"]]
    assert names == ["more.csv", "orders.csv"]


def test_a_failing_file_does_not_stop_the_others(project):
    (project / "landing" / "a.csv").write_text("id,amount\n1,2.00\n")
    done = csvflow("run", "landing/*.csv", "--json", cwd=project, check=4)
    outcomes = [run["outcome"] for run in report(done)["runs"]]
    assert outcomes == ["failed", "succeeded"]
    (line,) = [line for line in map(json.loads, done.stderr.splitlines()) if "code" in line]
    assert (line["event"], line["code"]) == ("run_failed", "input.missing-column")
    assert "missing_columns: null" in line["hint"]


def test_strict_turns_rejects_into_exit_code_3_and_loads_the_rest(project):
    csvflow("run", "landing/orders.csv", "--strict", cwd=project, check=3)
    assert count(project) == 398


def test_a_dry_run_counts_and_writes_nothing(project):
    done = csvflow("run", "landing/orders.csv", "--dry-run", "--json", cwd=project, check=0)
    assert report(done)["runs"][0]["rows"]["rejected"] == 2
    assert not (project / "out.db").exists()
    assert not (project / ".csvflow").exists()


def test_a_dry_run_tells_the_would_be_rejects_by_code_and_what_shows_them(project):
    done = csvflow("run", "landing/orders.csv", "--dry-run", cwd=project, check=0)
    text = "would be rejected: 2 rows\n  row.field-count 1, row.type 1\n"
    assert text in done.stdout
    assert "hint: csvflow preview landing/orders.csv\n" in done.stdout + done.stderr
    assert "rejects show" not in done.stdout + done.stderr


def test_a_dry_run_beyond_the_limit_points_to_preview_too(project):
    path = project / "pipelines" / "orders.yaml"
    path.write_text(path.read_text().replace("sinks:", "rejects: {max: 0}\nsinks:"))
    found = csvflow("run", "landing/orders.csv", "--dry-run", "--json", cwd=project, check=4)
    hint = report(found)["runs"][0]["error"]["hint"]
    assert hint == f"csvflow preview {project}/landing/orders.csv -p orders"
    done = csvflow("run", "landing/orders.csv", "--dry-run", "-p", "orders", cwd=project, check=4)
    assert "would be rejected: 2 rows\n  row.field-count 1, row.type 1\n" in done.stdout
    assert "csvflow preview landing/orders.csv -p orders\n" in done.stdout + done.stderr
    assert "rejects show" not in done.stdout + done.stderr


def test_of_several_inputs_each_target_is_told_once_with_its_total(project):
    (project / "landing" / "more.csv").write_text(projects.lines(1_000, 20, {2: "x"}))
    done = csvflow("run", "landing/*.csv", cwd=project, check=0)
    assert done.stdout.count("out.db::orders") == 1
    assert "loaded:  417 rows in out.db::orders" in done.stdout
    assert "rejects: 3 rows of 2 inputs\n  row.field-count 1, row.type 2\n" in done.stdout
    assert " pipeline " not in done.stdout.splitlines()[0]


def test_a_file_that_no_pipeline_takes_does_not_stop_the_others(project):
    (project / "notes.txt").write_text("a\n1\n")
    names = ("notes.txt", "landing/orders.csv")
    done = csvflow("run", *names, "--json", cwd=project, check=2)
    first, second = report(done)["runs"]
    assert (first["outcome"], first["error"]["code"]) == ("failed", "config.no-pipeline")
    assert first["error"]["place"] == f"{project}/notes.txt"
    assert second["outcome"] == "succeeded"
    assert count(project) == 398
    done = csvflow("run", *names, cwd=project, check=2)
    assert re.search(r"^input +pipeline +outcome", done.stdout, re.MULTILINE)
    assert re.search(r"^orders\.csv +orders +skipped", done.stdout, re.MULTILINE)
    csvflow("run", "notes.txt", cwd=project, check=2)


def test_to_and_a_pipeline_exclude_each_other_and_what_to_do_instead_is_told(project):
    words = ("landing/orders.csv", "--to", "x.csv", "-p", "orders", "--json")
    (error,) = report(csvflow("run", *words, cwd=project, check=2))["errors"]
    assert "without a pipeline" in error["message"]
    assert "--set TARGET=" in error["hint"]
    words = ("landing/orders.csv", "--to", "out", "--json")
    (error,) = report(csvflow("run", *words, cwd=project, check=2))["errors"]
    assert (
        error["hint"] == "a file (.csv .jsonl .ndjson .parquet), a folder/ or `duckdb://…::table`"
    )
    assert len(f"  hint: {error['hint']}") <= 80


def test_limit_alone_is_refused(project):
    done = csvflow("run", "landing/orders.csv", "--limit", "5", cwd=project, check=2)
    assert "--dry-run or --to" in done.stderr


def test_a_wrong_pipeline_is_exit_code_2_with_place_and_hint(project):
    path = project / "pipelines" / "orders.yaml"
    path.write_text(path.read_text().replace("sinks:", "snks:"))
    done = csvflow("run", "landing/orders.csv", "--json", cwd=project, check=2)
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (line["event"], line["code"]) == ("command_failed", "config.unknown-key")
    assert re.fullmatch(r"pipelines/orders\.yaml:\d+:\d+", line["place"])
    assert line["error"] == "a pipeline has no key `snks`"
    assert line["hint"] == "did you mean `sinks`?"
    people = csvflow("run", "landing/orders.csv", "--log-format", "console", cwd=project, check=2)
    assert re.search(r"^error: \S*pipelines/orders\.yaml:\d+:\d+: .*`snks`", people.stderr)
    assert "did you mean `sinks`?" in people.stderr
    assert "Traceback" not in done.stderr
    assert report(done)["errors"][0]["code"] == "config.unknown-key"


def test_options_may_stand_before_the_command(project):
    done = csvflow("--json", "run", "landing/orders.csv", cwd=project, check=0)
    assert report(done)["outcome"] == "succeeded"


def test_to_needs_no_pipeline(project):
    csvflow("run", "landing/orders.csv", "--to", "sqlite:///new.db::t", cwd=project, check=0)
    connection = sqlite3.connect(project / "new.db")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (399,)
    connection.close()


def test_a_hostile_file_name_steers_no_terminal(project):
    name = "landing/a\x1b[2J[red]b\u202ec.csv"
    (project / name).write_text(projects.lines(1, 3))
    done = csvflow("run", name, cwd=project, check=0)
    for text in (done.stdout, done.stderr):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert r"a\x1b[2J[red]b\u202ec.csv" in done.stdout


def test_what_was_made_of_the_header_is_told(project):
    pipeline = project / "pipelines" / "loose.yaml"
    pipeline.write_text(
        "name: loose\nsource: loose/*.csv\nunknown_columns: ignore\nmissing_columns: 'null'\n"
        "columns: {id: int, amount: 'decimal(9,2)', note: text}\n"
        "sinks: [jsonl: {path: 'out/{stem}.jsonl'}]\n"
    )
    (project / "loose").mkdir()
    (project / "loose" / "a.csv").write_text("ID,,id,Amount EUR\n1,x,2,3.50\n")
    done = csvflow("run", "loose/a.csv", cwd=project, check=0)
    assert [line for line in done.stdout.splitlines() if "columns" in line or "  `" in line] == [
        "columns: column 2 has no name: it is `column_2`",
        "columns: `amount` is not in the file and null; `Amount EUR` may be its new name",
        "columns: `note` is not in the file and null",
        "columns: not declared: `ID`, `column_2`, `Amount EUR`",
    ]
    assert (project / "out" / "a.jsonl").read_text() == '{"id":2,"amount":null,"note":null}\n'
