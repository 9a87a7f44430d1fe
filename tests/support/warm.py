"""csvflow's command line in processes that are forked where it is imported already.

Thousands of runs are made after a kill; each is the whole command in a process of its own, and
only what Python takes to import it is shared. What is killed is always the installed program.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

IMPORTED = (
    "csvflow.cli.app",
    "csvflow.cli.bar",
    "csvflow.cli.summary",
    "csvflow.services.run",
    "csvflow.services.process",
    "csvflow.plugins.ledgers.sqlite",
    "csvflow.plugins.sources.files",
    "csvflow.plugins.sinks.csv",
    "csvflow.plugins.sinks.parquet",
    "csvflow.plugins.sinks.sqlite",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.parquet",
)


class Server:
    """The process that forks."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = threading.Lock()

    def run(self, arguments, cwd):
        """Run ``csvflow`` there, and return how it ended and what it wrote."""
        with tempfile.TemporaryDirectory() as folder, self._lock:
            out, errors = Path(folder, "out"), Path(folder, "errors")
            order = {"arguments": arguments, "cwd": str(cwd), "out": str(out), "err": str(errors)}
            print(json.dumps(order), file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(
                ["csvflow", *arguments], code, out.read_text(), errors.read_text()
            )

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextlib.contextmanager
def server():
    made = Server()
    try:
        yield made
    finally:
        made.close()


def _serve():
    from importlib import import_module

    for name in IMPORTED:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _be(order)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be(order):
    from csvflow.cli import main

    os.chdir(order["cwd"])
    for name, descriptor in (("out", 1), ("err", 2)):
        os.dup2(os.open(order[name], os.O_CREAT | os.O_WRONLY, 0o600), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["csvflow", *order["arguments"]]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it is
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
