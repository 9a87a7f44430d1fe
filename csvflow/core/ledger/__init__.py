"""Claims: which worker holds which run, kept alive while it works and void when it dies."""

from csvflow.core.ledger.claims import Claims, Held
from csvflow.core.ledger.identity import run_id
from csvflow.core.ledger.presence import Presence

__all__ = ["Claims", "Held", "Presence", "run_id"]
