"""Every law of ledgers is broken by a ledger made for it: no law can pass by saying nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from csvflow.contract import Busy, Finished, RunRecord, Won
from csvflow.plugins.ledgers.sqlite import SqliteLedger, SqliteSettings
from csvflow.testing.ledgers import LedgerCase, LedgerLaws


class Ledger(SqliteLedger):
    """Keeps every law; each of the others breaks some."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteSettings(path=str(path)))

    def record_of(self, run_id: str) -> RunRecord | None:
        return next(iter(super().find(run_id)), None)

    def set(self, change: str, *values: Any) -> None:
        with self._file.change() as db:
            db.execute(f"UPDATE runs SET {change}", values)


class StartsAtZero(Ledger):
    def claim(self, run_id, *args, **how):
        claim = super().claim(run_id, *args, **how)
        if isinstance(claim, Won) and claim.run.attempt == 1:
            return Won(claim.run.model_copy(update={"generation": 0}), claim.receipts)
        return claim


class TakesFromTheLiving(Ledger):
    def claim(self, run_id, *args, dead=(), **how):
        known = self.record_of(run_id)
        dead = [*dead, known.owner] if known and known.owner else dead
        return super().claim(run_id, *args, dead=dead, **how)


class TakesFromTheLivingByForce(Ledger):
    def claim(self, run_id, *args, dead=(), force=False, **how):
        known = self.record_of(run_id)
        dead = [*dead, known.owner] if force and known and known.owner else dead
        return super().claim(run_id, *args, dead=dead, force=force, **how)


class ServesOneThread(Ledger):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.thread: int | None = None

    def claim(self, run_id, *args, **how):
        self.thread = self.thread or get_ident()
        if self.thread != get_ident():
            raise RuntimeError("made in another thread")
        return super().claim(run_id, *args, **how)


class NamesTheAsker(Ledger):
    def claim(self, run_id, *args, owner, **how):
        claim = super().claim(run_id, *args, owner=owner, **how)
        return replace(claim, owner=owner) if isinstance(claim, Busy) else claim


class LeasesForEver(Ledger):
    def claim(self, run_id, *args, lease_secs, **how):
        return super().claim(run_id, *args, lease_secs=max(lease_secs, 300.1), **how)


class TrustsTheDead(Ledger):
    def claim(self, run_id, *args, dead=(), **how):
        return super().claim(run_id, *args, dead=(), **how)


class RenewsInWordsOnly(Ledger):
    def renew(self, run, lease_secs):
        known = self.record_of(run.id)
        return known is not None and (known.state, known.token) == ("claimed", run.token)


class KeepsTheToken(Ledger):
    def claim(self, run_id, *args, **how):
        claim = super().claim(run_id, *args, **how)
        if isinstance(claim, Won):
            self.set("token = 1")
            return Won(claim.run.model_copy(update={"token": 1}), claim.receipts)
        return claim


class DoesNotFence(Ledger):
    def present(self, run):
        known = self.record_of(run.id)
        held = known is not None and known.state == "claimed"
        return run.model_copy(update={"token": known.token}) if held else run

    def renew(self, run, lease_secs):
        return super().renew(self.present(run), lease_secs)

    def record(self, run, sink, receipt):
        return super().record(self.present(run), sink, receipt)

    def finish(self, run, *args, **how):
        return super().finish(self.present(run), *args, **how)

    def release(self, run):
        return super().release(self.present(run))


class EndsAgain(Ledger):
    def finish(self, run, *args, **how):
        self.set("state = 'claimed' WHERE run_id = ? AND token = ?", run.id, run.token)
        return super().finish(run, *args, **how)


class NothingIsFinal(Ledger):
    def claim(self, run_id, *args, force=False, **how):
        claim = super().claim(run_id, *args, force=force, **how)
        if isinstance(claim, Finished):
            return super().claim(run_id, *args, force=True, **how)
        return claim


class AChangeReopens(Ledger):
    def claim(self, run_id, *args, digest, force=False, **how):
        known = self.record_of(run_id)
        changed = known is not None and known.digest != digest
        return super().claim(run_id, *args, digest=digest, force=force or changed, **how)


class ReleasesUncounted(Ledger):
    def release(self, run):
        with self._file.change() as db:
            db.execute("DELETE FROM attempts WHERE attempt = ?", (run.attempt,))
        done = super().release(run)
        if done:
            self.set("attempt = attempt - 1 WHERE run_id = ?", run.id)
        return done


class ForgetsReceipts(Ledger):
    def claim(self, run_id, *args, **how):
        claim = super().claim(run_id, *args, **how)
        return replace(claim, receipts={}) if isinstance(claim, Won) else claim


