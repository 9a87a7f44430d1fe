"""What of a store's address may be told."""

from __future__ import annotations

import pytest

from csvflow.kit.stores import public


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sftp://loader:hunter2@host/in/a.csv", "sftp://host/in/a.csv"),
        ("sftp://loader:hun@ter2@host/in", "sftp://host/in"),
        ("no answer of ftp://u:hun@ter2@host in 5 s", "no answer of ftp://host in 5 s"),
        ("s3://bucket/by@mail/a.csv", "s3://bucket/by@mail/a.csv"),
        ("at ftp://host for a@b", "at ftp://host for a@b"),
        ("out/a@b.csv", "out/a@b.csv"),
    ],
)
def test_no_url_is_told_with_its_password(url: str, told: str) -> None:
    assert public(url) == told
