"""Codes that begin with ``ledger.``."""

CODES: dict[str, str] = {}
