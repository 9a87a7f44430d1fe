import json
import re
from pathlib import Path

import pytest

import csvflow
from csvflow.core import logs, secrets

PACKAGE = Path(csvflow.__file__).parent
CALL = re.compile(r"\blog\.(?:debug|info|warning|error|exception|critical)\(\s*([^\s,)]+)")


@pytest.fixture(autouse=True)
def _as_before():
    yield
    logs._state.__dict__.update(rank=logs._NEVER, console=False, chosen=None)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_nothing_is_logged_before_somebody_configures_it(capsys):
    logs.get_logger().error("internal_fault")
    assert capsys.readouterr().err == ""


def test_off_a_terminal_each_event_is_one_line_of_json(capsys):
    logs.configure()
    with logs.bound(run_id="7f3a", pipeline="orders"):
        logs.get_logger().info("run_succeeded", rows={"read": 3})
    (line,) = lines(capsys)
    at = line.pop("at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at)
    assert line == {
        "level": "info",
        "event": "run_succeeded",
        "run_id": "7f3a",
        "pipeline": "orders",
        "rows": {"read": 3},
    }


def test_lines_below_the_level_are_left_out(capsys):
    logs.configure(level="warning")
    log = logs.get_logger()
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [line["event"] for line in lines(capsys)] == ["c", "d"]


HOSTILE = "a\nb\r\x1b[2J\x85\u2028\u2029\u202eé\x00\udcff.csv"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_hostile_file_name_stays_on_one_line_and_steers_nothing(capsys, log_format):
    logs.configure(log_format)
    logs.get_logger().info("run_skipped", input=HOSTILE)
    text = capsys.readouterr().err
    assert len(text.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800-\udfff]", text)
    assert "é" in text


def test_a_field_of_the_line_itself_wins_over_a_bound_one(capsys):
    logs.configure("json")
    with logs.bound(code="outer"):
        logs.get_logger().info("run_failed", code="inner")
    assert lines(capsys)[0]["code"] == "inner"


def test_json_keeps_a_hostile_file_name_exactly(capsys):
    logs.configure("json")
    logs.get_logger().info("run_skipped", input=HOSTILE)
    assert lines(capsys)[0]["input"] == HOSTILE


def test_secrets_are_in_no_line_and_in_no_traceback(capsys):
    secrets.register("hunter2hunter2")
    logs.configure("json")
    log = logs.get_logger()
    try:
        int("hunter2hunter2")
    except ValueError:
        log.exception("internal_fault", url="postgresql://u:s3cretword@h/db", n=["hunter2hunter2"])
    text = capsys.readouterr().err
    assert "hunter2hunter2" not in text
    assert "s3cretword" not in text
    assert "ValueError" in text


def test_the_events_in_the_code_are_those_of_the_list():
    used = set()
    for path in PACKAGE.rglob("*.py"):
        for name in CALL.findall(path.read_text(encoding="utf-8")):
            assert name.startswith('"'), f"{path}: an event's name is a constant: {name}"
            used.add(name.strip('"'))
    assert used == set(logs.EVENTS), "csvflow/core/logs.py: EVENTS"
