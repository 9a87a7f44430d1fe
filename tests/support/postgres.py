"""A real Postgres server a session, and a schema of its own for each test that asks."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

INSTALL = "apt-get install -y --no-install-recommends postgresql-15"
ROOT = os.getuid() == 0
# Postgres refuses to run as root, and only the server may be another user: a Python
# under a home folder can't be read by `nobody`.
USER = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if ROOT else []


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Lend the URL of a server that lives as long as the block, and no longer."""
    tools = _tools()
    home = Path(tempfile.mkdtemp(prefix="csvflow-postgres-"))
    if ROOT:
        shutil.chown(home, "nobody")
    try:
        _initialise(tools, home)
        with _served(tools, home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of a server that lives as long as the session, and no longer."""
    with server() as url:
        yield url


@pytest.fixture
def postgres_schema(postgres_url: str) -> Iterator[str]:
    """Return a schema that no other test uses; it and its tables are dropped at the end."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    yield name
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


def _tools() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    beside = shutil.which("postgres")
    if found:
        return found[-1].parent
    if beside:
        return Path(beside).resolve().parent
    give_up = pytest.fail if os.environ.get("CSVFLOW_SERVICES") == "required" else pytest.skip
    return give_up(f"postgres is not here; get it with: {INSTALL}")


def _initialise(tools: Path, home: Path) -> None:
    command = [tools / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-N"]
    done = subprocess.run(
        ["setpriv", *USER, *command, "-E", "UTF8", "--locale=C"],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode:
        pytest.fail(f"initdb failed: {done.stdout[-500:]} {done.stderr[-1500:]}")


@contextlib.contextmanager
def _served(tools: Path, home: Path) -> Iterator[str]:
    log = home / "server.log"
    for _ in range(5):
        port = _free_port()
        with log.open("wb") as out:
            settings = ["fsync=off", "max_connections=60", "lc_messages=C"]
            options = [part for setting in settings for part in ("-c", setting)]
            server = subprocess.Popen(
                # The server dies with the session, also when that is killed.
                [
                    *("setpriv", "--pdeathsig", "KILL", *USER, tools / "postgres"),
                    *("-D", home / "data", "-h", "127.0.0.1", "-p", str(port), "-k", home),
                    *options,
                ],
                stdout=out,
                stderr=out,
                cwd="/",
                start_new_session=True,
            )
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        try:
            if _answers(server, url):
                yield url
                return
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        # Another process may have taken the port meanwhile.
        (home / "data" / "postmaster.pid").unlink(missing_ok=True)
    pytest.fail(f"postgres doesn't start: {log.read_text()[-1500:]}")


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    import psycopg

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.03)
        else:
            return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
