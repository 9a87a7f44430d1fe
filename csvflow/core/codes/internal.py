"""Codes that begin with ``internal.``."""

CODES: dict[str, str] = {}
