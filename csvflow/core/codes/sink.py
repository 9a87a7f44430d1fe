"""Codes that begin with ``sink.``."""

CODES: dict[str, str] = {
    "sink.cannot-replace": """\
`--force` loads an input anew in place of its earlier rows. A table in `mode: append` doesn't tell
whose rows are whose, so they can't be replaced, and adding them again would double them. Where
the table is gone or empty, or another one by now, there is nothing to replace: the file is loaded.

A pipeline that changed needs no `--force` for new files; those that it loaded before stay as they
were loaded, until `--force` loads them again by the new rules.

Drop the table, set `lineage: true` for the sink (it adds `_csvflow_run` and `_csvflow_line`, which
`init` proposes), and load each of its files once more with `--force`: from then on every one can
be loaded again by itself. Or use `mode: upsert` with a `key`, or `mode: replace`. Or give the sink
another table. A column `_csvflow_run` that was added later doesn't tell whose the older rows are.
""",
    "sink.column-name": """\
The database can't have a column of that name: it is empty, too long (Postgres takes 63 bytes),
holds a NUL, or differs from another one only in upper and lower case where the database sees no
difference. Rename it with `from:` in `columns`, with `headers: snake`, or with a `rename` step.
""",
    "sink.column-type": """\
The table would change values of this column: round a decimal, cut a time off, drop a time zone,
take blanks off the end of text, or turn text such as `007` into a number. Or the database has no
exact type for it at all.
Nothing was loaded. Change the column's type in the pipeline or in the table.
""",
    "sink.key-form": """\
SQLite has no type for instants, so they are text, and equal only where they are written alike.
The table's key has some that csvflow didn't write: an upsert would add each of them a second
time. Write them as csvflow does, in UTC: `2026-01-31 10:00:18+00:00`. The statement in the hint
does so where all that differs is a `Z` at the end.
""",
    "sink.missing-column": """\
The table is there and lacks a column that the rows have (or `key` names one that the rows lack).
csvflow creates tables, and never changes one that is there: add the column with the statement
in the hint, or leave it out with a `drop` or `select` step.
""",
    "sink.needed-column": """\
A column of the table may not be null, has no default, and isn't among the rows: the database
would refuse each of them. Add it in `steps` (`derive`), or give it a default in the table.
""",
    "sink.no-schema": """\
`table: shop.orders` is the table `orders` in the schema `shop`, and the database has none of that
name. csvflow creates tables, and no schemas: make it, or name the table alone. SQLite has `main`
only. A name that has a dot in it goes into double quotes: `"shop.orders"`.
""",
    "sink.no-unique-key": """\
`mode: upsert` needs a primary key or a unique index on exactly the columns of `key`; otherwise
two workers could insert the same key. Tables that csvflow creates have it.
""",
    "sink.null-key": """\
A row has no value in a column of the `key`, so nothing says which row of the table it is. Make
the column `required`: such rows are then rejected, with line and reason.
""",
    "sink.refused": """\
The target was reached and said no: a constraint, a type, a missing right, a trigger. Nothing was
loaded, and trying again gives the same. The message is the target's own, without cell values.
""",
    "sink.table-name": """\
`table` must be a name or a schema and a name: `orders`, `sales.orders`. A dot that belongs to a
name goes into double quotes: `"odd.name"`.
""",
    "sink.text-nul": """\
Postgres can't hold the character NUL (U+0000) in text. Take it out with a `clean` step, or reject
such rows with a rule; csvflow never drops it silently.
""",
    "sink.unreachable": """\
The database or storage didn't answer, was locked by another process for a minute, or broke off.
Nothing was loaded, or all of it was and the next attempt will find that: trying again is safe.
""",
    "sink.staging-gone": """\
What a file sink had staged was removed before the commit: another worker took the run over, since
this one's lease had ended, or a clean-up removed hidden files (`.….staged`) beside the target.
Nothing was committed here.
""",
}
"""Code → explanation."""
