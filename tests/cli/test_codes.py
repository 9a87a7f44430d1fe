import re
import subprocess
import sys
from pathlib import Path

import csvflow
from csvflow.core.codes import explanations

PACKAGE = Path(csvflow.__file__).parent
CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
PREFIXES = sorted(path.stem for path in (PACKAGE / "core" / "codes").glob("[a-z]*.py"))
LITERAL = re.compile(rf'"((?:{"|".join(PREFIXES)})\.[a-z0-9]+(?:-[a-z0-9]+)*)"')


def raised():
    """Return every code that stands as a text in the package, outside the explanations."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name != "codes":
            found |= set(LITERAL.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_code_is_explained_and_every_explanation_has_its_code():
    assert raised() - set(explanations()) == set(), "explain them in csvflow/core/codes/"
    assert set(explanations()) - raised() == set(), "nothing raises them any more"


def test_an_explanation_begins_with_a_sentence_that_can_stand_alone():
    for code, text in explanations().items():
        first = text.split(". ")[0]
        assert 20 < len(" ".join(first.split())) < 300, code
        assert text[0].isupper() or text.startswith(("`", "csvflow")), code


def run(*arguments):
    return subprocess.run(
        [CSVFLOW, "help", *arguments], capture_output=True, text=True, check=False
    )


def test_help_explains_a_code_and_lists_all():
    assert "bug" in run("internal.error").stdout
    lines = run().stdout.splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "] == list(explanations())
    assert max(map(len, lines)) <= 80


def test_help_lists_the_codes_that_begin_so():
    for word in ("sink", "sink."):
        lines = run(word).stdout.splitlines()
        names = [line.split()[0] for line in lines if line[0] != " "]
        assert names == [name for name in explanations() if name.startswith("sink.")]


def test_help_is_plain_text_in_lines_that_fit():
    for code in ("row.type", "sink.cannot-replace"):
        text = run(code).stdout
        assert text.startswith(f"{code}\n\n")
        assert "**" not in text
        assert max(map(len, text.splitlines())) <= 80


def test_help_proposes_the_nearest_code():
    done = run("internal.eror")
    assert done.returncode == 2
    assert "did you mean `internal.error`?" in done.stderr
