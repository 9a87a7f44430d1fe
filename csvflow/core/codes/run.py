"""Codes that begin with ``run.``."""

CODES: dict[str, str] = {}
