"""What an author reads after a mistake, word for word."""

import pytest

from csvflow.core.pipeline.load import problems

CASES = [
    pytest.param(
        "source: a\nsteps:\n  - clean:\n    filter: a > 1\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:4:5: `filter` can't stand beside `clean`\n"
            "    4 |     filter: a > 1\n"
            "      |     ^^^^^^\n"
            "  hint: begin `filter` with a `- ` of its own"
        ),
        id="two steps in one item",
    ),
    pytest.param(
        "sorce: a\nsource: b\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:1: a pipeline has no key `sorce`\n"
            "    1 | sorce: a\n"
            "      | ^^^^^\n"
            "  hint: did you mean `source`?"
        ),
        id="an unknown top-level key",
    ),
    pytest.param(
        "source: b\nsinks: [csv: {path: o/}]\ndead_letter: x\n",
        (
            "pipelines/orders.yaml:3:1: `dead_letter` isn't supported by this version of csvflow\n"
            "    3 | dead_letter: x\n"
            "      | ^^^^^^^^^^^\n"
            "  hint: leave it out"
        ),
        id="a key of a later version",
    ),
    pytest.param(
        "name: x\n",
        (
            "pipelines/orders.yaml:1:1: a pipeline needs the key `source`\n"
            "    1 | name: x\n"
            "      | ^\n"
            "pipelines/orders.yaml:1:1: a pipeline needs the key `sinks`\n"
            "    1 | name: x\n"
            "      | ^"
        ),
        id="no source, no sinks",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parquet: {pth: out/}\n",
        (
            "pipelines/orders.yaml:3:15: sink `parquet` has no setting `pth`\n"
            "    3 |   - parquet: {pth: out/}\n"
            "      |               ^^^\n"
            "  hint: did you mean `path`?"
        ),
        id="an unknown setting",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres: {url: x}\n",
        (
            "pipelines/orders.yaml:3:5: sink `postgres` needs the setting `table`\n"
            "    3 |   - postgres: {url: x}\n"
            "      |     ^^^^^^^^\n"
            '  hint: for example `postgres: {url: "postgresql://localhost/shop", '
            "table: orders, key: [id]}`"
        ),
        id="a missing setting",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parquet\n",
        (
            "pipelines/orders.yaml:3:5: sink `parquet` needs the setting `path`\n"
            "    3 |   - parquet\n"
            "      |     ^^^^^^^\n"
            "  hint: for example `parquet: {path: out/}`"
        ),
        id="a missing setting without settings",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres: {url: x, table: t, mode: upsrt}\n",
        (
            "pipelines/orders.yaml:3:40: `mode` of sink `postgres` must be one "
            "of `append`, `replace`, `upsert`, not `upsrt`\n"
            "    3 |   - postgres: {url: x, table: t, mode: upsrt}\n"
            "      |                                        ^^^^^\n"
            "  hint: did you mean `upsert`?"
        ),
        id="a word that is none of several",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres: {url: x, table: t, port: five}\n",
        (
            "pipelines/orders.yaml:3:40: `port` of sink `postgres` must be a "
            "whole number, not `five`\n"
            "    3 |   - postgres: {url: x, table: t, port: five}\n"
            "      |                                        ^^^^"
        ),
        id="a number that is none",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres:\n      url: x\n      table: [a, b]\n",
        (
            "pipelines/orders.yaml:5:14: `table` of sink `postgres` must be text, not a list\n"
            "    5 |       table: [a, b]\n"
            "      |              ^"
        ),
        id="a list where a text belongs",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres: {url: x, table: t, key: id}\n",
        (
            "pipelines/orders.yaml:3:39: `key` of sink `postgres` must be a list "
            "such as `[a, b]`, not `id`\n"
            "    3 |   - postgres: {url: x, table: t, key: id}\n"
            "      |                                       ^^"
        ),
        id="a text where a list belongs",
    ),
    pytest.param(
        "source: a\nsinks:\n  - postgres:\n      url: x\n      table:\n",
        (
            "pipelines/orders.yaml:5:13: `table` of sink `postgres` must be text, not nothing\n"
            "    5 |       table:\n"
            "      |             ^"
        ),
        id="nothing where a text belongs",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parqet: {path: out/}\n",
        (
            "pipelines/orders.yaml:3:5: there is no sink `parqet`\n"
            "    3 |   - parqet: {path: out/}\n"
            "      |     ^^^^^^\n"
            "  hint: did you mean `parquet`?"
        ),
        id="an unknown sink",
    ),
    pytest.param(
        "source: a\nsinks:\n  - filter: x > 1\n",
        (
            "pipelines/orders.yaml:3:5: there is no sink `filter`\n"
            "    3 |   - filter: x > 1\n"
            "      |     ^^^^^^\n"
            "  hint: `filter` is a step"
        ),
        id="a step among the sinks",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parquet:\n    path: out/\n",
        (
            "pipelines/orders.yaml:4:5: `path` can't stand beside `parquet`\n"
            "    4 |     path: out/\n"
            "      |     ^^^^\n"
            "  hint: indent `path` further than `parquet`"
        ),
        id="settings that aren't indented",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parquet: {path: out/}\n    csv: {path: out/}\n",
        (
            "pipelines/orders.yaml:4:5: `csv` can't stand beside `parquet`\n"
            "    4 |     csv: {path: out/}\n"
            "      |     ^^^\n"
            "  hint: begin `csv` with a `- ` of its own"
        ),
        id="two sinks in one item",
    ),
    pytest.param(
        "source: a\nsinks:\n  - parquet: {path: out/}\n    when: x > 1\n",
        (
            "pipelines/orders.yaml:4:5: `when` isn't supported by this version of csvflow\n"
            "    4 |     when: x > 1\n"
            "      |     ^^^^\n"
            "  hint: leave it out"
        ),
        id="a condition for a sink",
    ),
    pytest.param(
        "source: a\nsinks:\n  parquet: {path: out/}\n",
        (
            "pipelines/orders.yaml:3:3: `sinks` must be a list of sinks\n"
            "    3 |   parquet: {path: out/}\n"
            "      |   ^\n"
            "  hint: begin each sink with `- `"
        ),
        id="sinks that are no list",
    ),
    pytest.param(
        "source: a\nsinks: []\n",
        (
            "pipelines/orders.yaml:2:8: a pipeline needs at least one sink\n"
            "    2 | sinks: []\n"
            "      |        ^"
        ),
        id="an empty list of sinks",
    ),
    pytest.param(
        "source: {path: a, settle: 5 seconds}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:27: `settle` of source `files`: `5 seconds` "
            "is not a duration such as `5s`, `10m` or `1h30m`\n"
            "    1 | source: {path: a, settle: 5 seconds}\n"
            "      |                           ^^^^^^^^^"
        ),
        id="a duration without its unit",
    ),
    pytest.param(
        "source: {path: a, setle: 5s}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:19: source `files` has no setting `setle`\n"
            "    1 | source: {path: a, setle: 5s}\n"
            "      |                   ^^^^^\n"
            "  hint: did you mean `settle`?"
        ),
        id="an unknown key of the source",
    ),
    pytest.param(
        "source: {path: a, changed: replace}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:19: `changed` isn't supported by this version of csvflow\n"
            "    1 | source: {path: a, changed: replace}\n"
            "      |                   ^^^^^^^\n"
            "  hint: leave it out"
        ),
        id="a source of a later version",
    ),
    pytest.param(
        "source: {path: a, trigger: {pol: 5s}}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:29: `trigger` of `source` has no key `pol`\n"
            "    1 | source: {path: a, trigger: {pol: 5s}}\n"
            "      |                             ^^^\n"
            "  hint: did you mean `poll`?"
        ),
        id="an unknown key of trigger",
    ),
    pytest.param(
        "source: a\ncolumns:\n  id: int requird\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:3:11: `requird` is not a constraint\n"
            "    3 |   id: int requird\n"
            "      |           ^^^^^^^\n"
            "  hint: did you mean `required`?"
        ),
        id="a wrong column",
    ),
    pytest.param(
        "source: a\ncolumns:\n  id: 'int requird'\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:3:12: `requird` is not a constraint\n"
            "    3 |   id: 'int requird'\n"
            "      |            ^^^^^^^\n"
            "  hint: did you mean `required`?"
        ),
        id="a wrong column in quotes",
    ),
    pytest.param(
        "source: a\ncolumns:\n  id: {type: int, requird: true}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:3:19: column `id` has no key `requird`\n"
            "    3 |   id: {type: int, requird: true}\n"
            "      |                   ^^^^^^^\n"
            "  hint: did you mean `required`?"
        ),
        id="a wrong key of a column",
    ),
    pytest.param(
        "source: a\nunknown_columns: rescu\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:2:18: `unknown_columns` must be one of "
            "`keep`, `ignore`, `rescue`, `fail` or a mapping such as `{key: value}`, not `rescu`\n"
            "    2 | unknown_columns: rescu\n"
            "      |                  ^^^^^\n"
            "  hint: did you mean `rescue`?"
        ),
        id="a wrong policy",
    ),
    pytest.param(
        "source: a\ncsv: {delim: ;}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:2:7: `csv` has no key `delim`\n"
            "    2 | csv: {delim: ;}\n"
            "      |       ^^^^^\n"
            "  hint: did you mean `delimiter`?"
        ),
        id="a wrong csv key",
    ),
    pytest.param(
        "source: a\nsinks: [csv: {path: o/}]\nrejects: {max: 200%}\n",
        (
            "pipelines/orders.yaml:3:16: `rejects.max`: `200%` is neither a "
            "number of rows such as `10` nor a share such as `1%`\n"
            "    3 | rejects: {max: 200%}\n"
            "      |                ^^^^"
        ),
        id="a share over a hundred",
    ),
    pytest.param(
        "source: a\nsinks: [csv: {path: o/}]\nrejects: {to: out/rejects.xlsx}\n",
        (
            "pipelines/orders.yaml:3:15: rejects can't be written as `.xlsx`\n"
            "    3 | rejects: {to: out/rejects.xlsx}\n"
            "      |               ^^^^^^^^^^^^^^^^\n"
            "  hint: end the path in `.csv`, `.jsonl` or `.parquet`, or in `/` for a folder"
        ),
        id="rejects of no known format",
    ),
    pytest.param(
        "source: a\nsinks: [csv: {path: o/}]\nretry: {backoff: 1..2}\n",
        (
            "pipelines/orders.yaml:3:18: `retry.backoff`: `1` is not a duration "
            "such as `5s`, `10m` or `1h30m`\n"
            "    3 | retry: {backoff: 1..2}\n"
            "      |                  ^^^^"
        ),
        id="a wrong range",
    ),
    pytest.param(
        "source: a\nsinks: [csv: {path: o/}]\nretry: {attempts: 0}\n",
        (
            "pipelines/orders.yaml:3:19: `retry.attempts` must be at least 1, not `0`\n"
            "    3 | retry: {attempts: 0}\n"
            "      |                   ^"
        ),
        id="no attempts",
    ),
    pytest.param(
        (
            "source: a\n"
            "sinks: [csv: {path: o/}]\n"
            "notify:\n"
            "  - webhook: {url: u}\n"
            "    on: [failed, succeded]\n"
        ),
        (
            "pipelines/orders.yaml:5:18: `on[1]` of `notify[0]` must be one of "
            "`succeeded`, `failed`, `rejected`, not `succeded`\n"
            "    5 |     on: [failed, succeded]\n"
            "      |                  ^^^^^^^^\n"
            "  hint: did you mean `succeeded`?"
        ),
        id="a wrong occasion",
    ),
    pytest.param(
        "source: a\nsteps:\n  - derive: {x: id, total: ammount * 2}\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:3:28: there is no column `ammount`\n"
            "    3 |   - derive: {x: id, total: ammount * 2}\n"
            "      |                            ^^^^^^^\n"
            "  hint: did you mean `amount`?"
        ),
        id="an expression that a plugin refuses",
    ),
    pytest.param(
        (
            "source: a\n"
            "steps:\n"
            "  - derive:\n"
            "      total: |\n"
            "        id\n"
            "        + ammount\n"
            "sinks: [csv: {path: o/}]\n"
        ),
        (
            "pipelines/orders.yaml:6:11: there is no column `ammount`\n"
            "    6 |         + ammount\n"
            "      |           ^^^^^^^\n"
            "  hint: did you mean `amount`?"
        ),
        id="an expression in a block",
    ),
    pytest.param(
        "source: in/*.csv\nsinks:\n  - parquet: {path: out/orders.parquet}\n",
        (
            "pipelines/orders.yaml:3:21: sink `parquet` would write every input "
            "over the one before, into this one file\n"
            "    3 |   - parquet: {path: out/orders.parquet}\n"
            "      |                     ^^^^^^^^^^^^^^^^^^\n"
            "  hint: write a folder, `orders/`, or one file for each input, `orders-{stem}.parquet`"
        ),
        id="one file for every input",
    ),
    pytest.param(
        "source: a\nsinks: [csv: {path: o/}]\nmemory: 1MB\n",
        (
            "pipelines/orders.yaml:3:9: `memory` must be at least `64MiB`\n"
            "    3 | memory: 1MB\n"
            "      |         ^^^"
        ),
        id="too little memory",
    ),
    pytest.param(
        "- source: a\n",
        (
            "pipelines/orders.yaml:1:1: a pipeline is a mapping of keys such as `source:`\n"
            "    1 | - source: a\n"
            "      | ^"
        ),
        id="a pipeline that is a list",
    ),
    pytest.param(
        "name: a/b\nsource: a\nsinks: [csv: {path: o/}]\n",
        (
            "pipelines/orders.yaml:1:7: `name` must begin with a letter or digit "
            "and go on with these, `_`, `-`, `.` or spaces\n"
            "    1 | name: a/b\n"
            "      |       ^^^"
        ),
        id="a name with a slash",
    ),
]


@pytest.mark.parametrize(("text", "message"), CASES)
def test_a_mistake_is_told_with_its_place_and_what_to_do(write, text, message):
    assert "\n".join(str(error) for error in problems(write(text))) == message


def test_a_secret_is_not_quoted(write, monkeypatch):
    monkeypatch.setenv("PORT_TOKEN", "hunter2222")
    text = "source: a\nsinks:\n  - postgres: {url: u, table: t, port: '${PORT_TOKEN}'}\n"
    (error,) = problems(write(text))
    assert error.message == "`port` of sink `postgres` must be a whole number, not `***`"


def test_a_line_that_holds_a_secret_is_not_shown(write):
    text = "source: a\nsinks:\n  - postgres: {url: 'x://a:hunter2222@h/', table: t, port: b}\n"
    (error,) = problems(write(text))
    assert error.excerpt is None
    assert "hunter" not in str(error)


def test_a_file_name_that_names_no_pipeline_is_told(write):
    (error,) = problems(write("source: a\nsinks: [csv: {path: o/}]\n", name="a+b.yaml"))
    assert error.code == "config.value"
    assert error.hint == "rename the file, or set `name`"
