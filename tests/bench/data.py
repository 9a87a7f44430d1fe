"""The benchmark's data: mixed types, quoted newlines in 1 %, bad values in 0.1 %."""

from pathlib import Path

import duckdb

ROWS = {"ten rows": 10, "100MB": 950_000, "1GB": 10_000_000, "3GB": 30_000_000, "10GB": 100_000_000}

QUERY = """
COPY (
  SELECT
    i AS id,
    'name ' || (i * 7919 % 50000) AS name,
    'User' || (i * 104729 % 900000) || '@Mail' || (i % 40) || '.example ' AS email,
    CASE WHEN i % 4000 = 17 THEN 'n/a' ELSE (i * 31 % 1000)::VARCHAR END AS score,
    CASE WHEN i % 4000 = 1017 THEN '12,5'
         WHEN i % 4000 = 2017 THEN '1.234'
         ELSE ((i * 7907 % 10000000) / 100)::DECIMAL(12, 2)::VARCHAR END AS amount,
    ['DE', 'FR', 'GB', 'US', 'PL', 'NL', 'ES', 'IT'][1 + i % 8] AS country,
    CASE WHEN i % 4000 = 3017 THEN '2026-02-30'
         ELSE (DATE '2020-01-01' + (i % 2200)::INTEGER)::VARCHAR END AS signup,
    CASE WHEN i % 100 = 3 THEN 'two lines' || chr(10) || 'of "notes", ' || i
         ELSE 'note ' || (i * 613 % 3000) END AS notes,
    '+49' || (1000000000 + i * 48271 % 899999999) AS phone,
    printf('%08x', (i * 2654435761 % 4294967296)::BIGINT) AS ref
  FROM range(1, {rows} + 1) t(i)
) TO '{path}' (HEADER, DELIMITER ',')
"""


def make(folder: Path, size: str) -> Path:
    """Write the file, unless it stands there already."""
    path = folder / f"orders-{size}.csv"
    if not path.exists():
        staged = path.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute("SET threads = 2")
            connection.execute(QUERY.format(rows=ROWS[size], path=staged))
        staged.rename(path)
    return path
