"""Codes that begin with ``run.``."""

CODES: dict[str, str] = {
    "run.ambiguous": """\
The ID that was given begins the ids of several runs. Give more of it; `csvflow runs --json`
shows whole ids.
""",
    "run.no-rejects": """\
The run is known, and it refused no row: there is nothing to show. `csvflow rejects list` names
the runs that have rejects.
""",
    "run.unknown": """\
No run with such an id is in the ledgers of this project. Runs are listed by `csvflow runs`; a
relative project is the folder you are in, so try `--project DIR` from elsewhere.
""",
}
"""Code → explanation."""
