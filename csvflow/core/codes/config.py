"""Codes that begin with ``config.``."""

CODES: dict[str, str] = {
    "config.column": (
        "What stands under `columns` can't be understood: the type, a format, a constraint or one "
        "of its values.\n\n"
        "A column is a type with constraints, `decimal(12,2) >= 0 required`, or a mapping with the "
        "keys type, format, zone, required, unique, min, max, in, matches, length, from, default."
    ),
}
