"""Codes that begin with ``row.``."""

CODES: dict[str, str] = {}
