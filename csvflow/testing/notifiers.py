"""The laws of a notifier as a test suite: subclass ``NotifierLaws`` and give it a ``case``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest

from csvflow.contract import CsvflowError, Notice, Notifier, UnreachableError

NOTICE = Notice(
    id="0123456789abcdef0123-1-succeeded",
    occasions=("succeeded", "rejected"),
    run_id="0123456789abcdef0123",
    pipeline="orders",
    uri="/landing/orders-07.csv",
    version="stat:10-1-1-1",
    attempt=1,
    outcome="succeeded",
    rows={"read": 4, "added": 0, "loaded": 3, "rejected": 1, "dropped": 0, "folded": 0},
    rejects_by_code={"row.type": 1},
    at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    duration_secs=0.5,
)
"""What the laws send."""


@dataclass(frozen=True, slots=True)
class NotifierCase:
    """One notifier and the receiver at its other end."""

    make: Callable[[], Notifier[Any]]
    """Returns a notifier whose receiver takes everything."""
    delivered: Callable[[], Sequence[str]]
    """The texts that its receiver got, in order."""
    refused: Callable[[], Notifier[Any]]
    """Returns one whose receiver says no."""
    unreachable: Callable[[], Notifier[Any]]
    """Returns one whose receiver isn't there."""
    mute: Callable[[], Notifier[Any]]
    """Returns one whose receiver takes the connection and never answers."""
    secrets: Sequence[str]
    """What is secret in the settings of all of them."""
    patience_secs: float = 60.0
    """Far beyond the time limit in the settings of ``mute``."""


class NotifierLaws:
    """Every law in ``csvflow.contract.Notifier``; each test is one of them."""

    @pytest.fixture
    def case(self) -> NotifierCase:
        """Return the case under test."""
        raise NotImplementedError("override the fixture `case`")

    def test_a_notice_is_delivered_once(self, case: NotifierCase) -> None:
        notify(case.make)
        assert len(case.delivered()) == 1

    def test_a_notice_tells_which_run_and_how_it_ended(self, case: NotifierCase) -> None:
        notify(case.make)
        text = "".join(case.delivered())
        for word in (NOTICE.run_id, NOTICE.pipeline, NOTICE.uri, NOTICE.outcome):
            assert word in text

    def test_a_notice_sent_again_can_be_told_from_a_new_one(self, case: NotifierCase) -> None:
        notify(case.make)
        notify(case.make)
        assert [NOTICE.id in text for text in case.delivered()] == [True, True]

    def test_one_instance_delivers_many(self, case: NotifierCase) -> None:
        with closing(case.make()) as notifier:
            for name in ("one", "two", "three"):
                notifier.notify(NOTICE.model_copy(update={"id": name, "run_id": f"run-{name}"}))
        found = [[f"run-{name}" in text for text in case.delivered()] for name in ("one", "three")]
        assert found == [[True, False, False], [False, False, True]]

    def test_a_receiver_that_says_no_is_an_error(self, case: NotifierCase) -> None:
        with pytest.raises(CsvflowError):
            notify(case.refused)

    def test_a_receiver_that_is_not_there_is_unreachable(self, case: NotifierCase) -> None:
        with pytest.raises(UnreachableError):
            notify(case.unreachable)

    def test_a_receiver_that_never_answers_is_given_up(self, case: NotifierCase) -> None:
        raised: list[BaseException] = []

        def deliver() -> None:
            try:
                notify(case.mute)
            except BaseException as error:  # noqa: BLE001 -- shown to the assertion below
                raised.append(error)

        worker = Thread(target=deliver, daemon=True)
        worker.start()
        worker.join(case.patience_secs)
        assert [isinstance(error, CsvflowError) for error in raised] == [True]

    def test_no_secret_is_delivered(self, case: NotifierCase) -> None:
        notify(case.make)
        for secret in case.secrets:
            assert secret not in "".join(case.delivered())

    def test_a_probe_delivers_nothing(self, case: NotifierCase) -> None:
        with closing(case.make()) as notifier:
            notifier.probe()
        assert list(case.delivered()) == []

    def test_no_secret_is_in_what_is_raised(self, case: NotifierCase) -> None:
        for make in (case.refused, case.unreachable, case.mute):
            with pytest.raises(CsvflowError) as caught:
                notify(make)
            seen: BaseException | None = caught.value
            while seen is not None:
                for secret in case.secrets:
                    assert secret not in f"{seen} {seen!r}"
                seen = seen.__cause__


def notify(make: Callable[[], Notifier[Any]]) -> None:
    """Send the notice of the laws through a new instance."""
    with closing(make()) as notifier:
        notifier.notify(NOTICE)