class ReplacesAnything(Ledger):
    def claim(self, run_id, *args, **how):
        claim = super().claim(run_id, *args, **how)
        anything = frozenset({"sinks[0]", "sinks[1]"})
        return replace(claim, replaces=anything) if isinstance(claim, Won) else claim


class KeepsTheGeneration(Ledger):
    def claim(self, run_id, *args, digest, **how):
        known = self.record_of(run_id)
        if known is not None and known.state == "failed":
            self.set("digest = ?", digest)
        return super().claim(run_id, *args, digest=digest, **how)


class AChangeIsAGeneration(Ledger):
    def claim(self, run_id, *args, digest, force=False, **how):
        known = self.record_of(run_id)
        changed = known is not None and known.digest != digest and known.state == "failed"
        return super().claim(run_id, *args, digest=digest, force=force or changed, **how)


class StartsAnew(Ledger):
    def claim(self, run_id, *args, **how):
        self.set("started_at = started_at + 1 WHERE run_id = ?", run_id)
        return super().claim(run_id, *args, **how)


class CountsReleases(Ledger):
    def release(self, run):
        done = super().release(run)
        if done:
            self.set("failures = failures + 1")
        return done


class ForgetsTheEnd(Ledger):
    def find(self, prefix):
        return [record.model_copy(update={"ended_at": None}) for record in super().find(prefix)]


class OwnersForEver(Ledger):
    def owners(self):
        return sorted({record.owner for record in self.runs(limit=99) if record.owner})


class KnowsAHundred(Ledger):
    def known(self, pipeline, run_ids):
        return super().known(pipeline, run_ids[:100])


class AnyEndIsALoad(Ledger):
    def finish(self, run, state, report, *, content_hash, **how):
        done = super().finish(run, state, report, content_hash=content_hash, **how)
        if done and state == "skipped":
            self.set("loaded_hash = ?, loaded_order = 99 WHERE run_id = ?", content_hash, run.id)
        return done


class ForgetsLoadsOnClaim(Ledger):
    def claim(self, run_id, *args, **how):
        self.set("loaded_hash = NULL, loaded_order = NULL WHERE run_id = ?", run_id)
        return super().claim(run_id, *args, **how)


class NeverUndoes(Ledger):
    def finish(self, run, state, report, *, content_hash, **how):
        kept = super().newest_load(run.pipeline, run.event.uri)
        done = super().finish(run, state, report, content_hash=content_hash, **how)
        if state == "undone" and kept is not None:
            self.set("loaded_hash = ?, loaded_order = 1", kept.content_hash)
        return done


class FindsContentByNameOnly(Ledger):
    def load_of(self, pipeline, content_hash):
        return None


class ForgetsNotices(Ledger):
    def finish(self, run, state, report, *, notice_due=False, **how):
        return super().finish(run, state, report, notice_due=False, **how)


class FirstComesFirst(Ledger):
    def runs(self, **how):
        return list(reversed(super().runs(**how)))


class FindsPatterns(Ledger):
    def find(self, prefix):
        return super().find("") if "%" in prefix else super().find(prefix)


class KeepsNoHistory(Ledger):
    def attempts(self, run_id):
        return super().attempts(run_id)[-1:]


class Forgets(Ledger):
    """Keeps its book in memory: a new instance begins with nothing."""

    def close(self) -> None:
        with self._file.change() as db:
            for table in ("runs", "attempts", "receipts"):
                db.execute(f"DELETE FROM {table}")
        super().close()


class MakesItselfByAsking(Ledger):
    def runs(self, **how):
        with self._file.change():
            pass
        return super().runs(**how)


class MakesItselfByProbing(Ledger):
    def probe(self):
        with self._file.change():
            return ("made it",)


class LooksFromFarAway(Ledger):
    """Tells when a lease ends by a clock of its own."""

    def claim(self, run_id, *args, **how):
        claim = super().claim(run_id, *args, **how)
        if isinstance(claim, Busy):
            return replace(claim, until=datetime.now(UTC) + timedelta(days=1))
        return claim


