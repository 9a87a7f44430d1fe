"""The same job by csvflow's peers, each in a process of its own: ``jobs.py PEER JOB IN OUT``.

``types``: id, score, amount and signup typed. ``derive``: also email cleaned, two columns
derived, rows with a score below 10 left out. Zstd at level 3 for all. The peers' casts are
lossy, and they write no rejects.
"""

import sys

DUCKDB = {
    "types": """
        SELECT TRY_CAST(id AS BIGINT) AS id, name, email, TRY_CAST(score AS BIGINT) AS score,
          TRY_CAST(amount AS DECIMAL(12, 2)) AS amount, country,
          TRY_CAST(signup AS DATE) AS signup, notes, phone, ref
        FROM read_csv('{path}', all_varchar = true, header = true, quote = '"', escape = '"')
        WHERE TRY_CAST(score AS BIGINT) IS NOT NULL AND TRY_CAST(signup AS DATE) IS NOT NULL
          AND TRY_CAST(amount AS DECIMAL(12, 2)) IS NOT NULL
    """,
    "derive": """
        SELECT *, amount * 1.2 AS total, split_part(email, '@', 2) AS domain
        FROM (
          SELECT TRY_CAST(id AS BIGINT) AS id, name, lower(trim(email)) AS email,
            TRY_CAST(score AS BIGINT) AS score, TRY_CAST(amount AS DECIMAL(12, 2)) AS amount,
            country, TRY_CAST(signup AS DATE) AS signup, notes, phone, ref
          FROM read_csv('{path}', all_varchar = true, header = true, quote = '"', escape = '"')
        )
        WHERE score IS NOT NULL AND amount IS NOT NULL AND signup IS NOT NULL AND score >= 10
    """,
}


def duckdb_copy(job, path, out):
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 2")
        connection.execute(
            f"COPY ({DUCKDB[job].format(path=path)}) TO '{out}'"
            " (FORMAT PARQUET, COMPRESSION zstd, COMPRESSION_LEVEL 3)"
        )


def polars_lazy(job, path, out):
    import polars as pl

    rows = pl.scan_csv(path, infer_schema=False).with_columns(
        pl.col("id").cast(pl.Int64, strict=False),
        pl.col("score").cast(pl.Int64, strict=False),
        pl.col("amount").cast(pl.Decimal(12, 2), strict=False),
        pl.col("signup").str.to_date("%Y-%m-%d", strict=False),
    )
    rows = rows.drop_nulls(["id", "score", "amount", "signup"])
    if job == "derive":
        rows = (
            rows.filter(pl.col("score") >= 10)
            .with_columns(email=pl.col("email").str.strip_chars().str.to_lowercase())
            .with_columns(
                total=pl.col("amount") * pl.lit("1.2").cast(pl.Decimal(2, 1)),
                domain=pl.col("email").str.split_exact("@", 1).struct.field("field_1"),
            )
        )
    rows.sink_parquet(out, compression="zstd", compression_level=3)


def pandas_chunks(job, path, out):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for part in pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=200_000):
        score = pd.to_numeric(part["score"], errors="coerce")
        amount = pd.to_numeric(part["amount"], errors="coerce")
        signup = pd.to_datetime(part["signup"], format="%Y-%m-%d", errors="coerce")
        good = score.notna() & amount.notna() & signup.notna()
        rows = part.assign(id=part["id"].astype("int64"), score=score, amount=amount, signup=signup)
        if job == "derive":
            good &= score >= 10
            email = part["email"].str.strip().str.lower()
            rows = rows.assign(email=email, total=amount * 1.2, domain=email.str.split("@").str[1])
        table = pa.Table.from_pandas(rows[good], preserve_index=False)
        if writer is None:
            writer = pq.ParquetWriter(out, table.schema, compression="zstd", compression_level=3)
        writer.write_table(table.cast(writer.schema))
    writer.close()


if __name__ == "__main__":
    peers = {"duckdb": duckdb_copy, "polars": polars_lazy, "pandas": pandas_chunks}
    peers[sys.argv[1]](*sys.argv[2:5])
