"""Whatever the order of claims, lapses and ends: tokens fence, and an end happens once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from plugins.ledgers.cases import CASES

from csvflow.contract import Busy, Finished, Receipt, Won
from csvflow.testing.ledgers import REPORT, name, take

OWNERS = st.sampled_from(["one", "two", "three"])
ENDS = st.sampled_from(["succeeded", "skipped", "failed", "dead_lettered", "undone"])
DIGESTS = st.sampled_from(["d1", "d2"])


class Claims(RuleBasedStateMachine):
    """One run, several workers; any earlier claim may still be acted on at any time."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = CASES["sqlite"](Path(self.folder.name)).make()
        self.runs = []
        self.holder = None
        self.lapsed = False
        self.state = None
        self.digest = None
        self.receipts = {}
        self.failures = 0
        self.generation = 1

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()

    @rule(owner=OWNERS, digest=DIGESTS, force=st.booleans(), lapses=st.booleans())
    def claim(self, owner, digest, force, lapses):
        lease = 0.0 if lapses else 600.0
        claim = take(self.ledger, "a", owner=owner, digest=digest, force=force, lease_secs=lease)
        if self.holder is not None and not self.lapsed:
            assert isinstance(claim, Busy)
            return
        if self.state in {"succeeded", "skipped", "dead_lettered", "undone"} and not force:
            assert claim == Finished(self.state, name("a"))
            return
        assert isinstance(claim, Won)
        changed = self.digest is not None and self.digest != digest
        if self.runs and (force or (changed and self.receipts)):
            self.generation += 1
            self.receipts = {}
        if force or changed:
            self.failures = 0
        assert claim.run.generation == self.generation
        assert dict(claim.receipts) == self.receipts
        assert claim.run.attempt == len(self.runs) + 1
        assert all(claim.run.token > earlier.token for earlier in self.runs)
        assert all(claim.run.started_at == earlier.started_at for earlier in self.runs)
        self.runs.append(claim.run)
        self.holder, self.lapsed, self.state = claim.run, lapses, "claimed"
        self.digest = digest

    def chosen(self, data):
        return data.draw(st.sampled_from(self.runs)) if self.runs else None

    @rule(data=st.data())
    def renew(self, data):
        run = self.chosen(data)
        if run is not None:
            assert self.ledger.renew(run, 600.0) is (run == self.holder)
            self.lapsed = self.lapsed and run != self.holder

    @rule(data=st.data(), rows=st.integers(0, 9))
    def record(self, data, rows):
        run = self.chosen(data)
        if run is not None:
            receipt = Receipt(target="t", rows=rows)
            assert self.ledger.record(run, "sinks[0]", receipt) is (run == self.holder)
            if run == self.holder:
                self.receipts = {"sinks[0]": receipt}

    @rule(data=st.data(), state=ENDS)
    def finish(self, data, state):
        run = self.chosen(data)
        if run is not None:
            done = self.ledger.finish(run, state, REPORT, content_hash=None)
            assert done is (run == self.holder)
            if done:
                self.failures = self.failures + 1 if state == "failed" else 0
                self.holder, self.state = None, state

    @rule(data=st.data())
    def release(self, data):
        run = self.chosen(data)
        if run is not None:
            assert self.ledger.release(run) is (run == self.holder)
            if run == self.holder:
                self.holder, self.state = None, "released"

    @invariant()
    def the_record_is_what_happened(self):
        known = self.ledger.known("laws", [name("a")])
        if not self.runs:
            assert known == {}
            return
        record = known[name("a")]
        last = self.runs[-1]
        assert (record.state, record.failures) == (self.state, self.failures)
        assert (record.attempt, record.token) == (last.attempt, last.token)
        assert len(self.ledger.attempts(name("a"))) == len(self.runs)


TestClaims = Claims.TestCase
TestClaims.settings = settings(
    derandomize=True, deadline=None, max_examples=25, stateful_step_count=20
)
