"""Claims, leases and heartbeats over a ledger."""
