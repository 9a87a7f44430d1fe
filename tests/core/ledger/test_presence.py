"""Who lives, by lock files: whoever looks, and however many at once."""

import fcntl
import os
import subprocess
import sys

from csvflow.core.ledger import Presence

OWNER = """
import os, sys
from pathlib import Path
from csvflow.core.ledger import Presence
print(Presence(Path(sys.argv[1])).owner(), flush=True)
sys.stdin.read()
os._exit(0)
"""


def owner_of(folder, *, alive):
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    name = process.stdout.readline().strip()
    if not alive:
        process.kill()
        process.communicate()
    return name, process


def test_an_owner_lives_as_long_as_its_process(tmp_path):
    name, process = owner_of(tmp_path, alive=True)
    looker = Presence(tmp_path)
    assert not looker.is_dead(name)
    process.kill()
    process.communicate()
    assert looker.is_dead(name)
    assert looker.is_dead(name)


def test_two_who_look_at_once_do_not_take_each_other_for_the_owner(tmp_path):
    name, _ = owner_of(tmp_path, alive=False)
    (lock,) = (tmp_path / ".csvflow" / "workers").glob("*.lock")
    other = os.open(lock, os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_SH)
    try:
        assert Presence(tmp_path).is_dead(name)
    finally:
        os.close(other)
