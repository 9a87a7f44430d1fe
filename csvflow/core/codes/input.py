"""Codes that begin with ``input.``."""

CODES: dict[str, str] = {
    "input.missing-column": (
        "A declared column isn't in the file. csvflow looks for its name, or those under `from`, "
        "exactly and then without regard to case and spacing.\n\n"
        "Where the file calls it otherwise, say `from:`. Where it may be absent, say "
        "`missing_columns: null`."
    ),
    "input.moved-column": (
        "A column without a name in the file is known by its place only (`column_7`), and the "
        "columns before it don't stand where they are declared: it may be another one now.\n\n"
        "Have the sender name it, or declare the columns in the order in which they come now."
    ),
    "input.unknown-column": (
        "The file has columns that the pipeline doesn't declare, or one whose name is taken by a "
        "declared column that comes `from` another.\n\n"
        "Declare them, or choose with `unknown_columns`: `keep` them as text, `ignore` them, or "
        "`rescue` them as JSON in the column `_rescued`."
    ),
    "input.reserved-column": (
        "The file has a column whose name begins with `_csvflow_`; such names are csvflow's "
        "own.\n\n"
        "Declare a column with another name and `from:`, or say `unknown_columns: ignore`."
    ),
    "input.changed": """\
The input was overwritten or appended to between the moment when it was found and the end of its
reading. Nothing of it is loaded: bytes of two versions are never mixed. The new version is an
input of its own, and is taken up when it is ready.""",
    "input.denied": """\
The file may not be read by the user that csvflow runs as. Mend its permissions.""",
    "input.gone": """\
There is no such input, or no longer: it was moved or deleted since it was found, or its name is
mistyped.""",
    "input.name": """\
The file's name is not valid UTF-8. Names stand in the ledger, in logs and in notices, which are
text: rename the file. In a watched folder such files are left alone.""",
    "input.not-a-file": """\
Only regular files are read: no folders, pipes, sockets or devices. Symbolic links are read only
with `follow_symlinks: true` on the source, since a link that somebody puts into a watched folder
could lead to any file of the machine.""",
    "input.not-found": """\
A FILE that was named isn't there, or a glob matched nothing. The other files of the same command
were still run; the exit code is 2.

Check the spelling and the folder: a relative FILE belongs to the folder you are in, not to the
project.""",
    "input.archive": """\
The compressed file can't be expanded: it is broken, encrypted, packed in a way that isn't
supported, a zip of several files, or bytes that are none of it follow its end.

Send it again; a zip must hold exactly one file, without a password.""",
    "input.binary": """\
The file is no text: it begins like an image, an office document, a program, an archive of a kind
that isn't read or macOS metadata, or holds NUL bytes all over.

Let the source's `path` or `ignore` leave such files out; for UTF-16 without a byte order mark
set `csv: {encoding: utf-16}`.""",
    "input.empty": (
        "The file has no data rows, and the pipeline says `empty: fail`.\n\n"
        "Ask the sender for it again, or take such files as done with `empty: ok`."
    ),
    "input.encoding": """\
The bytes aren't text in the encoding that was told or found, or no encoding fits for sure.
Bytes are never replaced by guesses: where several encodings read the words alike well, the message
shows what each makes of them, and the right one is to be named. A text that turns into another
encoding is refused with the line where it does. Where an older encoding was told and the file is
Unicode, it is refused too: every byte means something in those, and the letters would be wrong.

Name the encoding, e.g. `csv: {encoding: cp1252}`.""",
    "input.footer": """\
`csv: {footer: N}` leaves the last lines out, and one of them has a value of its type in every
column that isn't text: the file seems to have no footer this time, and a row would be lost. Or
there are fewer lines below the header than that.

`footer: auto` looks for one in each file. Where footers read as rows, take them as such and leave
them out by a `filter` step.""",
    "input.expansion": """\
The compressed file becomes larger than `csv: {max_expansion}` times its stored size allows.

If it is no bomb, raise `max_expansion`.""",
    "input.header": """\
The header can't be used: a name is too long, begins with `_csvflow_`, or a quote isn't closed. Or
it isn't clear which record is the header and which a title; or the text ends before the lines that
`csv: {preamble, header}` say.

Check the first lines; `csv: {header, preamble, quote}` tell how they are written.""",
    "input.too-many-columns": """\
The header has more columns than `csv: {max_columns}` allows.

Is the delimiter right? Else raise `max_columns`.""",
    "input.truncated": """\
The compressed file ends in its middle: its upload broke off. Nothing was loaded.

Send the file again.""",
    "input.layout-changed": """\
From some line to the end of the file all records have another number of fields than the header:
another delimiter or another layout begins there. Or they have as many, and yet another delimiter
or another quote: `5;7,50` has two fields by semicolons and by commas. Nothing was loaded.

Look at the line that the message names. If the table begins only there, `csv: {preamble: N}` leaves
out the lines above it; else split the file there. Single records that don't fit are rejects
(`row.field-count`).""",
    "input.no-table": """\
`csvflow init` took something for the file's table that most of its records don't fit, as when
lines above the table look like one. No pipeline is written: it would load only those few.

Say where the table begins and how it is written: `--csv preamble=N` for the lines above its header,
`--csv delimiter=…`, `--csv quote=…`, `--csv header=none`.""",
    "input.second-table": """\
Behind a blank line a second table begins: all records from there to the end have another number
of fields than the header, or a line of words stands there as a header does, in columns that held
figures. Nothing was loaded.

If the first part is no table, as labels above a bank's statement, `csv: {preamble: N}` leaves so
many lines out. Else split the file, or let the sender do it.""",
}
