"""Columns: what an author declares, and lossless typing by it."""
