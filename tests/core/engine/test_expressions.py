from __future__ import annotations

import time
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from csvflow.contract import ConfigError
from csvflow.core.engine.expressions import parse_expression
from csvflow.core.engine.plan import PlannedRows
from csvflow.core.engine.queries import parse_query

NOW = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
COLUMNS = ["a", "b", "email", "Order Id", 'x"; DROP TABLE y; --', "update", "day", "Day", "rows"]
NAMES = {name: f"c{index}" for index, name in enumerate(COLUMNS)}
SCHEMA = pa.schema(
    [
        ("a", pa.int64()),
        ("email", pa.string()),
        ("amount", pa.decimal128(12, 2)),
        ("f", pa.float64()),
    ]
)

HOSTILE = [
    "read_text('/etc/passwd')",
    "\"read_text\"('/etc/passwd')",
    "main.read_text('/etc/passwd')",
    "email.read_text()",
    "read_csv('/etc/passwd')",
    "getenv('HOME')",
    "GETENV ('HOME')",
    "getenv/**/('HOME')",
    "current_setting('secret_directory')",
    "getvariable('x')",
    "query('select 1')",
    "sleep_ms(10000)",
    "error('x')",
    "write_log('x')",
    "COPY rows TO '/tmp/x'",
    "ATTACH '/tmp/x.db'",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "SET threads = 1",
    "(SELECT 1)",
    "a IN (SELECT 1)",
    "EXISTS (SELECT 1)",
    "ARRAY(SELECT 1)",
    "a; DROP TABLE rows",
    "a; SELECT 1",
    "1) FROM rows; COPY rows TO 'x' --",
    "a) , (SELECT content FROM read_text('/etc/passwd')",
    "sum(a)",
    "count(*)",
    "row_number() OVER ()",
    "a OVER ()",
    "*",
    "rows.*",
    "COLUMNS('.*')",
    "unnest([1, 2])",
    "list_transform([1], x -> getenv('HOME'))",
    "$1",
    "#1",
    ":x",
    "?",
    "hash(email)",
    "random()",
    "uuid()",
    "gen_random_uuid()",
    "nextval('s')",
    "session_user",
    "current_user",
    "a AS b",
    "a FROM rows",
    "",
    "   -- nothing",
    "'not closed",
    '"not closed',
    "/* not closed",
    "(" * 500 + "a" + ")" * 500,
    "a" + " + a" * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40])
def test_what_reaches_beyond_its_row_is_refused_within_a_second(text):
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        parse_expression(text, COLUMNS)
    assert caught.value.code == "config.expression"
    assert time.process_time() - start < 1 or len(text) > 1_000


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("lower(trim(email))", "lower(trim(c2))"),
        ("a ~ '^x'", "c0 ~ '^x'"),
        ("a // b", "c0 // c1"),
        ("A + B", "c0 + c1"),
        ('"Order Id" || email', "c3 || c2"),
        ('"x""; DROP TABLE y; --" + 1', "c4 + 1"),
        ("update > 1", "c5 > 1"),
        ('day < "Day"', "c6 < c7"),
        ("rows + rows.x", "c8 + c8.x"),
        ("email.x", "c2.x"),
        ("'a -- b' || email -- a comment", "'a -- b' || c2"),
        ("a /* email */ + 1", "c0 + 1"),
        ("CASE WHEN a IN (1, 2) THEN 'x' END", "CASE WHEN c0 IN (1, 2) THEN 'x' END"),
        ("a::decimal(10, 2)", "c0::decimal(10, 2)"),
        ("now()", "CAST('2026-01-02 03:04:05.600000+00' AS TIMESTAMPTZ)"),
        ("current_date", "CAST('2026-01-02' AS DATE)"),
        ("today() - day", "CAST('2026-01-02' AS DATE) - c6"),
        ("'now()' || \"email\"", "'now()' || c2"),
    ],
)
def test_duckdb_gets_the_authors_own_tokens(text, sql):
    assert parse_expression(text, COLUMNS).sql(NAMES, NOW) == sql


def test_a_column_may_be_named_with_its_table():
    assert parse_expression("rows.a + a", ["a"]).sql({"a": "c0"}, NOW) == "c0 + c0"


