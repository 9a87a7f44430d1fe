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
}
