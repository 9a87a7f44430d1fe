"""The pipeline language."""
