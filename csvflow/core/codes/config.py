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
    "config.no-record": """\
`csvflow explain FILE:LINE` was asked about a line that is part of no record: the header, a line
above it, a blank line, a comment, or one behind the end of the file.

Lines are those that an editor shows, counted from 1; a record with line breaks in quotes is named
by any of its lines.
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
    "config.duplicate-key": """\
A key stands twice in one mapping. YAML readers usually take the last and say nothing; csvflow
refuses, since one of the two is a mistake. Keep one.
""",
    "config.exists": """\
`csvflow init` would write a pipeline that is there already, with what its author changed since.
`--force` writes it anew.
""",
    "config.update": """\
`csvflow test --update` changes values, rows and rejects of the cases that fail in the pipeline's
file, and nothing else. Here it couldn't be sure of that: the file has anchors, a row a comment
within it, or what came doesn't come twice. The file is as it was.
""",
    "config.interpolation": """\
A `${…}` can't be understood. There are `${NAME}`, `${NAME:-default}` (used when the variable isn't
set or is empty) and `${file:/path}` (the content of a file, without its last newline). For a
literal `${` write `$${`.
""",
    "config.limit": """\
The file is larger, deeper or, with its aliases written out, longer than any pipeline: 1 MB, 50
levels, 100,000 values, 64 KB for a `${file:…}`. Perhaps it isn't the pipeline at all.
""",
    "config.missing-key": """\
Something that has no default isn't there. `csvflow plugins show TYPE` lists the settings of a
plugin with their defaults.
""",
    "config.single-file": """\
A file sink's `path` that ends in the format's suffix is exactly that file, and each input replaces
it. With a source that can match several files, only the last one's rows would be left. Write a
folder (`out/`), or put a placeholder into the name (`out/{stem}.parquet`).
""",
    "config.syntax": """\
The file isn't YAML as csvflow takes it: one document of plain mappings, lists and values in UTF-8.
Tags (`!!python/…`), merge keys (`<<`) and several documents in a file are refused. Values that
begin with one of `{ [ * & ! | > % @` or a quote, or that contain `: ` or ` #`, need quotes.
""",
    "config.undefined": """\
A `${NAME}` has no value: the variable isn't in the environment and wasn't given with `--set`, or
the file of a `${file:…}` can't be read. A default is written `${NAME:-default}`.
""",
    "config.unknown-key": """\
Nothing has a key of that name here. Keys are never ignored: a misspelt one would silently mean its
default. A key that a later version knows is refused too.
""",
    "config.unknown-plugin": """\
No plugin of this kind has that type, neither in csvflow nor in an installed package. `csvflow
plugins` lists those that are there.
""",
    "config.unreadable": """\
The pipeline's file can't be opened: it isn't there, is a folder, or may not be read.
""",
    "config.value": """\
A value isn't one that this key takes. The message says what it takes: durations have a unit
(`5s`, `10m`), sizes too (`8MB`, `64KiB`), shares a `%`. `csvflow plugins show TYPE` explains a
plugin's settings.
""",
    "config.ambiguous-pipeline": """\
The sources of several pipelines take this file, so csvflow can't choose. Name one with
`-p PIPELINE`, or make the `source` patterns apart.
""",
    "config.no-pipeline": """\
There is no such pipeline, or none whose `source` takes this file. `-p` takes a path or the name of
a YAML in the project's `pipelines/` folder; `--to URL` needs no pipeline.
""",
    "config.target": """\
What `--to` names is no kind of target: a file ends in a known suffix (`out.parquet`), a folder in
`/`, and a database is a URL with a table (`sqlite:///shop.db::orders`).
""",
    "config.usage": """\
Options of the command exclude or need one another. The message says which; the command's `--help`
has examples.
""",
    "config.capture": """\
A `{capture}` in the source's path becomes a column, and the file has a column of that name already.
Give the capture another name.
""",
    "config.duplicate-column": """\
After this step two columns would have the same name. Names that differ only in case count as the
same where a target can't tell them apart. Drop or rename one of them before.
""",
    "config.expression": """\
An expression can't be computed, which was found out before any row was read: it isn't SQL, names a
column or function that isn't there, or asks for something that expressions may not do (read files,
subqueries, volatile functions such as `random()`). Expressions are scalar SQL in DuckDB's dialect
over the columns at that step.
""",
    "config.no-columns": """\
After this step no column would be left. `filter` leaves out rows, `select` and `drop` columns.
""",
    "config.no-table": """\
`--to` names a database and no table. Write it after two colons: `sqlite:///shop.db::orders`.
""",
    "config.not-text": """\
`clean` tidies text, and this column is no text at that step. Leave it out of `columns`, or clean
before `cast`; numbers and times are changed with `derive`.
""",
    "config.python": """\
The function of a `python` step can't be used: its module can't be imported, or has no function of
that name. It is written `module:function`; the module is a file in the `pipelines` folder.
""",
    "config.python-not-allowed": """\
A pipeline alone can't make csvflow run code. Only modules in the project's `pipelines` folder,
entry points of the group `csvflow.functions`, and modules named with `--allow-python` are called.
""",
    "config.reserved-column": """\
Names that begin with `_csvflow_` are csvflow's own: it keeps row and line numbers in such columns.
Choose another name.
""",
    "config.unknown-column": """\
There is no column of that name at this step. Earlier steps may have renamed or dropped it, and
`headers: snake` writes names in lower case with underscores.
""",
}
