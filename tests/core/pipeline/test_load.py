import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from csvflow.contract import ConfigError
from csvflow.core.columns.spec import parse_column
from csvflow.core.pipeline.load import build, find, load, problems, with_csv
from csvflow.core.pipeline.model import Limit, Retry

SMALL = "source: in/*.csv\nsinks:\n  - parquet: {path: out/}\n"
FULL = """\
name: shop orders
source: {path: [a/*.csv, "s3://b/{day}/*.csv"], settle: 500ms, trigger: {poll: 1m}, duplicate: skip}
csv: {nulls: ["", NA, 0], ragged: pad}
columns:
  id: int required unique
  note:
unknown_columns: {rescue: rest}
missing_columns: null
headers: snake
steps:
  - derive: {total: amount * 2, column: 'lower("x")'}
  - filter: total > 0
  - filter: {condition: id <> 7}
  - clean
  - clean:
sinks:
  - postgres: {url: "postgresql://db/x", table: 2026, mode: upsert, key: [id]}
  - parquet: {path: "out/{stem}.parquet"}
rejects: {to: "s3://rejects/x.jsonl", max: 1.5%}
retry: {attempts: 3, backoff: 2s..1h, jitter: none}
notify:
  - webhook: {url: "https://x.example/"}
  - webhook: {url: "https://y.example/"}
    on: succeeded
empty: fail
ledger: {sqlite: {path: book.db}}
memory: 512MiB
"""


def test_a_small_pipeline_has_the_defaults(write, project):
    pipeline = load(write(SMALL))
    assert pipeline.name == "orders"
    assert pipeline.path == project / "pipelines/orders.yaml"
    assert pipeline.project == project
    assert pipeline.source.type == "files"
    assert pipeline.source.settings.path == f"{project}/in/*.csv"
    assert (pipeline.columns, pipeline.steps, pipeline.notify) == ((), (), ())
    assert (pipeline.unknown_columns, pipeline.missing_columns) == ("keep", "fail")
    assert (pipeline.headers, pipeline.empty, pipeline.duplicate) == ("keep", "ok", "load")
    assert pipeline.poll_secs == 5.0
    assert pipeline.retry is None
    assert pipeline.memory_bytes == 1_073_741_824
    assert pipeline.rejects.max == Limit(share=Fraction(1, 10))
    assert pipeline.rejects.sink.type == "csv"
    assert pipeline.rejects.sink.settings.path == f"{project}/.csvflow/rejects/{{pipeline}}/"
    assert pipeline.ledger.settings.path == f"{project}/.csvflow/ledger.db"
    assert [(part.key, part.type, part.place) for part in pipeline.sinks] == [
        ("sinks[0]", "parquet", "pipelines/orders.yaml:3:5")
    ]
    assert pipeline.warnings == ()


def test_a_full_pipeline_is_read_as_written(write, project):
    pipeline = load(write(FULL))
    assert pipeline.name == "shop orders"
    assert pipeline.source.settings.path == [f"{project}/a/*.csv", "s3://b/{day}/*.csv"]
    assert (pipeline.source.settings.settle, pipeline.poll_secs) == (0.5, 60.0)
    assert pipeline.duplicate == "skip"
    assert pipeline.csv.nulls == ("", "NA", "0")
    assert pipeline.columns == (
        parse_column("id", "int required unique"),
        parse_column("note", None),
    )
    assert pipeline.column_places["note"] == "pipelines/orders.yaml:6:3"
    assert (pipeline.unknown_columns, pipeline.rescue_column) == ("rescue", "rest")
    assert (pipeline.missing_columns, pipeline.headers, pipeline.empty) == ("null", "snake", "fail")
    assert [(part.key, part.type, part.settings.model_dump()) for part in pipeline.steps] == [
        ("steps[0]", "derive", {"columns": {"total": "amount * 2", "column": 'lower("x")'}}),
        ("steps[1]", "filter", {"condition": "total > 0"}),
        ("steps[2]", "filter", {"condition": "id <> 7"}),
        ("steps[3]", "clean", {"trim": True}),
        ("steps[4]", "clean", {"trim": True}),
    ]
    assert pipeline.sinks[0].settings.table == "2026"
    assert pipeline.rejects.sink.type == "jsonl"
    assert pipeline.rejects.sink.settings.path == "s3://rejects/x.jsonl"
    assert pipeline.rejects.max == Limit(share=Fraction(3, 200))
    assert pipeline.retry == Retry(3, 2.0, 3600.0, "none")
    assert [notify.on for notify in pipeline.notify] == [("failed", "rejected"), ("succeeded",)]
    assert pipeline.ledger.settings.path == f"{project}/book.db"
    assert pipeline.memory_bytes == 536_870_912


