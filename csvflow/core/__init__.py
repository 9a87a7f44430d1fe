"""The machine. Knows no plugin by name."""
