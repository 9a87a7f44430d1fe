"""Every notifier keeps every law. A new notifier adds its line to ``CASES``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.receiver import receiving

from csvflow.contract import Notifier
from csvflow.core import registry
from csvflow.testing.notifiers import NotifierCase, NotifierLaws


def notifier(name: str, **settings: Any) -> Callable[[], Notifier[Any]]:
    plugin = registry.load("notifier", name)
    return lambda: plugin(plugin.settings_type.model_validate(settings))


def webhook(stack: ExitStack, **settings: Any) -> NotifierCase:
    fine, unwilling, mute = (stack.enter_context(receiving()) for _ in range(3))
    unwilling.then = (403, {})
    mute.mute = threading.Event()
    path = "/hooks/t0ken-in-the-path?key=k3y-in-the-query"

    def to(url: str) -> Callable[[], Notifier[Any]]:
        return notifier("webhook", url=url, attempts=2, timeout=0.2, within=0.5, **settings)

    return NotifierCase(
        make=to(fine.url(path)),
        delivered=lambda: fine.texts,
        refused=to(unwilling.url(path)),
        unreachable=to(f"http://user:pa55word@127.0.0.1:1{path}"),
        mute=to(mute.url(path)),
        secrets=["t0ken-in-the-path", "k3y-in-the-query", "pa55word", "hmac-s3cret", "b3arer"],
    )


CASES: dict[str, Callable[[ExitStack], NotifierCase]] = {
    "webhook": webhook,
    "webhook-signed": lambda stack: webhook(
        stack, secret="hmac-s3cret", headers={"Authorization": "Bearer b3arer"}
    ),
}
"""``type`` or ``type-anything`` → the case. Every notifier in the registry must have one."""


def test_every_notifier_has_a_case() -> None:
    covered = {name.split("-")[0] for name in CASES}
    assert sorted(covered) == registry.names("notifier"), "add a line to tests/plugins/notifiers"


@pytest.mark.parametrize("name", CASES)
class TestNotifiers(NotifierLaws):
    @pytest.fixture
    def case(self, name: str) -> Iterator[NotifierCase]:
        with ExitStack() as stack:
            yield CASES[name](stack)
