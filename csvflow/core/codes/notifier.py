"""Codes that begin with ``notifier.``."""

CODES: dict[str, str] = {}
