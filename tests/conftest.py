"""Fixtures that several suites use; each server starts when a test first asks for it."""

pytest_plugins = ["support.postgres", "support.s3"]
