"""Codes that begin with ``row.``."""

CODES: dict[str, str] = {
    "row.type": (
        "A field is no value of the column's declared type. csvflow converts exactly or not at "
        "all: `007` and `12.7` are no int, `12.345` is no decimal(10,2), 30 February is no "
        "date.\n\n"
        "Mend the field, or declare the type that the data has: text keeps everything."
    ),
    "row.expression": (
        "An expression of a step can't be computed for this row: a text in it is no number, a "
        "divisor is zero, or the result is NaN, infinite or beyond its type. Only such rows are "
        "rejected.\n\n"
        "Mend the field, or say in the expression what is to come of such rows: `TRY_CAST(note AS "
        "int)`, `amount / nullif(quantity, 0)`, or a `filter` in a step before."
    ),
    "row.required": (
        "A field is empty, or one of `csv.nulls`, in a column that is `required`.\n\n"
        "Mend the field, drop `required`, or give the column a `default`."
    ),
    "row.rule": (
        "A value breaks a constraint of its column (a comparison, `in`, `matches` or `length`), or "
        "the row breaks a rule of the step `validate` that has no code of its own.\n\n"
        "Mend the field, or loosen the constraint or the rule."
    ),
    "row.unique": (
        "A value came before in the same input, in a column that is `unique`: the first row is "
        "kept, later ones are rejected. Nulls are never duplicates. The step `deduplicate` with "
        "`others: reject` gives this code too.\n\n"
        "Mend the file, or drop `unique`; the step `deduplicate` drops such rows instead."
    ),
    "row.encoding": """\
The record holds bytes that aren't valid UTF-8, in a file that otherwise is, or that has too few of
them to tell for sure which older encoding they are in; or it holds NUL bytes, which no text has.

Mend the record, or name the file's encoding if it is another: `csv: {encoding: cp1252}`.""",
    "row.field-count": """\
The record has more or fewer fields than the header has names.

Mend it, or set `csv: {ragged: pad}` or `csv: {ragged: truncate}`.""",
    "row.newline": """\
A lone CR stands outside quotes in a file whose records end in LF or CRLF, or a lone LF in one where
they end in CR. It may be part of a field, or end a record: the text up to the next newline that
ends records is one reject, and nothing of it is loaded.

Quote the field. Where each newline of whatever kind ends a record, say `csv: {newline: mixed}`.""",
    "row.repeated-header": """\
The line is the header once more, letter by letter, as in files that were put together from others.
It is no record; those around it are read as ever. A first record that holds a plain number may be
a row like others, and so may a lone name: where they come again, they are read as rows.

Nothing is to be mended; to keep it out of the rejects, let the sender leave it out. Where the first
line is a row and no header, say `csv: {header: none}`.""",
    "row.stray-quote": """\
Text follows the closing quote of a field, so where the field ends isn't certain.

Write quotes inside a quoted field twice, or set `csv: {escape}` or `csv: {quote: none}`.""",
    "row.too-long": """\
The record is longer than `csv: {max_field}` bytes.

A quote may be open; if the record is right, raise `max_field`.""",
    "row.unclosed-quote": """\
A quote is opened and never closed, or closed out of place in a later record. The lines up to
the next records that fit are one reject; reading went on behind them.

Close the quote, or set `csv: {quote: none}` if quotes are plain text.""",
}
