"""Codes that begin with ``internal.``."""

CODES: dict[str, str] = {
    "internal.error": """\
csvflow itself went wrong: this is a bug, not a mistake of yours. What was not committed stays
uncommitted, and running the same command again continues safely.

Run the command again with `--debug`, and report the traceback together with the output of
`csvflow --version`. The traceback may show values from your file: look before you send it.
""",
}
"""Code → explanation."""
