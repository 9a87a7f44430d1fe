"""Installs what the tests need of the system, where that is allowed; else says the line.

``poe test`` runs it first. Tests that miss something skip and say so, or fail when
``CSVFLOW_SERVICES=required``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = {"strace": "strace", "initdb": "postgresql"}
"""Program → Debian package."""
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def missing():
    """Return the packages whose program isn't there."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, PLACES)])
    return [package for program, package in NEEDED.items() if not shutil.which(program, path=path)]


def main():
    packages = missing()
    if not packages:
        return
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        print(f"for all tests: {' '.join(line)}", file=sys.stderr)
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=False, env=environment)
    subprocess.run(line, check=False, env=environment)
    if left := missing():
        print(f"could not install: {', '.join(left)}", file=sys.stderr)


if __name__ == "__main__":
    main()
