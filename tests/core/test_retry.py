"""When an input is tried again, and after what pause."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from csvflow.contract import RunRecord
from csvflow.core.retry import failures, is_due, pause_secs


@dataclass(frozen=True)
class Backoff:
    backoff_min_secs: float = 1.0
    backoff_max_secs: float = 60.0
    jitter: str = "full"


AT = datetime(2026, 11, 23, tzinfo=UTC)
EARLIER, LATER = AT - timedelta(seconds=1), AT + timedelta(seconds=1)


def record(state, *, transient=False, failures=0, digest="d"):
    at = AT
    return RunRecord(
        run_id="0" * 20,
        pipeline="orders",
        uri="/in/a.csv",
        version="v1",
        content_hash=None,
        state=state,
        attempt=9,
        generation=1,
        token=9,
        owner=None,
        lease_until=None,
        digest=digest,
        transient=transient,
        failures=failures,
        started_at=at,
        attempted_at=at,
        ended_at=at,
        report=None,
    )


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (None, True),
        (record("claimed"), True),
        (record("released"), True),
        (record("succeeded"), False),
        (record("skipped"), False),
        (record("dead_lettered"), False),
        (record("undone"), False),
        (record("failed"), False),
        (record("failed", transient=True, failures=4), True),
        (record("failed", transient=True, failures=5), False),
        (record("failed", failures=5, digest="older"), True),
        (record("succeeded", digest="older"), False),
    ],
)
def test_what_ended_is_tried_again_only_where_it_may_help(known, due):
    assert is_due(known, digest="d", attempts=5, since=EARLIER) is due


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (record("failed", transient=True, failures=5), True),
        (record("failed", transient=True, failures=500), True),
        (record("failed", failures=5), False),
        (record("succeeded"), False),
        (record("dead_lettered"), False),
    ],
)
def test_a_new_round_tries_again_what_may_pass_and_nothing_else(known, due):
    assert is_due(known, digest="d", attempts=5, since=LATER) is due


def test_failures_are_those_of_the_round_and_of_this_pipeline():
    known = record("failed", transient=True, failures=4)
    assert failures(known, digest="d", since=EARLIER) == 4
    assert failures(known, digest="d", since=LATER) == 0
    assert failures(known, digest="newer", since=EARLIER) == 0
    assert failures(None, digest="d", since=EARLIER) == 0


def test_pauses_double_up_to_the_longest():
    backoff = Backoff(jitter="none")
    pauses = [pause_secs(backoff, failures) for failures in (1, 2, 3, 6, 7, 8, 10_000)]
    assert pauses == [1, 2, 4, 32, 60, 60, 60]


def test_full_jitter_takes_anything_up_to_the_bound():
    chance = random.Random(1)
    pauses = [pause_secs(Backoff(), 4, chance=chance) for _ in range(2000)]
    assert 0 <= min(pauses) < 0.1
    assert 7.9 < max(pauses) <= 8
    assert 3.7 < sum(pauses) / 2000 < 4.3
