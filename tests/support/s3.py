"""A real S3 server on a socket: moto, started when a test first asks for it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class S3:
    """A fresh bucket on the server, and what a process needs to reach it."""

    endpoint: str
    bucket: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def put(self, key: str, data: bytes) -> None:
        """Upload one object past the code under test."""
        self._client().put_object(Bucket=self.bucket, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        body = self._client().get_object(Bucket=self.bucket, Key=key)["Body"]
        with body:
            return bytes(body.read())

    def delete(self, key: str) -> None:
        self._client().delete_object(Bucket=self.bucket, Key=key)

    def keys(self) -> list[str]:
        pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))

    def pending_uploads(self) -> list[str]:
        answer = self._client().list_multipart_uploads(Bucket=self.bucket)
        return [entry["Key"] for entry in answer.get("Uploads", [])]

    def _client(self):
        return _client(self.endpoint)


_CLIENTS: dict[str, object] = {}


def _client(endpoint: str):
    if endpoint not in _CLIENTS:
        import boto3

        _CLIENTS[endpoint] = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )
    return _CLIENTS[endpoint]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The server's address."""
    program = shutil.which("moto_server", path=str(Path(sys.executable).parent))
    if program is None:
        missing = "moto_server is not here; get it with: pip install 'moto[server]'"
        if os.environ.get("CSVFLOW_SERVICES") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    for _ in range(5):  # Another process may take the free port first.
        port = _free_port()
        command = [program, "-H", "127.0.0.1", "-p", str(port)]
        if shutil.which("setpriv"):
            # Dies with us, also when pytest is killed.
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if _answers(server, port):
            break
        server.kill()
        server.wait()
    else:
        pytest.fail("moto_server did not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        for client in _CLIENTS.values():
            client.close()
        _CLIENTS.clear()
        server.terminate()
        server.wait()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> S3:
    """A fresh bucket; this process and its children reach it by the environment."""
    found = S3(s3_server, f"t-{uuid.uuid4().hex}")
    for name, value in found.env.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    found._client().create_bucket(Bucket=found.bucket)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5),
        ):
            return server.poll() is None
        time.sleep(0.05)
    return False
