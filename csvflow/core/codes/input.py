"""Codes that begin with ``input.``."""

CODES: dict[str, str] = {}
