"""Codes that begin with ``sink.``."""

CODES: dict[str, str] = {}
