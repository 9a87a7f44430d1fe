import pytest

from csvflow.cli import exits
from csvflow.contract import ConfigError, CsvflowError, UnreachableError
from csvflow.core.report import ErrorReport, Report, RowCounts, RunReport


def run(outcome, *, reason=None, code=None, rejected=0):
    return RunReport(
        run_id="7f3a",
        pipeline="orders",
        uri="/in/orders.csv",
        version="v",
        outcome=outcome,
        reason=reason,
        rows=RowCounts(read=rejected, rejected=rejected),
        error=ErrorReport(code=code, message="m") if code else None,
    )


GOOD = run("succeeded")
BAD = run("failed", code="row.limit")


@pytest.mark.parametrize(
    ("runs", "strict", "code"),
    [
        ([], False, 0),
        ([GOOD], False, 0),
        ([run("skipped", reason="unchanged")], False, 0),
        ([run("succeeded", rejected=2)], False, 0),
        ([run("succeeded", rejected=2)], True, 3),
        ([BAD], False, 4),
        ([GOOD, BAD], True, 4),
        ([run("dead_lettered", code="row.limit")], False, 4),
        ([run("failed", code="sink.unreachable")], False, 5),
        ([run("failed", code="ledger.unreachable")], False, 5),
        ([run("failed", code="run.io")], False, 5),
        ([run("failed", code="source.unreachable"), BAD], False, 4),
        ([run("skipped", reason="claimed")], False, 75),
        ([run("skipped", reason="claimed"), run("succeeded", rejected=1)], True, 75),
        ([run("failed", code="config.unknown-column")], False, 2),
        ([run("failed", code="internal.error"), BAD], False, 1),
    ],
)
def test_the_gravest_end_decides_the_exit_code(runs, strict, code):
    assert exits.of_report(Report.of(runs), strict=strict) == code


def test_a_file_that_is_not_there_is_a_usage_error_beside_runs_that_went_well():
    missing = ConfigError("input.not-found", "there is no file `x`")
    assert exits.of_report(Report.of([GOOD]), strict=False, errors=[missing]) == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("config.unknown-key", "m"), 2),
        (UnreachableError("ledger.unreachable", "m"), 5),
        (CsvflowError("internal.error", "m"), 1),
        (CsvflowError("run.unbalanced", "m"), 4),
        (CsvflowError("ledger.busy", "m"), 75),
    ],
)
def test_an_error_that_ends_the_command_has_its_code(error, code):
    assert exits.of_error(error) == code