def test_declared_columns_refuse_unknown_ones_by_default(write):
    assert load(write(SMALL + "columns: {id: int}\n")).unknown_columns == "fail"


def test_a_source_may_be_named(write):
    pipeline = load(
        write("source: {queue: {url: q}, trigger: {poll: 1s}}\nsinks: [{csv: {path: o/}}]")
    )
    assert (pipeline.source.type, pipeline.source.settings.url) == ("queue", "q")
    assert pipeline.poll_secs == 1.0


def test_a_part_makes_its_plugin(write, project):
    ledger = load(write(SMALL)).ledger.make()
    assert type(ledger).__name__ == "Sqlite"
    assert ledger.settings.path == f"{project}/.csvflow/ledger.db"


def test_a_pipeline_outside_of_pipelines_belongs_to_its_own_folder(project, plugins):
    path = project / "orders.yaml"
    path.write_text(SMALL)
    assert load(path).project == project
    assert load(path, project=Path("/elsewhere")).source.settings.path == "/elsewhere/in/*.csv"


def test_set_fills_in_variables(write, monkeypatch):
    monkeypatch.setenv("OUT", "env/")
    path = write(SMALL.replace("out/", "'${OUT}'"))
    assert load(path).sinks[0].settings.path.endswith("/env/")
    assert load(path, overrides={"OUT": "set/"}).sinks[0].settings.path.endswith("/set/")


def test_digits_are_text_where_text_is_wanted(write, monkeypatch):
    monkeypatch.setenv("PASSWORD", "0012345")
    monkeypatch.setenv("PORT", "5432")
    text = SMALL + (
        "  - postgres:\n"
        "      url: u\n"
        "      table: 1.50\n"
        "      password: ${PASSWORD}\n"
        "      port: ${PORT}\n"
    )
    settings = load(write(text)).sinks[1].settings
    assert (settings.table, settings.password, settings.port) == ("1.50", "0012345", 5432)


def test_the_digest_changes_with_what_is_said_only(write, monkeypatch):
    monkeypatch.setenv("OUT", "a/")
    text = SMALL.replace("out/", "'${OUT}'") + "columns: {a: int, b: int}\n"
    first = load(write(text)).digest
    assert len(first) == 16
    monkeypatch.setenv("OUT", "b/")
    assert load(write("# comment\n" + text.replace("{a: int, b", "{'a':   int, b"))).digest == first
    assert (
        load(
            write("columns: {a: int, b: int}\n" + text.replace("columns: {a: int, b: int}\n", ""))
        ).digest
        == first
    )
    assert load(write(text.replace("a: int, b: int", "b: int, a: int"))).digest != first
    assert load(write(text.replace("parquet", "csv"))).digest != first


def test_a_pipeline_survives_pickling(write):
    pipeline = load(write(FULL))
    again = pickle.loads(pickle.dumps(pipeline))
    assert again == pipeline
    assert again.sinks[0].origin.document.name == "pipelines/orders.yaml"


def test_secrets_in_the_file_draw_a_warning(write):
    text = SMALL + (
        "  - postgres: {url: 'postgresql://a:hunter22@db/x', table: t, password: abcd}\n"
        "columns: {password: text, token: text}\n"
    )
    assert load(write(text)).warnings == (
        "pipelines/orders.yaml:4:21: `url` holds a secret; write `${VARIABLE}`",
        "pipelines/orders.yaml:4:73: `password` holds a secret; write `${VARIABLE}`",
    )


