"""A small project with one pipeline and one file, and the promises that hold for it."""

import json
import subprocess
import sys
from pathlib import Path

CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
ROWS = 400
BAD = {37: "n/a", 251: "12,5"}
"""Record → its amount; each is rejected."""
HEAD = """
name: orders
source: landing/*.csv
columns: {id: int required, amount: "decimal(12,2)", note: text}
"""


def make(folder, sinks, *, extra=""):
    """Write the project: ``landing/orders.csv`` and ``pipelines/orders.yaml``."""
    (folder / "pipelines").mkdir(parents=True)
    (folder / "landing").mkdir()
    (folder / "pipelines" / "orders.yaml").write_text(f"{HEAD}{extra}sinks:\n{sinks}\n")
    return folder


def lines(first, count, bad=None):
    """Return CSV text with ids from ``first``."""
    bad = bad or {}
    body = "".join(
        f'{first + n},{bad.get(n, f"{first + n}.25")},"note\nof {first + n}"\n'
        for n in range(count)
    )
    return "id,amount,note\n" + body


def orders(folder):
    """Write the file that the crash tests load: 400 records, two of them bad."""
    path = folder / "landing" / "orders.csv"
    path.write_text(lines(1, ROWS, {record - 1: text for record, text in BAD.items()}))
    return path


EXPECTED = sorted(set(range(1, ROWS + 1)) - set(BAD))


def csvflow(*arguments, cwd, check=None, env=None, timeout=240):
    """Run csvflow as a user does."""
    done = subprocess.run(
        [CSVFLOW, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=env,
        timeout=timeout,
    )
    if check is not None:
        assert done.returncode == check, (
            f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done


def report(done):
    """Return the document that ``--json`` printed."""
    return json.loads(done.stdout)


def balanced(rows):
    """Tell whether the counts of a run account for every row."""
    return rows["read"] + rows["added"] == (
        rows["loaded"] + rows["rejected"] + rows["dropped"] + rows["folded"]
    )


def left_over(folder):
    """Return every file that only a run in progress may have."""
    work = folder / ".csvflow" / "work"
    staged = [*work.rglob("*")] if work.exists() else []
    for path in folder.rglob("*"):
        name = path.name
        if path.is_file() and (
            ".staged" in name or name.endswith((".tmp", ".part")) or ".csvflow-" in name
        ):
            staged.append(path)
    return staged
