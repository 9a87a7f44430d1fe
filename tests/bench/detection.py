"""How long it takes until the dialect of a file is known: ``detection.py FILE`` prints seconds."""

import sys
import tempfile
import time
from pathlib import Path

from csvflow.contract import Event
from csvflow.core.intake import CsvOptions, take
from csvflow.core.progress import Silent


class Local:
    def __init__(self, path):
        self.path = path

    def local_path(self, event):
        return str(self.path)


def main(path):
    event = Event(uri=str(path), version="1", size=path.stat().st_size)
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        take(Local(path), event, CsvOptions(), Path(scratch), progress=Silent()).close()
        print(time.perf_counter() - began)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
