"""A whole query."""

from __future__ import annotations

from typing import ClassVar

from csvflow.contract import Examples, Rows, Settings, Step


class SqlSettings(Settings):
    """Settings of the sql step."""

    query: str
    """One SELECT over the table `rows`, in DuckDB's dialect."""


class SqlStep(Step[SqlSettings]):
    """Replaces the rows by the result of one SELECT over the table `rows`.

    For what looks at many rows: aggregates, windows, joins of the rows with themselves. It
    waits for the last row. The rows that come out are new ones: rejects further down know no
    line of the file. Without ORDER BY a result that isn't just a choice of the rows comes out
    ordered by its columns from left to right, so that every attempt gives the same.
    """

    shorthand: ClassVar[str | None] = "query"
    examples: ClassVar[Examples] = {
        "Totals by country": {
            "query": "SELECT country, count(*) AS orders, sum(amount) AS total "
            "FROM rows GROUP BY country"
        },
        "The largest order of each country": {
            "query": "SELECT * FROM rows "
            "QUALIFY row_number() OVER (PARTITION BY country ORDER BY amount DESC, id) = 1"
        },
    }

    def apply(self, rows: Rows) -> Rows:
        return rows.query(self.settings.query)
