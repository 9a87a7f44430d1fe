"""Codes that begin with ``run.``."""

CODES: dict[str, str] = {
    "run.ambiguous": """\
The ID that was given begins the ids of several runs. Give more of it; `csvflow runs --json`
shows whole ids.
""",
    "run.unknown": """\
No run with such an id is in the ledgers of this project. Runs are listed by `csvflow runs`; a
relative project is the folder you are in, so try `--project DIR` from elsewhere.
""",
    "run.busy": """\
Another `csvflow batch` or a `csvflow watch` is at the pipeline, and this batch was asked to be
alone with it (`--exclusive`). Nothing was done here; the exit code is 75.

Without `--exclusive` they share the inputs safely. The hold ends with its process.
""",
    "run.too-long": """\
The attempt took longer than one may, so its worker process was ended. Nothing is half loaded; the
input is tried again while `retry: {attempts}` allows.

Allow more time, or look at what holds it up: a step of your own, a sink that doesn't answer.
""",
    "run.worker-died": """\
The worker process ended in the middle of this input: by a signal (9 mostly means that memory ran
out) or by a crash in a library. Nothing is half loaded, other inputs are not touched, and the
input is tried again while `retry: {attempts}` allows. If the last attempt ends so too, the input
is left alone until the pipeline changes, or `csvflow run FILE` tries it.

If it happens again with the same input, lower `memory`, or look at the system's log.
""",
    "run.io": """\
The operating system refused to read or write: a full disk, a missing permission, a place that is
gone. Nothing more was committed; when the cause is gone, the next run does it again.
""",
    "run.lease-lost": """\
This worker was stopped for longer than its lease (a laptop asleep, a process paused), and another
one took the input over. Nothing more was committed here; the other worker goes on.
""",
    "run.step": """\
A step failed as a whole, not for single rows: a function of your own raised, or gave other columns
than it announced. Nothing was loaded.

`csvflow plugins show python` says what a function may return.
""",
    "run.too-many-rejects": """\
More rows were refused than `rejects: {max}` allows (10 % unless said otherwise), so nothing was
loaded: a file that is mostly wrong is usually the wrong file, or was read the wrong way.

The rejects were written all the same: `csvflow rejects show ID` lists them with their lines. Mend
the file or the pipeline, or allow more.
""",
    "run.unbalanced": """\
Rows read and added were not equal to rows loaded, rejected, dropped and folded, or a sink wrote
another number than it was sent. The run failed rather than lose a row in silence.

This is a fault of csvflow or of a plugin: please report it, with the output of
`csvflow runs show ID`.
""",
}
"""Code → explanation."""
