import re
from pathlib import Path

from docs import blocks

from csvflow.cli import exits
from csvflow.services import reference

README = blocks.README.read_text(encoding="utf-8")


def test_every_command_of_the_readme_prints_what_it_says(tmp_path):
    for commands in blocks.execute(README, tmp_path):
        for command in commands:
            if command.runs:
                assert blocks.loosely(command.actual) == blocks.loosely(command.expected), (
                    f"$ {command.line}\nto take the new output: poe readme"
                )


def test_the_readme_lists_every_exit_code():
    table = README.split("| exit code | |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", table, re.MULTILINE)
    assert {int(code): text for code, text in rows} == exits.MEANINGS


def test_every_link_of_the_readme_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (blocks.ROOT / target).exists(), target


def test_the_committed_reference_is_that_of_the_code():
    for name, text in reference.files().items():
        path = reference.FOLDER / name
        assert path.exists(), f"{path}: poe reference"
        assert path.read_text(encoding="utf-8") == text, f"{path}: poe reference"
    there = {path.name for path in reference.FOLDER.iterdir()}
    assert there == set(reference.files()), "left over in csvflow/reference/"


def test_the_committed_schema_is_that_of_the_code():
    path = Path(blocks.ROOT / "pipelines" / "pipeline.schema.json")
    assert path.read_text(encoding="utf-8") == reference.schema_text(), f"{path}: poe reference"
