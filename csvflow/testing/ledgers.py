"""The laws of a ledger as a test suite: subclass ``LedgerLaws`` and give it a ``case`` fixture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from csvflow.contract import Busy, Claim, Event, Finished, Ledger, Receipt, Run, Won
from csvflow.contract.ledger import State

REPORT: dict[str, Any] = {"outcome": "failed", "error": {"code": "sink.unreachable"}}
RECEIPT = Receipt(target="table orders", rows=3, folded=1, unmatched=2)
LONG = 600.0
ENDED = 0.0
"""A lease that has ended when it is given."""


@dataclass(frozen=True, slots=True)
class LedgerCase:
    """One ledger with one set of settings, that doesn't exist yet and is its own."""

    make: Callable[[], Ledger[Any]]
    """Returns a new instance with the same settings: another process, or the same after a crash."""
    exists: Callable[[], bool]
    """Whether anything of the ledger is stored."""


class LedgerLaws:
    """Every law in ``csvflow.contract.Ledger``; each test is one of them."""

    @pytest.fixture
    def case(self) -> LedgerCase:
        """Return the case under test."""
        raise NotImplementedError("override the fixture `case`")

    def test_a_first_claim_is_won_with_nothing_behind_it(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            before = datetime.now(UTC)
            claim = take(ledger, "a")
            assert isinstance(claim, Won)
            run = claim.run
            assert (run.id, run.pipeline, run.event) == (name("a"), "laws", event("a"))
            assert (run.attempt, run.token, run.generation) == (1, 1, 1)
            assert abs(run.started_at - before) < timedelta(minutes=5)
            assert dict(claim.receipts) == {}

    def test_of_simultaneous_claims_exactly_one_is_won(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            take(ledger, "warm-up")
        together = threading.Barrier(8)

        def race(number: int) -> list[Claim]:
            with opened(case) as own:
                together.wait()
                return [take(own, f"run-{i}", owner=f"worker-{number}") for i in range(10)]

        with ThreadPoolExecutor(8) as threads:
            claims = list(threads.map(race, range(8)))
        for of_one_run in zip(*claims, strict=True):
            assert sorted(type(claim).__name__ for claim in of_one_run) == ["Busy"] * 7 + ["Won"]

    def test_one_instance_serves_threads(self, case: LedgerCase) -> None:
        with opened(case) as ledger, ThreadPoolExecutor(8) as threads:
            claims = list(threads.map(lambda i: take(ledger, f"run-{i % 5}"), range(40)))
        assert sum(isinstance(claim, Won) for claim in claims) == 5

    def test_busy_names_the_holder_and_the_end_of_its_lease(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            take(ledger, "a", owner="first", lease_secs=LONG)
            claim = take(ledger, "a", owner="second")
            assert isinstance(claim, Busy)
            assert claim.owner == "first"
            left = claim.until - datetime.now(UTC)
            assert timedelta(minutes=5) < left <= timedelta(seconds=LONG)

    def test_force_does_not_take_from_a_living_holder(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            take(ledger, "a", owner="first")
            assert isinstance(take(ledger, "a", owner="second", force=True), Busy)

    def test_a_lease_that_ended_can_be_claimed_by_another(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            won(ledger, "a", owner="first", lease_secs=ENDED)
            run = won(ledger, "a", owner="second")
            assert (run.attempt, run.token, run.generation) == (2, 2, 1)

    def test_a_dead_owners_lease_is_void_at_once(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            won(ledger, "a", owner="first")
            assert isinstance(take(ledger, "a", owner="second", dead=["someone else"]), Busy)
            assert won(ledger, "a", owner="second", dead=["first"]).attempt == 2

    def test_renew_prolongs_the_lease(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            run = won(ledger, "a", lease_secs=ENDED)
            assert ledger.renew(run, LONG) is True
            assert isinstance(take(ledger, "a", owner="second"), Busy)

    def test_a_token_grows_with_every_claim(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            tokens = []
            for end in ("lapse", "failed", "release", "succeeded", "force"):
                run = won(ledger, "a", force=end == "force", lease_secs=ENDED)
                tokens.append(run.token)
                if end == "failed":
                    finish(ledger, run, "failed")
                elif end == "release":
                    ledger.release(run)
                elif end == "succeeded":
                    finish(ledger, run, "succeeded")
            assert tokens == sorted(set(tokens))

    def test_a_lost_claim_changes_nothing(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            late = won(ledger, "a", owner="first", lease_secs=ENDED)
            run = won(ledger, "a", owner="second", lease_secs=ENDED)
            assert ledger.renew(late, LONG) is False
            assert ledger.record(late, "sinks[0]", RECEIPT) is False
            assert finish(ledger, late, "succeeded") is False
            assert ledger.release(late) is False
            (record,) = ledger.find(name("a"))
            assert (record.state, record.owner, record.token) == ("claimed", "second", run.token)
            assert record.report is None
            claim = take(ledger, "a", owner="third")
            assert isinstance(claim, Won), "the late renewal must not have prolonged the lease"
            assert dict(claim.receipts) == {}

    def test_a_finished_run_takes_no_more_changes(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            run = won(ledger, "a")
            assert finish(ledger, run, "succeeded") is True
            assert ledger.renew(run, LONG) is False
            assert ledger.record(run, "sinks[0]", RECEIPT) is False
            assert finish(ledger, run, "failed") is False
            assert ledger.release(run) is False
            (record,) = ledger.find(name("a"))
            assert record.state == "succeeded"

    @pytest.mark.parametrize("state", ["succeeded", "skipped", "dead_lettered", "undone"])
    def test_an_end_is_an_end_unless_forced(self, case: LedgerCase, state: State) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a"), state)
            assert take(ledger, "a") == Finished(state, name("a"))
            assert take(ledger, "a", digest="changed") == Finished(state, name("a"))
            run = won(ledger, "a", force=True)
            assert (run.attempt, run.generation) == (2, 2)

    def test_failed_and_released_go_on_as_the_next_attempt(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a"), "failed")
            second = won(ledger, "a")
            assert ledger.release(second) is True
            (record,) = ledger.find(name("a"))
            assert (record.state, record.owner, record.lease_until) == ("released", None, None)
            third = won(ledger, "a")
            assert (second.attempt, third.attempt) == (2, 3)
            assert (second.generation, third.generation) == (1, 1)

    def test_receipts_stay_with_their_generation(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            first = won(ledger, "a")
            assert ledger.record(first, "sinks[0]", RECEIPT) is True
            finish(ledger, first, "failed")
            again = take(ledger, "a")
            assert isinstance(again, Won)
            assert dict(again.receipts) == {"sinks[0]": RECEIPT}
            assert again.run.generation == 1
            finish(ledger, again.run, "failed")
            forced = take(ledger, "a", force=True)
            assert isinstance(forced, Won)
            assert dict(forced.receipts) == {}
            assert forced.run.generation == 2

    def test_a_generation_knows_which_sinks_it_replaces(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            unloaded = take(ledger, "a", force=True)
            assert isinstance(unloaded, Won)
            finish(ledger, unloaded.run, "failed")
            first = take(ledger, "a", force=True)
            assert isinstance(first, Won)
            assert (unloaded.replaces, first.replaces) == (frozenset(), frozenset())
            ledger.record(first.run, "sinks[1]", RECEIPT)
            finish(ledger, first.run, "failed")
            again = take(ledger, "a")
            assert isinstance(again, Won)
            assert again.replaces == frozenset()
            finish(ledger, again.run, "failed")
            forced = take(ledger, "a", force=True)
            assert isinstance(forced, Won)
            assert forced.replaces == {"sinks[1]"}

    def test_a_changed_digest_after_receipts_is_the_next_generation(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            first = won(ledger, "a", digest="one")
            ledger.record(first, "sinks[0]", RECEIPT)
            finish(ledger, first, "failed")
            changed = take(ledger, "a", digest="two")
            assert isinstance(changed, Won)
            assert (changed.run.generation, dict(changed.receipts)) == (2, {})

    def test_a_changed_digest_without_receipts_is_the_same_generation(
        self, case: LedgerCase
    ) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a", digest="one"), "failed")
            assert won(ledger, "a", digest="two").generation == 1

    def test_started_at_stays_that_of_the_first_claim(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            first = won(ledger, "a")
            finish(ledger, first, "failed")
            assert won(ledger, "a").started_at == first.started_at
        with opened(case) as reopened:
            (record,) = reopened.find(name("a"))
            assert record.started_at == first.started_at

    def test_failures_count_failed_attempts_only(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a"), "failed")
            ledger.release(won(ledger, "a"))
            won(ledger, "a", lease_secs=ENDED)
            finish(ledger, won(ledger, "a"), "failed")
            assert failures(ledger) == 2
            finish(ledger, won(ledger, "a", digest="changed"), "failed")
            assert failures(ledger) == 1
            finish(ledger, won(ledger, "a", digest="changed", force=True), "failed")
            assert failures(ledger) == 1
            finish(ledger, won(ledger, "a", digest="changed"), "succeeded")
            assert failures(ledger) == 0

    def test_a_record_tells_how_the_last_attempt_stands(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            run = won(ledger, "a", owner="me", digest="d1")
            ledger.finish(run, "failed", REPORT, content_hash="blake3:aa", transient=True)
            (record,) = ledger.find(name("a"))
            assert (record.run_id, record.pipeline) == (name("a"), "laws")
            assert (record.uri, record.version) == ("/landing/a.csv", "v1")
            assert (record.state, record.transient, record.failures) == ("failed", True, 1)
            assert (record.attempt, record.generation, record.token) == (1, 1, 1)
            assert (record.owner, record.lease_until, record.digest) == ("me", None, "d1")
            assert (record.content_hash, record.report) == ("blake3:aa", REPORT)
            assert record.ended_at is not None
            assert record.started_at == record.attempted_at <= record.ended_at

    def test_owners_are_those_of_leases_that_stand(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            won(ledger, "a", owner="holds")
            won(ledger, "b", owner="lapsed", lease_secs=ENDED)
            finish(ledger, won(ledger, "c", owner="ended"), "succeeded")
            ledger.release(won(ledger, "d", owner="gave back"))
            won(ledger, "e", owner="holds")
            assert list(ledger.owners()) == ["holds"]

    def test_known_answers_for_thousands_at_once(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a"), "succeeded")
            won(ledger, "b")
            won(ledger, "elsewhere", pipeline="other")
            asked = [name(f"new-{i}") for i in range(5000)]
            found = ledger.known("laws", [*asked, name("a"), name("b"), name("elsewhere")])
            states = {key: record.state for key, record in found.items()}
            assert states == {name("a"): "succeeded", name("b"): "claimed"}
            assert [record.report for record in found.values()] == [None, None]
            assert dict(ledger.known("laws", [])) == {}

    def test_the_newest_load_of_a_name_counts(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            for version, content in (("v1", "A"), ("v2", "B")):
                load(ledger, version, content)
            newest = ledger.newest_load("laws", "/landing/a.csv")
            assert newest is not None
            assert (newest.version, newest.content_hash, newest.report) == ("v2", "B", None)
            load(ledger, "v3", "C", state="skipped")
            load(ledger, "v4", "D", state="failed")
            assert ledger.newest_load("laws", "/landing/a.csv") == newest
            assert ledger.newest_load("laws", "/landing/b.csv") is None
            assert ledger.newest_load("other", "/landing/a.csv") is None

    def test_a_load_stays_known_while_a_later_attempt_fails(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            load(ledger, "v1", "A")
            again = won(ledger, "a", force=True)
            found = ledger.newest_load("laws", "/landing/a.csv")
            assert found is not None
            finish(ledger, again, "failed")
            found = ledger.newest_load("laws", "/landing/a.csv")
            assert found is not None
            assert found.content_hash == "A"

    def test_what_was_undone_is_loaded_no_more(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            load(ledger, "v1", "A")
            finish(ledger, won(ledger, "a", force=True), "undone")
            assert ledger.newest_load("laws", "/landing/a.csv") is None
            assert ledger.load_of("laws", "A") is None

    def test_a_content_is_found_under_any_name(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            load(ledger, "v1", "A")
            load(ledger, "v1", "B", of="b")
            found = ledger.load_of("laws", "A")
            assert found is not None
            assert (found.run_id, found.report) == (name("a"), None)
            assert ledger.load_of("laws", "C") is None
            assert ledger.load_of("other", "A") is None

    def test_a_notice_is_due_until_it_went_out(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            for key in ("a", "b", "quiet"):
                run = won(ledger, key, owner=f"owner-{key}")
                due = key != "quiet"
                ledger.finish(run, "succeeded", REPORT, content_hash=None, notice_due=due)
            due_now = ledger.unnoticed("laws")
            assert [record.run_id for record in due_now] == [name("a"), name("b")]
            assert [record.owner for record in due_now] == ["owner-a", "owner-b"]
            assert [record.report for record in due_now] == [REPORT, REPORT]
            assert list(ledger.unnoticed("other")) == []
            ledger.noticed(name("a"))
            ledger.noticed(name("a"))
            assert [record.run_id for record in ledger.unnoticed("laws")] == [name("b")]

    def test_runs_come_the_last_attempted_first(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            for key in ("a", "b", "c"):
                finish(ledger, won(ledger, key), "failed")
            finish(ledger, won(ledger, "a"), "succeeded")
            won(ledger, "d", pipeline="other")
            order = [record.run_id for record in ledger.runs()]
            assert order == [name("d"), name("a"), name("c"), name("b")]
            assert [r.run_id for r in ledger.runs(limit=2)] == [name("d"), name("a")]
            assert [r.run_id for r in ledger.runs(pipeline="other")] == [name("d")]
            failed = ledger.runs(pipeline="laws", state="failed")
            assert [(r.run_id, r.report) for r in failed] == [
                (name("c"), REPORT),
                (name("b"), REPORT),
            ]

    def test_a_run_is_found_by_the_beginning_of_its_id(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            won(ledger, "a")
            won(ledger, "b")
            for prefix in (name("a"), name("a")[:3]):
                assert [record.run_id for record in ledger.find(prefix)] == [name("a")]
            assert sorted(r.run_id for r in ledger.find("6")) == [name("a"), name("b")]
            assert list(ledger.find("f%_*")) == []

    def test_every_attempt_is_in_the_history(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            finish(ledger, won(ledger, "a"), "failed")
            ledger.release(won(ledger, "a"))
            ledger.finish(
                won(ledger, "a", force=True), "succeeded", {"error": None}, content_hash=None
            )
            told = ledger.attempts(name("a"))
            assert [(t["attempt"], t["generation"], t["state"], t["error"]) for t in told] == [
                (1, 1, "failed", {"code": "sink.unreachable"}),
                (2, 1, "released", None),
                (3, 2, "succeeded", None),
            ]
            assert all(t["started_at"] and t["ended_at"] for t in told)

    def test_everything_is_there_after_a_restart(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            run = won(ledger, "a")
            ledger.record(run, "sinks[0]", RECEIPT)
        with opened(case) as reopened:
            assert isinstance(take(reopened, "a", owner="second"), Busy)
            assert finish(reopened, run, "failed") is True
            claim = take(reopened, "a")
            assert isinstance(claim, Won)
            assert dict(claim.receipts) == {"sinks[0]": RECEIPT}

    def test_a_probe_changes_nothing(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            ledger.probe()
        assert case.exists() is False
        with opened(case) as ledger:
            take(ledger, "a")
            before = list(ledger.runs())
            ledger.probe()
            assert list(ledger.runs()) == before

    def test_asking_makes_no_ledger(self, case: LedgerCase) -> None:
        with opened(case) as ledger:
            assert list(ledger.runs()) == []
            assert list(ledger.owners()) == []
            assert list(ledger.find("")) == []
            assert list(ledger.attempts(name("a"))) == []
            assert list(ledger.unnoticed("laws")) == []
            assert dict(ledger.known("laws", [name("a")])) == {}
            assert ledger.newest_load("laws", "/landing/a.csv") is None
            assert ledger.load_of("laws", "A") is None
        assert case.exists() is False


@contextmanager
def opened(case: LedgerCase) -> Iterator[Ledger[Any]]:
    """Give an instance of its own, and close it."""
    ledger = case.make()
    try:
        yield ledger
    finally:
        ledger.close()


def name(key: str) -> str:
    """Return the run id of the input of that name."""
    return (key.encode().hex() + "0" * 20)[:20]


def event(key: str, version: str = "v1") -> Event:
    """Return the event of the input of that name."""
    return Event(uri=f"/landing/{key}.csv", version=version, size=10, captures={"p": "q"})


def take(
    ledger: Ledger[Any],
    key: str,
    *,
    run_id: str | None = None,
    version: str = "v1",
    pipeline: str = "laws",
    digest: str = "d",
    owner: str = "me",
    lease_secs: float = LONG,
    force: bool = False,
    dead: Iterable[str] = (),
) -> Claim:
    """Claim the run of the input of that name."""
    return ledger.claim(
        run_id or name(key),
        pipeline,
        event(key, version),
        digest=digest,
        owner=owner,
        lease_secs=lease_secs,
        force=force,
        dead=dead,
    )


def won(ledger: Ledger[Any], key: str, **how: Any) -> Run:
    """Claim the run, and expect to win it."""
    claim = take(ledger, key, **how)
    assert isinstance(claim, Won), claim
    return claim.run


def finish(ledger: Ledger[Any], run: Run, state: State) -> bool:
    """End the attempt."""
    return ledger.finish(run, state, REPORT, content_hash=None)


def load(
    ledger: Ledger[Any], version: str, content: str, *, of: str = "a", state: State = "succeeded"
) -> None:
    """Take one version of an input to an end."""
    key = name(of) if version == "v1" else name(of + version)
    run = won(ledger, of, run_id=key, version=version)
    ledger.finish(run, state, REPORT, content_hash=content)


def failures(ledger: Ledger[Any]) -> int:
    """Return the failures in a row that the record tells."""
    (record,) = ledger.find(name("a"))
    return record.failures
