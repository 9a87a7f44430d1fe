"""What makes two attempts the same run."""

from __future__ import annotations

import hashlib


def run_id(pipeline: str, uri: str, version: str) -> str:
    """Return the 20 hex digits of the run that takes this version through this pipeline."""
    key = f"{pipeline}\0{uri}\0{version}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(key, digest_size=10).hexdigest()
