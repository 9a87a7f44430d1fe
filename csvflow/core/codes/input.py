"""Codes that begin with ``input.``."""

CODES: dict[str, str] = {
    "input.missing-column": (
        "A declared column isn't in the file. csvflow looks for its name, or those under `from`, "
        "exactly and then without regard to case and spacing.\n\n"
        "Where the file calls it otherwise, say `from:`. Where it may be absent, say "
        "`missing_columns: null`."
    ),
    "input.unknown-column": (
        "The file has columns that the pipeline doesn't declare, or one whose name is taken by a "
        "declared column that comes `from` another.\n\n"
        "Declare them, or choose with `unknown_columns`: `keep` them as text, `ignore` them, or "
        "`rescue` them as JSON in the column `_rescued`."
    ),
    "input.reserved-column": (
        "The file has a column whose name begins with `_csvflow_`; such names are csvflow's own.\n\n"
        "Declare a column with another name and `from:`, or say `unknown_columns: ignore`."
    ),
}
