"""Codes that begin with ``source.``."""

CODES: dict[str, str] = {}
