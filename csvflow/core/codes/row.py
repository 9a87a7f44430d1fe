"""Codes that begin with ``row.``."""

CODES: dict[str, str] = {
    "row.type": (
        "A field is no value of the column's declared type. csvflow converts exactly or not at "
        "all: `007` and `12.7` are no int, `12.345` is no decimal(10,2), 30 February is no "
        "date.\n\n"
        "Mend the field, or declare the type that the data has: text keeps everything."
    ),
    "row.required": (
        "A field is empty, or one of `csv.nulls`, in a column that is `required`.\n\n"
        "Mend the field, drop `required`, or give the column a `default`."
    ),
    "row.rule": (
        "A value breaks a constraint of its column: a comparison, `in`, `matches` or `length`.\n\n"
        "Mend the field, or loosen the constraint under `columns`."
    ),
    "row.unique": (
        "A value came before in the same input, in a column that is `unique`: the first row is "
        "kept, later ones are rejected. Nulls are never duplicates.\n\n"
        "Mend the file, or drop `unique`; the step `deduplicate` drops such rows instead."
    ),
}
