"""Codes that begin with ``config.``."""

CODES: dict[str, str] = {}
