"""Hostile headers, expressions and YAML: a clear error, nothing executed, nothing written."""

import sqlite3
from itertools import pairwise

import pytest
from support import projects

CSV = "id,amount\n1,2.50\n2,3.50\n"


def project(folder, steps="", head="source: landing/*.csv\n", sinks=None):
    (folder / "pipelines").mkdir(parents=True)
    (folder / "landing").mkdir()
    sinks = sinks or "sinks:\n  - sqlite: {path: out.db, table: orders}\n"
    (folder / "pipelines" / "orders.yaml").write_text(f"name: orders\n{head}{steps}{sinks}")
    return folder


def untouched(folder):
    assert not (folder / "out.db").exists()
    assert not (folder / "pwned").exists()


@pytest.mark.parametrize(
    "expression",
    [
        "read_text('/etc/passwd')",
        "(SELECT content FROM read_text('/etc/passwd'))",
        "getenv('HOME')",
        "id; COPY (SELECT 1) TO 'pwned'",
        "id; ATTACH 'pwned'",
        "(SELECT 1)",
        "__import__('os').system('touch pwned')",
        "random()",
        "sum(id) OVER ()",
    ],
)
def test_an_expression_that_reaches_out_is_refused_before_any_row(expression, tmp_path):
    folder = project(tmp_path, f'steps:\n  - derive: {{x: "{expression}"}}\n')
    (folder / "landing" / "orders.csv").write_text(CSV)
    done = projects.csvflow("run", "landing/orders.csv", "--json", cwd=folder)
    assert done.returncode in (2, 4)
    assert "Traceback" not in done.stderr
    assert "pipelines/orders.yaml:4" in done.stdout + done.stderr
    untouched(folder)


@pytest.mark.parametrize(
    "statement",
    [
        "COPY rows TO 'pwned'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "ATTACH 'pwned'",
        "SELECT getenv('HOME') FROM rows",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "SELECT * FROM rows; DROP TABLE rows",
        "SELECT * FROM duckdb_settings()",
    ],
)
def test_a_query_that_reaches_out_is_refused_before_any_row(statement, tmp_path):
    folder = project(tmp_path, f'steps:\n  - sql: "{statement}"\n')
    (folder / "landing" / "orders.csv").write_text(CSV)
    done = projects.csvflow("run", "landing/orders.csv", "--json", cwd=folder)
    assert done.returncode in (2, 4)
    assert "Traceback" not in done.stderr
    untouched(folder)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    "head",
    [
        BOMB,
        "source: !!python/object/apply:os.system ['touch pwned']\n",
        "source: !!python/name:os.system\n",
        "source: " + "[" * 10_000 + "]" * 10_000 + "\n",
        "source: a/*.csv\nsource: b/*.csv\n",
        "source: ${NOT_SET_ANYWHERE}/*.csv\n",
        "source: {path: landing/*.csv, settel: 5s}\n",
    ],
    ids=["alias-bomb", "apply", "name", "deep", "duplicate-key", "undefined", "unknown-key"],
)
def test_hostile_yaml_is_refused_with_its_place(head, tmp_path):
    folder = project(tmp_path, head=head)
    done = projects.csvflow("check", "pipelines/orders.yaml", cwd=folder)
    assert done.returncode == 2
    assert "pipelines/orders.yaml:" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    untouched(folder)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (['a"; DROP TABLE canary; --', "b"], 2),
        (["", ""], 2),
        (["a", "a"], 2),
        (["a'); DELETE FROM canary; --", "select"], 2),
        (["`x`", "[y]"], 2),
        (["Größe €", "\U0001f600"], 2),
        (["two\nlines", "tab\there"], 2),
    ],
    ids=["drop", "blank", "duplicate", "delete", "quotes", "unicode", "newline"],
)
def test_a_hostile_header_is_loaded_as_a_name_and_executes_nothing(header, columns, tmp_path):
    folder = project(tmp_path)
    connection = sqlite3.connect(folder / "out.db")
    connection.execute("CREATE TABLE canary (x)")
    connection.execute("INSERT INTO canary VALUES (1)")
    connection.commit()
    names = ",".join('"' + name.replace('"', '""') + '"' for name in header)
    (folder / "landing" / "orders.csv").write_text(f"{names}\n1,2\n3,4\n")
    done = projects.csvflow("run", "landing/orders.csv", "--json", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert connection.execute("SELECT x FROM canary").fetchall() == [(1,)]
    rows = connection.execute("SELECT * FROM orders").fetchall()
    connection.close()
    assert [len(row) for row in rows] == [columns, columns]
    assert sorted(row[0] for row in rows) == ["1", "3"]


def test_a_header_of_ten_thousand_characters_is_refused(tmp_path):
    folder = project(tmp_path)
    (folder / "landing" / "orders.csv").write_text("x" * 10_000 + ",b\n1,2\n")
    done = projects.csvflow("run", "landing/orders.csv", "--json", cwd=folder)
    assert done.returncode == 4
    (run,) = projects.report(done)["runs"]
    assert run["error"]["code"] == "input.header"
    untouched(folder)
