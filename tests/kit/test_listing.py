"""What a store says of an object becomes one version, whichever way it says it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from csvflow.kit.listing import remote_version

AT = datetime(2026, 11, 23, 12, 0, 0, 250000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ({"ETag": '"abc-3"', "size": 7, "LastModified": AT}, "etag:abc-3-7-1795435200"),
        ({"etag": "0x8D", "size": 7, "last_modified": AT}, "etag:0x8D-7-1795435200"),
        ({"etag": "0x8D", "size": 7}, "etag:0x8D-7-"),
        ({"generation": "17", "size": 7, "etag": "x", "updated": AT}, "generation:17"),
        ({"size": 7, "mtime": AT}, "mark:7-1795435200.250000"),
        ({"size": 7, "created": AT.timestamp()}, "mark:7-1795435200.250000"),
        ({"size": 7, "modified": 1795435200}, "mark:7-1795435200.000000"),
        ({"size": 7, "mtime": "yesterday"}, "mark:7-yesterday"),
        ({"size": 7, "md5": "d41d"}, "mark:7-d41d"),
        ({"size": 7}, None),
    ],
)
def test_a_version_comes_from_what_changes_with_the_bytes(
    info: dict[str, Any], version: str | None
) -> None:
    assert remote_version(info) == version
