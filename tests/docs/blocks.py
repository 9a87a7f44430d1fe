"""README's blocks: executed in order in a copy of the project, and their outputs compared.

``poe readme`` (this file as a script) writes the outputs anew.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
FENCE = re.compile(r"^```(console|yaml|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("pipelines", "sample_data")
FREE = (
    (re.compile(r"\b[0-9a-f]{8,20}\b"), "ID"),
    (re.compile(r"\b\d+\.\d s\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b"), "WHEN"),
    (re.compile(r"[ \t]+"), " "),
)
"""What may differ between two runs."""


@dataclass
class Command:
    """One ``$`` line and the lines under it."""

    line: str
    expected: list[str] = field(default_factory=list)
    actual: list[str] = field(default_factory=list)

    @property
    def runs(self):
        """Return the part that a test can run: csvflow is installed already."""
        found = self.line.removeprefix("pip install . && ")
        return None if found.startswith("pip ") else found


def loosely(lines):
    """Return the lines without what may differ between two runs."""
    text = "\n".join(lines)
    for pattern, instead in FREE:
        text = pattern.sub(instead, text)
    return [line.strip() for line in text.splitlines()]


def execute(text, folder):
    """Run every command and program of the page, and save every YAML; in order."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    found = []
    for kind, body in FENCE.findall(text):
        if kind == "yaml":
            path = body.splitlines()[0].removeprefix("# ")
            (folder / path).write_text(body, encoding="utf-8")
            continue
        if kind == "python":
            found.append([python(body, folder)])
            continue
        commands = []
        for line in body.splitlines():
            if line.startswith("$ "):
                commands.append(Command(line[2:]))
            else:
                commands[-1].expected.append(line)
        for command in commands:
            if command.runs:
                command.actual = run(command.runs, folder)
        found.append(commands)
    return found


def python(body, folder):
    """Run a program of the page; of a failing one, the output is what no page expects."""
    done = subprocess.run(
        [sys.executable, "-c", body],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return Command("python", actual=done.stdout.splitlines() if done.returncode else [])


def run(line, folder):
    """Return what a shell prints for the line, without log lines."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PATH": path},
    )
    return [line for line in done.stdout.splitlines() if not line.startswith('{"at":')]


def rewritten(text, found):
    """Return the page with the outputs that came."""
    blocks = iter(found)

    def block(match):
        if match[1] == "yaml":
            return match[0]
        commands = next(blocks)
        if match[1] == "python":
            return match[0]
        lines = []
        for command in commands:
            lines += [f"$ {command.line}", *(command.actual if command.runs else command.expected)]
        return "```console\n" + "\n".join(line.rstrip() for line in lines) + "\n```"

    return FENCE.sub(block, text)


if __name__ == "__main__":
    page = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        README.write_text(rewritten(page, execute(page, Path(temporary))), encoding="utf-8")
