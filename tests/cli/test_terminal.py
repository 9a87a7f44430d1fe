import json
import os
import pty
import re
import select
import subprocess

import pytest
from support import projects
from support.projects import CSVFLOW, csvflow

SINKS = "  - sqlite: {path: out.db, table: orders}"


def on_a_terminal(*arguments, cwd):
    """Run csvflow with a terminal as stdin, stdout and stderr; return exit code and output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [CSVFLOW, *arguments],
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(theirs)
    chunks = []
    while select.select([ours], [], [], 60)[0]:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    return process.wait(timeout=60), b"".join(chunks).decode()


def bare(text):
    """Return the text without what rich writes to colour it and to redraw."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


@pytest.fixture
def project(tmp_path):
    return projects.make(tmp_path, SINKS)


def test_a_person_sees_a_bar_and_a_summary_and_no_log_lines(project):
    projects.orders(project)
    code, text = on_a_terminal("run", "landing/orders.csv", cwd=project)
    assert code == 0
    shown = bare(text)
    assert "400 rows" in shown
    assert re.search(r"orders\.csv +succeeded +400 +398 +2 ", shown)
    assert '"event"' not in shown
    assert "hint: csvflow rejects show " in shown


def test_a_hostile_file_name_cannot_steer_the_terminal(project):
    name = "landing/a\x1b[2J\x1b]0;owned\x07[bold]b.csv"
    (project / name).write_text(projects.lines(1, 3))
    _, text = on_a_terminal("run", name, cwd=project)
    assert "\x1b[2J" not in text
    assert "\x1b]0;" not in text
    assert "\x07" not in text
    assert r"a\x1b[2J\x1b]0;owned\x07[bold]b.csv" in bare(text)


def test_errors_begin_with_error_also_on_a_terminal(project):
    code, text = on_a_terminal("run", "landing/none.csv", cwd=project)
    assert code == 2
    assert "error: there is no file `landing/none.csv`" in bare(text)


def test_a_failed_input_is_told_once_on_a_terminal_and_twice_if_a_level_is_asked_for(project):
    (project / "landing" / "bad.csv").write_text("id,amount\n1,2.00\n")
    for command in (("run", "landing/bad.csv"), ("run", "landing/bad.csv", "-q")):
        code, text = on_a_terminal(*command, cwd=project)
        assert code == 4
        assert bare(text).count("error: ") == 1
        assert bare(text).count("missing_columns: null") == 1
        assert "run_failed" not in text
    _, text = on_a_terminal("run", "landing/bad.csv", "--log-level", "error", cwd=project)
    assert "run_failed" in bare(text)
    assert "error: " in bare(text)


def test_json_lines_on_a_terminal_are_not_interrupted_by_text(project):
    words = ("run", "landing/none.csv", "--log-format", "json", "-q")
    code, text = on_a_terminal(*words, cwd=project)
    assert code == 2
    (line,) = map(json.loads, text.splitlines())
    assert (line["event"], line["code"]) == ("file_missing", "input.not-found")


def test_each_error_on_a_terminal_begins_so_and_names_its_input(project):
    projects.orders(project)
    csvflow("run", "landing/orders.csv", "-q", cwd=project, check=0)
    (project / "landing" / "bad.csv").write_text("id,amount\n1,2.00\n")
    arguments = ("run", "landing/bad.csv", "landing/orders.csv", "--force")
    code, text = on_a_terminal(*arguments, cwd=project)
    assert code == 4
    # A bar that is redrawn erases what stands between the last line's end and the cursor.
    lines = [line.rsplit("\x1b[2K", 1)[-1] for line in text.split("\r\n")]
    told = [bare(line) for line in lines if "error: " in line]
    assert told[0] == "error: landing/bad.csv: column `note` is not in the file"
    assert told[1].startswith("error: pipelines/orders.yaml:6:5: sink `sqlite` appends to ")
    assert "  input: landing/orders.csv" in bare(text)


def test_the_project_is_told_where_it_is_not_the_working_folder(project):
    projects.orders(project)
    (project / "elsewhere").mkdir()
    arguments = ("run", "../landing/orders.csv", "-p", "../pipelines/orders.yaml")
    code, text = on_a_terminal(*arguments, cwd=project / "elsewhere")
    assert code == 0
    told = f"project: {project}, which relative paths of the pipeline belong to"
    assert told in bare(text)
    assert (project / "out.db").exists()
    _, text = on_a_terminal("run", "landing/orders.csv", "-p", "orders", cwd=project)
    assert "project:" not in bare(text)
    done = csvflow(*arguments, "--debug", cwd=project / "elsewhere", check=0)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    opened = [line for line in lines if line["event"] == "pipeline_opened"]
    assert [line["project"] for line in opened] == [str(project)]
    assert "project:" not in done.stdout


@pytest.mark.parametrize("project_by", ["--project=..", "-p=../pipelines/orders.yaml"])
def test_places_are_told_without_the_way_that_led_there(project, project_by):
    projects.orders(project)
    (project / "elsewhere").mkdir()
    option, _, value = project_by.partition("=")
    call = ("run", "../landing/orders.csv", option, value, "--json")
    document = json.loads(csvflow(*call, cwd=project / "elsewhere", check=0).stdout)
    [run] = document["runs"]
    assert run["sinks"][0]["target"] == f"{project}/out.db::orders"
    assert run["rejects"]["uri"].startswith(f"{project}/.csvflow/rejects/")