def test_a_pipeline_is_built_from_plain_values(project, plugins):
    document = {
        "source": "/data/a.csv",
        "csv": {"nulls": "NA", "header": "2"},
        "sinks": [{"parquet": {"path": "out.parquet"}}],
    }
    pipeline = build(document, project=project, name="adhoc-12ab")
    assert (pipeline.name, pipeline.path) == ("adhoc-12ab", None)
    assert pipeline.source.settings.path == "/data/a.csv"
    assert (pipeline.csv.nulls, pipeline.csv.header) == (("NA",), 2)
    assert pipeline.sinks[0].settings.path == f"{project}/out.parquet"


def test_csv_keys_can_be_replaced(write):
    pipeline = load(write(SMALL + "csv: {ragged: pad, delimiter: ;}\n"))
    changed = with_csv(pipeline, {"ragged": "truncate"})
    assert (changed.csv.ragged, changed.csv.delimiter) == ("truncate", ";")
    with pytest.raises(ConfigError) as caught:
        with_csv(pipeline, {"raged": "pad"})
    assert str(caught.value) == ("--csv: `csv` has no key `raged`\n  hint: did you mean `ragged`?")


def test_pipelines_are_found_by_folder(write, project):
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "schema.json"):
        write(SMALL, name)
    assert [path.name for path in find(project)] == ["a.yml", "b.yaml"]
    assert find(project / "nowhere") == []


def test_all_problems_are_told_in_their_order(write):
    path = write("nme: x\nsource: a\nsinks:\n  - parqet: {}\n  - parquet: {pth: x}\nempty: okay\n")
    assert [error.place for error in problems(path)] == [
        "pipelines/orders.yaml:1:1",
        "pipelines/orders.yaml:4:5",
        "pipelines/orders.yaml:5:15",
        "pipelines/orders.yaml:6:8",
    ]
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.message == "a pipeline has no key `nme`"
    assert caught.value.hint == "did you mean `name`? (3 more: csvflow check)"


def test_a_good_pipeline_has_no_problems(write):
    assert problems(write(FULL)) == []


def test_a_broken_file_is_one_problem(write):
    assert [error.code for error in problems(write("a: [\n"))] == ["config.syntax"]
    assert [error.code for error in problems(Path("pipelines/no.yaml"))] == ["config.unreadable"]


@pytest.mark.parametrize(
    ("limit", "rejected", "read", "allowed"),
    [
        (Limit(count=0), 0, 10, True),
        (Limit(count=0), 1, 10, False),
        (Limit(share=Fraction(29, 100)), 29, 100, True),
        (Limit(share=Fraction(29, 100)), 30, 100, False),
        (Limit(share=Fraction(1, 10)), 1, 9, False),
        (Limit(share=Fraction(1, 10)), 0, 0, True),
    ],
)
def test_a_limit_is_exact(limit, rejected, read, allowed):
    assert limit.allows(rejected, read) is allowed


def test_only_a_count_is_broken_for_sure_before_the_end():
    assert Limit(count=3).surely_broken(4)
    assert not Limit(count=3).surely_broken(3)
    assert not Limit(share=Fraction(0)).surely_broken(1000)


def test_a_limit_reads_as_it_is_written():
    assert [str(Limit(count=7)), str(Limit(share=Fraction(3, 200)))] == ["7", "1.5%"]


def test_what_may_run_comes_from_outside_of_the_file(project, monkeypatch):
    path = project / "orders.yaml"
    path.write_text(
        "source: a\nsteps: [python: {function: 'math:sqrt'}]\nsinks: [csv: {path: o/}]\n"
    )
    assert load(path).steps[0].settings._allowed == ()
    monkeypatch.setenv("CSVFLOW_ALLOW_PYTHON", "math,json")
    assert load(path).steps[0].settings._allowed == ("math", "json")
