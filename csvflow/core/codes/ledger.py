"""Codes that begin with ``ledger.``."""

CODES: dict[str, str] = {
    "ledger.damaged": """\
The ledger's file was truncated, overwritten, emptied, or deleted while csvflow was using it.
csvflow stops: a ledger that forgot runs would have their inputs loaded again.

Restore the file from a backup. Without one, move it away: the next run makes an empty ledger and
every input counts as new. SQL sinks recognise what they have by their `_csvflow_runs` table, file
sinks by the names of their files.
""",
    "ledger.newer": """\
The ledger was written by a later version of csvflow, whose schema this one doesn't know. Nothing
was read or written.

Use that version or a later one.
""",
    "ledger.unreachable": """\
The ledger can't be opened or changed now: its disk is full or read-only, permission is missing,
or another program has kept it locked for a minute. Nothing is lost; `watch` tries again by itself.

See that the disk has room and that `.csvflow/` belongs to you.
""",
}
"""Code → explanation."""
