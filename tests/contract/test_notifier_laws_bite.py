"""Every law of notifiers is broken by one made for it: no law can pass by saying nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from csvflow.contract import Notice, Notifier, RunError, Settings, UnreachableError
from csvflow.testing.notifiers import NotifierCase, NotifierLaws

SECRET = "hunter2-secret"


@dataclass
class Receiver:
    mood: str = "fine"
    got: list[str] = field(default_factory=list)


class BellSettings(Settings):
    pass


class Bell(Notifier[BellSettings]):
    """A good notifier; the broken ones below spoil one thing each."""

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(BellSettings())
        self.receiver = receiver

    def notify(self, notice: Notice) -> None:
        self.ring(notice)
        self.receiver.got.append(self.text(notice))

    def ring(self, notice: Notice) -> None:
        if self.receiver.mood == "refuses":
            raise RunError("notifier.refused", "the receiver said no")
        if self.receiver.mood != "fine":
            raise UnreachableError("notifier.unreachable", "the receiver is away")

    def text(self, notice: Notice) -> str:
        return notice.model_dump_json()


class RingsTwice(Bell):
    def notify(self, notice: Notice) -> None:
        super().notify(notice)
        super().notify(notice)


class SaysLittle(Bell):
    def text(self, notice: Notice) -> str:
        return f"a run ended: {notice.id}"


class NewIdEachTime(Bell):
    def text(self, notice: Notice) -> str:
        again = notice.model_copy(update={"id": f"{len(self.receiver.got)}"})
        return again.model_dump_json()


class RingsOnce(Bell):
    rung = False

    def notify(self, notice: Notice) -> None:
        if not self.rung:
            super().notify(notice)
        self.rung = True


class SwallowsNo(Bell):
    def ring(self, notice: Notice) -> None:
        if self.receiver.mood != "refuses":
            super().ring(notice)


class RaisesItsOwn(Bell):
    def ring(self, notice: Notice) -> None:
        if self.receiver.mood == "away":
            raise OSError("no route to receiver")
        super().ring(notice)


class WaitsForEver(Bell):
    def ring(self, notice: Notice) -> None:
        if self.receiver.mood == "mute":
            threading.Event().wait()
        super().ring(notice)


class SendsTheSecret(Bell):
    def text(self, notice: Notice) -> str:
        return f"{super().text(notice)} {SECRET}"


class RaisesTheSecret(Bell):
    def ring(self, notice: Notice) -> None:
        if self.receiver.mood != "fine":
            raise UnreachableError("notifier.unreachable", "it is away") from OSError(SECRET)


class ProbesAloud(Bell):
    def probe(self) -> tuple[str, ...]:
        self.receiver.got.append("a test")
        return ("sent a test",)


BROKEN: list[tuple[str, type[Bell]]] = [
    ("test_a_notice_is_delivered_once", RingsTwice),
    ("test_a_notice_tells_which_run_and_how_it_ended", SaysLittle),
    ("test_a_notice_sent_again_can_be_told_from_a_new_one", NewIdEachTime),
    ("test_one_instance_delivers_many", RingsOnce),
    ("test_a_receiver_that_says_no_is_an_error", SwallowsNo),
    ("test_a_receiver_that_is_not_there_is_unreachable", RaisesItsOwn),
    ("test_a_receiver_that_never_answers_is_given_up", WaitsForEver),
    ("test_no_secret_is_delivered", SendsTheSecret),
    ("test_a_probe_delivers_nothing", ProbesAloud),
    ("test_no_secret_is_in_what_is_raised", RaisesTheSecret),
]
LAWS = [name for name in vars(NotifierLaws) if name.startswith("test_")]


def case_of(plugin: type[Bell]) -> NotifierCase:
    receiver = Receiver()
    return NotifierCase(
        make=lambda: plugin(receiver),
        delivered=lambda: receiver.got,
        refused=lambda: plugin(Receiver("refuses")),
        unreachable=lambda: plugin(Receiver("away")),
        mute=lambda: plugin(Receiver("mute")),
        secrets=[SECRET],
        patience_secs=0.2 if plugin is WaitsForEver else 60.0,
    )


def test_every_law_has_a_notifier_that_breaks_it() -> None:
    assert [law for law, _ in BROKEN] == LAWS


@pytest.mark.parametrize("law", LAWS)
def test_a_good_notifier_keeps_the_law(law: str) -> None:
    getattr(NotifierLaws(), law)(case_of(Bell))


@pytest.mark.parametrize(("law", "broken"), BROKEN)
def test_a_broken_notifier_fails_the_law(law: str, broken: type[Bell]) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        getattr(NotifierLaws(), law)(case_of(broken))
