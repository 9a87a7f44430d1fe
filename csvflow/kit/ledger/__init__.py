"""What ledgers share: who may take a run, and what those that speak SQL write and read."""