BROKEN: dict[type[Ledger], set[str]] = {
    StartsAtZero: {
        "a_changed_digest_after_receipts_is_the_next_generation",
        "a_first_claim_is_won_with_nothing_behind_it",
        "everything_is_there_after_a_restart",
        "receipts_stay_with_their_generation",
    },
    TakesFromTheLiving: {
        "a_dead_owners_lease_is_void_at_once",
        "busy_names_the_holder_and_the_end_of_its_lease",
        "everything_is_there_after_a_restart",
        "force_does_not_take_from_a_living_holder",
        "of_simultaneous_claims_exactly_one_is_won",
        "one_instance_serves_threads",
        "renew_prolongs_the_lease",
    },
    TakesFromTheLivingByForce: {
        "force_does_not_take_from_a_living_holder",
    },
    ServesOneThread: {
        "one_instance_serves_threads",
    },
    NamesTheAsker: {
        "busy_names_the_holder_and_the_end_of_its_lease",
    },
    LeasesForEver: {
        "a_lease_that_ended_can_be_claimed_by_another",
        "a_lost_claim_changes_nothing",
        "a_token_grows_with_every_claim",
        "failures_count_failed_attempts_only",
        "owners_are_those_of_leases_that_stand",
    },
    TrustsTheDead: {
        "a_dead_owners_lease_is_void_at_once",
    },
    RenewsInWordsOnly: {
        "renew_prolongs_the_lease",
    },
    KeepsTheToken: {
        "a_lease_that_ended_can_be_claimed_by_another",
        "a_lost_claim_changes_nothing",
        "a_token_grows_with_every_claim",
    },
    DoesNotFence: {
        "a_lost_claim_changes_nothing",
    },
    EndsAgain: {
        "a_finished_run_takes_no_more_changes",
    },
    NothingIsFinal: {
        "an_end_is_an_end_unless_forced",
    },
    AChangeReopens: {
        "a_changed_digest_without_receipts_is_the_same_generation",
        "an_end_is_an_end_unless_forced",
    },
    ReleasesUncounted: {
        "every_attempt_is_in_the_history",
        "failed_and_released_go_on_as_the_next_attempt",
    },
    ForgetsReceipts: {
        "everything_is_there_after_a_restart",
        "receipts_stay_with_their_generation",
    },
    ReplacesAnything: {
        "a_generation_knows_which_sinks_it_replaces",
    },
    KeepsTheGeneration: {
        "a_changed_digest_after_receipts_is_the_next_generation",
        "failures_count_failed_attempts_only",
    },
    AChangeIsAGeneration: {
        "a_changed_digest_without_receipts_is_the_same_generation",
    },
    StartsAnew: {
        "started_at_stays_that_of_the_first_claim",
    },
    CountsReleases: {
        "failures_count_failed_attempts_only",
    },
    ForgetsTheEnd: {
        "a_record_tells_how_the_last_attempt_stands",
    },
    OwnersForEver: {
        "owners_are_those_of_leases_that_stand",
    },
    KnowsAHundred: {
        "known_answers_for_thousands_at_once",
    },
    AnyEndIsALoad: {
        "the_newest_load_of_a_name_counts",
    },
    ForgetsLoadsOnClaim: {
        "a_load_stays_known_while_a_later_attempt_fails",
    },
    NeverUndoes: {
        "what_was_undone_is_loaded_no_more",
    },
    FindsContentByNameOnly: {
        "a_content_is_found_under_any_name",
    },
    ForgetsNotices: {
        "a_notice_is_due_until_it_went_out",
    },
    FirstComesFirst: {
        "runs_come_the_last_attempted_first",
    },
    FindsPatterns: {
        "a_run_is_found_by_the_beginning_of_its_id",
    },
    KeepsNoHistory: {
        "every_attempt_is_in_the_history",
    },
    Forgets: {"everything_is_there_after_a_restart"},
    MakesItselfByAsking: {
        "asking_makes_no_ledger",
    },
    MakesItselfByProbing: {
        "a_probe_changes_nothing",
    },
    LooksFromFarAway: {
        "busy_names_the_holder_and_the_end_of_its_lease",
    },
}
"""Each with all the laws that it breaks."""


LAWS = {
    name.removeprefix("test_"): law
    for name, law in inspect.getmembers(LedgerLaws, inspect.isfunction)
    if name.startswith("test_")
}


def keeps(law: str, kind: type[Ledger], folder: Path) -> bool:
    """Tell whether a ledger of that kind keeps the law, in each of its cases."""
    for number, arguments in enumerate(variants(LAWS[law])):
        path = folder / str(number) / "ledger.db"
        case = LedgerCase(make=lambda path=path: kind(path), exists=path.exists)
        try:
            LAWS[law](LedgerLaws(), case, **arguments)
        except (AssertionError, RuntimeError):
            return False
    return True


def variants(law: Callable[..., None]) -> list[dict[str, Any]]:
    """Return the arguments of each case of a law, besides the ledger's."""
    for mark in getattr(law, "pytestmark", []):
        name, values = mark.args
        return [{name: value} for value in values]
    return [{}]


@pytest.mark.parametrize("law", sorted(LAWS))
def test_the_ledger_that_the_broken_ones_are_made_of_keeps(law, tmp_path):
    assert keeps(law, Ledger, tmp_path)


@pytest.mark.parametrize(
    ("law", "kind"),
    [(law, kind) for kind, laws in BROKEN.items() for law in sorted(laws)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_broken_ledger_fails(law, kind, tmp_path):
    assert not keeps(law, kind, tmp_path)


def test_every_law_is_broken_by_some_ledger():
    assert set().union(*BROKEN.values()) == set(LAWS)
