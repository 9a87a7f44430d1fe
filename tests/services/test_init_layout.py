"""What `init` makes of lines above and below a table, and where it finds none."""

import pytest
from support.projects import csvflow

from csvflow.contract import InputError
from csvflow.core.intake.dialect import Dialect
from csvflow.core.pipeline.load import load
from csvflow.services.examples import Head
from csvflow.services.init import init
from csvflow.services.run import Order, run_files
from csvflow.services.survey import Survey, refuse_misfit
from csvflow.services.test import run_cases

ROWS = "".join(f"{n},n{n},{n}.50\n" for n in range(1, 41))


def made(folder, text, encoding="utf-8", **csv):
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return init(str(path), project=folder, csv=csv, force=True)


def loaded(folder):
    (run,) = run_files(Order(files=[str(folder / "a.csv")], project=folder)).runs
    assert run.outcome == "succeeded", run.error
    return run.rows.loaded, run.rows.rejected


MISFIT = "k;v\n" + "".join(f"{n};{n};{n}\n" for n in range(4)) + "5;5\n"


def test_a_table_that_most_records_do_not_fit_is_none(tmp_path):
    with pytest.raises(InputError) as caught:
        made(tmp_path, MISFIT, header="1", preamble="0")
    assert caught.value.code == "input.no-table"
    assert caught.value.message == (
        "4 of 5 records don't fit what was taken for the table, which begins in line 1: 2 columns,"
        " `k`, `v`, parted by `;`"
    )
    assert caught.value.hint == (
        "4 have 3 fields, from line 2 on: does the table begin there? Then `--csv preamble=1`; else"
        " `--csv delimiter=…`, `--csv quote=…` and `--csv header=none`"
    )
    assert not (tmp_path / "pipelines").exists()


def test_a_header_that_comes_again_and_again_may_be_a_row():
    dialect = Dialect()
    found = Survey(["Ann", "Berlin"], dialect, [], Head(("Ann", "Berlin"), dialect), rows=89)
    found.damaged["row.repeated-header"] = 29
    with pytest.raises(InputError) as caught:
        refuse_misfit(found, ())
    assert caught.value.hint == (
        "its first line comes 29 times again: is it a row? `--csv header=none`"
    )


def test_a_second_line_of_the_header_is_told_and_joined(tmp_path):
    rows = "".join(f"{n},{n}.5\n" for n in range(1, 30))
    written = made(tmp_path, f"ts,temp\n[s],[C]\n{rows}", header="1")
    assert [one.notes for one in written.columns] == [
        (
            (
                "`int` would refuse 1 of 30 values: `[s]`, in the first row; a second line"
                " of the header? `csv: {header: 2}` joins them"
            ),
        ),
        (
            (
                "`decimal(3,1)` would refuse 1 of 30 values: `[C]`, in the first row; a second line"
                " of the header? `csv: {header: 2}` joins them"
            ),
        ),
    ]
    written = made(tmp_path, f"ts,temp\n[s],[C]\n{rows}", header="2")
    assert [one.column.describe() for one in written.columns] == [
        "ts_s: int required unique",
        "temp_c: decimal(3,1) required",
    ]
    assert loaded(tmp_path) == (29, 0)


def test_the_command_ends_as_one_that_could_not_read_its_input(tmp_path):
    (tmp_path / "a.csv").write_text(MISFIT)
    call = ("init", "a.csv", "--csv", "header=1", "--csv", "preamble=0")
    done = csvflow(*call, cwd=tmp_path, check=4)
    assert done.stderr.startswith("error: a.csv: 4 of 5 records don't fit")


