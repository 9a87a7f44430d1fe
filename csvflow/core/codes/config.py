"""Codes that begin with ``config.``."""

CODES: dict[str, str] = {
    "config.column": (
        "What stands under `columns` can't be understood: the type, a format, a constraint or one "
        "of its values.\n\n"
        "A column is a type with constraints, `decimal(12,2) >= 0 required`, or a mapping with the "
        "keys type, format, zone, required, unique, min, max, in, matches, length, from, default."
    ),
    "config.missing-package": """\
This plugin or kind of URL needs a Python package that isn't installed. The hint names the command
that installs it.
""",
    "config.pattern": """\
The source's `path` isn't a pattern. `*` and `?` match within one folder's names, `[a-z]` one
character, `**` folders of any depth, and `{name}` captures what it matches: every capture needs a
name of its own, every `[` its `]`. The bucket of a URL can't be a wildcard.
""",
    "config.secret": """\
A secret isn't in the form that it claims to have: what follows `whsec_` must be base64.
""",
    "config.template": """\
A path has a placeholder that nothing fills. There are `{name}` (the input's file name), `{stem}`
(the same up to its first dot), `{run_id}`, `{run_date}`, `{pipeline}` and what the source's path
captures. Placeholders are names alone: `{x.y}` and `{x:>8}` are refused; `{{` is a brace.
""",
    "config.unknown-scheme": """\
No store is known for what stands before `://`. Local paths need none; `s3`, `gs` and `abfs` are
there from the start, others come with fsspec packages.
""",
    "config.url": """\
The address isn't one that takes HTTP: it needs `http://` or `https://` and a host.
""",
}
