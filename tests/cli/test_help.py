import os
import subprocess
import sys
from pathlib import Path

import pytest

CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
HEAVY = (
    "pandas", "pyarrow", "duckdb", "sqlglot", "numpy", "fsspec", "s3fs", "gcsfs", "adlfs",
    "botocore", "aiobotocore", "google", "azure", "psycopg", "structlog", "yaml", "rich",
)  # fmt: skip
COMMANDS = (
    ["run"],
    ["batch"],
    ["watch"],
    ["init"],
    ["check"],
    ["test"],
    ["preview"],
    ["explain"],
    ["ls"],
    ["plan"],
    ["runs"],
    ["runs", "show"],
    ["rejects"],
    ["rejects", "list"],
    ["rejects", "show"],
    ["plugins"],
    ["plugins", "show"],
    ["schema"],
    ["help"],
)
PROGRAM = """
import sys
sys.argv = ["csvflow", *{arguments!r}]
from csvflow.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
heavy = [name for name in {heavy!r} if name in sys.modules]
assert not heavy, heavy
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = PROGRAM.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout


def test_importing_the_package_imports_nothing_heavy():
    program = f"import sys, csvflow; assert not [n for n in {HEAVY!r} if n in sys.modules]"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_each_commands_summary_fits_its_line():
    done = subprocess.run(
        [CSVFLOW, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    lines = done.stdout[done.stdout.index("Commands:") :].splitlines()
    assert len(lines) > 10
    assert not [line for line in lines if line.endswith("...") or len(line) > 80]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_commands_help_has_an_example_and_the_common_options(command):
    done = subprocess.run([CSVFLOW, *command, "--help"], capture_output=True, text=True, check=True)
    assert "For example:" in done.stdout
    assert f"csvflow {command[0]}" in done.stdout.split("For example:")[1]
    for option in ("--project", "--set", "--json", "--log-format", "--log-level", "-q", "--debug"):
        assert option in done.stdout


def test_the_public_names_are_there():
    program = "import csvflow; [getattr(csvflow, name) for name in csvflow.__all__]"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_completion_is_offered():
    # What shell runs the tests is no matter.
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [CSVFLOW, "--show-completion", "bash"],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    assert "_CSVFLOW_COMPLETE" in done.stdout