@pytest.mark.parametrize(
    ("good", "bad", "limit", "told"),
    [
        (30, 3, None, None),
        (13, 3, "20%", "20%"),
        (20, 5, "refused", "21%"),
        (20, 20, "refused", "51%"),
        (20, 21, "refused", "refused"),
    ],
)
def test_more_than_a_tenth_is_damaged_only_where_the_layout_is_told(
    tmp_path, good, bad, limit, told
):
    kinds = ["x"] * good + ["x,x"] * bad
    # The bad ones stand among the others, as damage does.
    rows = "".join(f"{n},{kinds[n * 7 % len(kinds)]}\n" for n in range(len(kinds)))
    for csv, expected in (({}, limit), ({"delimiter": ","}, told)):
        if expected == "refused":
            with pytest.raises(InputError, match="records don't fit"):
                made(tmp_path, f"id,note\n{rows}", **csv)
            continue
        yaml = made(tmp_path, f"id,note\n{rows}", **csv).path.read_text()
        found = [line.split("   #")[0] for line in yaml.splitlines() if line[:7] == "rejects"]
        assert found == ([f"rejects: {{max: {expected}}}"] if expected else [])


def test_a_footer_that_is_found_is_told_and_left_to_be_found_again(tmp_path):
    written = made(tmp_path, f"id,name,amount\n{ROWS}Total: 40 rows\n")
    assert written.notes == ("the last line is left out, as a footer: `Total: 40 rows`",)
    yaml = written.path.read_text()
    assert "csv:\n  footer: auto   # the last line was none of the table\n" in yaml
    assert all(one.passed for one in run_cases(load(written.path)))
    assert loaded(tmp_path) == (40, 0)


def test_lines_above_the_header_are_told(tmp_path):
    text = f"Report\nof the shop\n\nid,name,amount\n{ROWS}"
    (note,) = made(tmp_path, text).notes
    assert note == "the first 2 lines are left out: the table begins behind"
    told = csvflow("preview", "a.csv", "-p", "a", "-n", "1", cwd=tmp_path, check=0).stderr
    assert f"note: {note}\n" in told


def test_a_footer_that_is_told_stands_in_the_test_case(tmp_path):
    written = made(tmp_path, f"id,name,amount\n{ROWS}Sum,,820.00\n", footer="1", header="1")
    yaml = written.path.read_text()
    assert "csv:\n  footer: 1\n  header: 1\n" in yaml
    assert "      3,n3,3.50\n      (below the records)\n    rows:\n" in yaml
    assert all(one.passed for one in run_cases(load(written.path)))
    assert loaded(tmp_path) == (40, 0)


def test_a_footer_that_reads_as_a_row_is_none_and_a_step_leaves_it_out(tmp_path):
    text = "name,n\n" + "".join(f"a{n},{n}\n" for n in range(30)) + "Total,435\n"
    with pytest.raises(InputError) as caught:
        made(tmp_path, text, footer="1")
    assert caught.value.code == "input.footer"
    written = made(tmp_path, text)
    assert written.columns[0].notes == (
        "`Total` is its last value: a total? A step `filter: name <> 'Total'` leaves it out",
    )
    yaml = written.path.read_text().split("tests:")[0]
    written.path.write_text(yaml.replace("sinks:", "steps:\n  - filter: name <> 'Total'\nsinks:"))
    assert loaded(tmp_path) == (30, 0)


def test_an_encoding_by_statistics_is_kept_and_a_certain_one_is_left_to_auto(tmp_path):
    words = "".join(f"{n};Königsallee „7“ für Müßiggänger\n" for n in range(20))
    yaml = made(tmp_path, f"id;Straße\n{words}", encoding="cp1252").path.read_text()
    (line,) = [line for line in yaml.splitlines() if "encoding:" in line]
    assert line.startswith("  encoding: cp1252   # by statistics, ")
    assert line.endswith("% sure; files in Unicode are refused then, and `auto` takes them too")
    written = made(tmp_path, f"id;Straße\n{words}", encoding="utf-16")
    assert "encoding" not in written.path.read_text()
    assert all(one.passed for one in run_cases(load(written.path)))
    assert loaded(tmp_path) == (20, 0)


def test_where_there_is_no_test_case_none_is_run_next(tmp_path):
    (tmp_path / "a.csv").write_text(f"id,note\n1,{'x' * 30_000}\n")
    done = csvflow("init", "a.csv", cwd=tmp_path, check=0)
    assert "note: no test case: the first rows are too long for one\n" in done.stderr
    assert "next:\n  csvflow run a.csv -p a\n" in done.stdout
    yaml = (tmp_path / "pipelines" / "a.yaml").read_text()
    assert yaml.endswith("# no `tests:`: the first rows are too long for one\n")
