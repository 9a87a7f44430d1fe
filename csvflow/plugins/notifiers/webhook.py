"""Notices by HTTP, as CloudEvents."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator

from csvflow.contract import ConfigError, Duration, Examples, Notice, Notifier, Settings
from csvflow.kit.http import Effort, post, resolve, signature


class WebhookSettings(Settings):
    """Settings of the webhook notifier."""

    url: str
    """Where notices are sent to. Often a secret in itself: `${WEBHOOK_URL}`."""
    secret: SecretStr | None = None
    """Signs each notice (standardwebhooks.com): plain text, or `whsec_` and base64."""
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    """Further headers, e.g. `Authorization`."""
    timeout: Duration = Field(default=5.0, gt=0, le=60)
    """How long one request may take."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often a notice is sent if the receiver is down or asks for patience."""
    within: Duration = Field(default=20.0, gt=0, le=300)
    """How long all attempts together may take."""

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("a webhook's `url` begins with `http://` or `https://`")
        return url

    @field_validator("headers")
    @classmethod
    def _names(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
                raise ValueError(f"`{name}` is not the name of a header")
            if not value.get_secret_value().isprintable():
                raise ValueError(f"the value of `{name}` has characters that no header has")
        return headers

    @field_validator("secret")
    @classmethod
    def _key(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            try:
                signature(secret.get_secret_value(), "", 0, b"")
            except ConfigError as error:
                raise ValueError(error.message) from None
        return secret


class WebhookNotifier(Notifier[WebhookSettings]):
    """Sends each notice as one POST: a CloudEvents 1.0 event in JSON, structured mode.

    Its `type` is `csvflow.run.succeeded` (or `failed`, …), its `source` the pipeline, its
    `subject` the input, its `data` the notice: counts and codes, never a cell's value. A notice
    that is sent again keeps its `id`. With `secret` it carries the headers `webhook-id`,
    `webhook-timestamp` and `webhook-signature` of standardwebhooks.com. Answers 5xx, 408, 425,
    429 and lost connections are tried again, `Retry-After` is kept; redirects aren't followed.
    """

    extra: ClassVar[str | None] = "webhook"
    packages: ClassVar[tuple[str, ...]] = ("httpx",)
    shorthand: ClassVar[str | None] = "url"
    examples: ClassVar[Examples] = {
        "Somebody's endpoint": {"url": "https://example.com/hooks/csvflow"},
        "Signed, with a header of its own": {
            "url": "https://example.com/hooks/csvflow",
            "secret": "${WEBHOOK_SECRET:-change-me}",
            "headers": {"Authorization": "${WEBHOOK_TOKEN:-none}"},
        },
    }

    def probe(self) -> Sequence[str]:
        return (f"found the address of {resolve(self.settings.url)}",)

    def notify(self, notice: Notice) -> None:
        settings = self.settings
        body = json.dumps(cloud_event(notice), ensure_ascii=False).encode()

        def headers() -> dict[str, str]:
            plain = {name: value.get_secret_value() for name, value in settings.headers.items()}
            plain["content-type"] = "application/cloudevents+json; charset=utf-8"
            if settings.secret is not None:
                now = int(time.time())
                secret = settings.secret.get_secret_value()
                plain["webhook-id"] = notice.id
                plain["webhook-timestamp"] = str(now)
                plain["webhook-signature"] = signature(secret, notice.id, now, body)
            return plain

        effort = Effort(settings.timeout, settings.attempts, settings.within)
        post(settings.url, body, headers, effort)


def cloud_event(notice: Notice) -> dict[str, object]:
    """Return the notice as a CloudEvents 1.0 event, https://cloudevents.io."""
    return {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/csvflow/{quote(notice.pipeline)}",
        "type": f"csvflow.run.{notice.outcome}",
        "subject": notice.uri,
        "time": notice.at.isoformat(),
        "datacontenttype": "application/json",
        "data": notice.model_dump(mode="json"),
    }