def test_a_misspelt_column_is_shown_and_its_neighbour_named():
    with pytest.raises(ConfigError) as caught:
        PlannedRows.start(SCHEMA).with_columns({"x": "amount +\n  lower(emial)"})
    assert str(caught.value) == (
        "there is no column `emial`\n"
        "      lower(emial)\n"
        "            ^^^^^\n"
        "  hint: did you mean `email`?"
    )
    assert caught.value.offset == 17


def test_a_misspelt_function_is_shown_and_its_neighbour_named():
    with pytest.raises(ConfigError) as caught:
        PlannedRows.start(SCHEMA).where("lwoer(email) = 'x'")
    assert str(caught.value) == (
        "there is no function `lwoer` in expressions\n"
        "    lwoer(email) = 'x'\n"
        "    ^^^^^\n"
        "  hint: did you mean `lower`?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("amount", "`amount` isn't a condition: it gives decimal128(12, 2), not true or false"),
        ("amount + email > 1", "`amount + email > 1` can't be computed: No function matches"),
        ("substr(email) = 'x'", "`substr(email) = 'x'` can't be computed: No function matches"),
    ],
)
def test_a_condition_of_the_wrong_type_is_refused_before_any_row(text, message):
    with pytest.raises(ConfigError) as caught:
        PlannedRows.start(SCHEMA).where(text)
    assert caught.value.message.startswith(message)
    assert caught.value.subject == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", pa.int64()),
        ("length(email)", pa.int64()),
        ("a::hugeint", pa.int64()),
        ("a::utinyint", pa.int64()),
        ("f::float", pa.float64()),
        ("1 / a", pa.float64()),
        ("amount * 1.2", pa.decimal128(14, 3)),
        ("null", pa.string()),
        ("interval 1 day", pa.string()),
        ("'a'::json", pa.string()),
        ("current_date", pa.date32()),
        ("now()", pa.timestamp("us", "UTC")),
        ("timestamp '2020-01-01'", pa.timestamp("us")),
        ("a > 1", pa.bool_()),
        ("time '10:00'", pa.time64("us")),
    ],
)
def test_results_have_types_that_sinks_know(text, kind):
    assert PlannedRows.start(SCHEMA).with_columns({"x": text}).schema.field("x").type == kind


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM rows, read_csv('x')",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM main.rows",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM range(10)",
        "SELECT getenv('HOME') FROM rows",
        "SELECT random() FROM rows",
        "SELECT * FROM rows USING SAMPLE 10",
        "SELECT 1; SELECT 2",
        "SELECT a INTO t FROM rows",
        "INSERT INTO rows VALUES (1)",
        "CREATE TABLE t AS SELECT 1",
        "COPY rows TO 'x'",
        "WITH t AS (SELECT * FROM read_text('x')) SELECT * FROM t",
        "PRAGMA database_list",
        "DESCRIBE rows",
        "PIVOT rows ON a",
        "SELECT $1 FROM rows",
        "",
    ],
)
def test_a_query_reads_nothing_but_the_rows(sql):
    with pytest.raises(ConfigError) as caught:
        parse_query(sql)
    assert caught.value.code == "config.expression"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM rows",
        "FROM rows SELECT a",
        "SELECT a, count(*) FILTER (WHERE f > 1) FROM rows GROUP BY ALL HAVING count(*) > 1",
        "WITH t (x) AS (SELECT a FROM rows) SELECT * FROM t JOIN rows ON (t.x = rows.a)",
        "SELECT * EXCLUDE (a) FROM rows QUALIFY rank() OVER (PARTITION BY a ORDER BY f) = 1",
        "SELECT a FROM rows UNION ALL (SELECT a FROM rows)",
        "SELECT * FROM rows WHERE a IN (SELECT max(a) FROM rows)",
    ],
)
def test_a_query_may_do_with_the_rows_what_it_likes(sql):
    assert PlannedRows.start(SCHEMA).query(sql).schema.names


def test_the_connection_itself_reaches_no_file():
    from csvflow.core.engine.duck import Duck, DuckError

    duck = Duck()
    batch = pa.record_batch([[1]], names=["a"])
    try:
        for sql in [
            "SELECT * FROM read_text('/etc/passwd')",
            "COPY b TO '/tmp/csvflow-x'",
            "SET enable_external_access = true",
            "ATTACH '/tmp/csvflow-x.db'",
            "SELECT * FROM batch",
        ]:
            with pytest.raises(DuckError):
                duck.table(sql, batch)
    finally:
        duck.close()
