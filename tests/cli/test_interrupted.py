import signal
import sqlite3
import subprocess
import time

import pytest
from support import projects
from support.projects import CSVFLOW, csvflow, left_over, report

SINKS = "  - sqlite: {path: out.db, table: orders}"
SLOW = """
import time
from pathlib import Path


def wait(frame):
    if not Path("go").exists():
        Path("reached").touch()
        time.sleep(0.05)
        while not Path("go").exists():
            time.sleep(0.05)
    return frame
"""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing_and_can_be_done_again(tmp_path, sent, code):
    projects.make(tmp_path, SINKS, extra="steps: [{python: {function: 'slow:wait'}}]\n")
    (tmp_path / "pipelines" / "slow.py").write_text(SLOW)
    projects.orders(tmp_path)
    process = subprocess.Popen(
        [CSVFLOW, "run", "landing/orders.csv"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "reached").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(sent)
    time.sleep(0.2)
    (tmp_path / "go").touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert left_over(tmp_path) == []

    again = report(csvflow("run", "landing/orders.csv", "--json", cwd=tmp_path, check=0))
    assert again["runs"][0]["outcome"] == "succeeded"
    connection = sqlite3.connect(tmp_path / "out.db")
    assert connection.execute("SELECT count(*) FROM orders").fetchone() == (398,)
    connection.close()
