"""Public contract suites: every plugin inherits the laws of its kind."""
