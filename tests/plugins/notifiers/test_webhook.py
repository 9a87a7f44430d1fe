"""What a webhook's receiver sees."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from support.receiver import Receiver, receiving

from csvflow.contract import ConfigError, RunError, UnreachableError
from csvflow.kit import http
from csvflow.plugins.notifiers.webhook import WebhookNotifier, WebhookSettings
from csvflow.testing.notifiers import NOTICE


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def send(url: str, **settings: object) -> None:
    WebhookNotifier(WebhookSettings.model_validate({"url": url, **settings})).notify(NOTICE)


def test_a_notice_is_a_cloudevent_in_structured_mode(receiver: Receiver) -> None:
    send(receiver.url("/hook?tenant=7"))
    ((path, headers, body),) = receiver.got
    assert path == "/hook?tenant=7"
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert json.loads(body) == {
        "specversion": "1.0",
        "id": "0123456789abcdef0123-1-succeeded",
        "source": "/csvflow/orders",
        "type": "csvflow.run.succeeded",
        "subject": "/landing/orders-07.csv",
        "time": "2026-11-23T12:00:00+00:00",
        "datacontenttype": "application/json",
        "data": {
            "id": "0123456789abcdef0123-1-succeeded",
            "occasions": ["succeeded", "rejected"],
            "run_id": "0123456789abcdef0123",
            "pipeline": "orders",
            "uri": "/landing/orders-07.csv",
            "version": "stat:10-1-1-1",
            "attempt": 1,
            "outcome": "succeeded",
            "rows": {
                "read": 4,
                "added": 0,
                "loaded": 3,
                "rejected": 1,
                "dropped": 0,
                "folded": 0,
            },
            "rejects_by_code": {"row.type": 1},
            "error_code": None,
            "at": "2026-11-23T12:00:00Z",
            "duration_secs": 0.5,
        },
    }


def test_signatures_are_those_of_standard_webhooks() -> None:
    # The example of the specification's reference libraries.
    assert (
        http.signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_signed_notice_can_be_verified(receiver: Receiver) -> None:
    send(receiver.url(), secret="plain text", headers={"X-Tenant": "seven"})
    ((_, headers, body),) = receiver.got
    assert headers["webhook-id"] == "0123456789abcdef0123-1-succeeded"
    assert headers["x-tenant"] == "seven"
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == http.signature(
        "plain text", "0123456789abcdef0123-1-succeeded", stamp, body
    )


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_receiver_with_a_bad_moment_gets_the_notice_again(
    receiver: Receiver, status: int
) -> None:
    receiver.answers = [(status, {"Retry-After": "0"})]
    send(receiver.url())
    assert receiver.texts[0] == receiver.texts[1]
    assert len(receiver.got) == 2


def test_attempts_end(receiver: Receiver) -> None:
    receiver.then = (503, {"Retry-After": "0"})
    with pytest.raises(UnreachableError, match="it answered 503") as caught:
        send(receiver.url(), attempts=3)
    assert caught.value.code == "notifier.unreachable"
    assert len(receiver.got) == 3


def test_a_receiver_may_not_ask_for_more_patience_than_there_is(receiver: Receiver) -> None:
    receiver.then = (429, {"Retry-After": "86400"})
    with pytest.raises(UnreachableError):
        send(receiver.url())
    assert len(receiver.got) == 1


def test_a_wait_is_as_long_as_the_receiver_asked_for(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "7"})]
    waits: list[float] = []
    effort = http.Effort(timeout_secs=5, attempts=2, within_secs=20)
    http.post(receiver.url(), b"{}", dict, effort, sleep=waits.append)
    assert waits == [7.0]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.then = (status, {"Location": "http://169.254.169.254/latest/meta-data/"})
    with pytest.raises(RunError) as caught:
        send(receiver.url())
    assert caught.value.code == "notifier.refused"
    assert str(caught.value) == (
        f"`http://127.0.0.1:{receiver.port}/…` answered {status}\n"
        "  hint: redirects aren't followed: write the address that it leads to"
    )
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_no_is_not_asked_for_twice(receiver: Receiver, status: int) -> None:
    receiver.then = (status, {})
    with pytest.raises(RunError):
        send(receiver.url())
    assert len(receiver.got) == 1


def test_settings_show_no_secret() -> None:
    settings = WebhookSettings.model_validate(
        {"url": "https://example.com/", "secret": "hush", "headers": {"Authorization": "hush"}}
    )
    assert "hush" not in repr(settings)
    assert "hush" not in settings.model_dump_json()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://example.com/"},
        {"url": "/hook"},
        {"url": "https://example.com/", "secret": "whsec_%%%"},
        {"url": "https://example.com/", "headers": {"X-A": "b\r\nX-Evil: 1"}},
        {"url": "https://example.com/", "headers": {"X A": "b"}},
        {"url": "https://example.com/", "within": 0},
    ],
)
def test_what_can_not_work_is_refused_before_the_first_row(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebhookSettings.model_validate(settings)


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ConfigError) as caught:
        send("https://example.com/")
    assert caught.value.hint == "pip install 'csvflow[webhook]'"
