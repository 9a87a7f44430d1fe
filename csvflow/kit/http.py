"""One small HTTP delivery: bounded in time, retried where that can help, silent about secrets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from csvflow.contract import ConfigError, RunError, UnreachableError

if TYPE_CHECKING:
    import httpx
    import tenacity

_SLOW_DOWN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a delivery is tried."""

    timeout_secs: float
    """For one request."""
    attempts: int
    within_secs: float
    """For all of them and the waits between."""


class _AgainError(Exception):
    """This request failed, and another may not."""

    def __init__(self, why: str, after_secs: float | None = None) -> None:
        super().__init__(why)
        self.after_secs = after_secs


def place_of(url: str) -> str:
    """Return scheme and host of a URL: the rest of a webhook's address is often its secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/…"


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature that standardwebhooks.com describes. A ``whsec_`` secret is base64."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ConfigError(
                "config.secret", "what follows `whsec_` in the secret is not base64"
            ) from error
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def resolve(url: str) -> str:
    """Return scheme and host of a URL that has an address; nothing is sent.

    Raises ``UnreachableError`` and ``ConfigError``.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad_address(url) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _bad_address(url)
    try:
        socket.getaddrinfo(host, port or parts.scheme)
    except OSError as error:
        raise UnreachableError(
            "notifier.unreachable",
            f"`{place_of(url)}` has no address: {error.strerror}",
            hint="check the name in `url`, and that this machine can look names up",
        ) from None
    return place_of(url)


def post(
    url: str,
    body: bytes,
    headers: Callable[[], Mapping[str, str]],
    effort: Effort,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Deliver one body; ``headers`` is asked anew for each attempt. No redirect is followed.

    Raises ``UnreachableError`` (``notifier.unreachable``) where trying again later may help,
    ``RunError`` (``notifier.refused``) where the receiver said no.
    """
    try:
        import httpx  # noqa: PLC0415 -- comes with an extra
    except ImportError as error:
        raise ConfigError(
            "config.missing-package",
            "notices by HTTP need the package `httpx`",
            hint="pip install 'csvflow[webhook]'",
        ) from error
    import tenacity  # noqa: PLC0415 -- only who delivers needs it

    end = time.monotonic() + effort.within_secs

    def once() -> None:
        left = max(0.001, min(effort.timeout_secs, end - time.monotonic()))
        try:
            # The status is all that counts: an answer's body, however long, isn't read.
            with client.stream(
                "POST", url, content=body, headers=headers(), timeout=left
            ) as answer:
                _judge(answer, url)
        except httpx.TimeoutException:
            raise _AgainError(f"no answer within {left:g} s") from None
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL):
            raise _bad_address(url) from None
        except httpx.TransportError as error:
            # The library's messages name hosts and errno, never the path; still, only the kind.
            raise _AgainError(f"the connection failed ({type(error).__name__})") from None

    policy = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_AgainError),
        stop=_enough(effort.attempts, end),
        wait=_Wait(tenacity.wait_random_exponential(multiplier=0.5, max=10)),
        sleep=sleep,
        reraise=True,
    )
    try:
        with httpx.Client(follow_redirects=False) as client:
            policy(once)
    except _AgainError as error:
        raise UnreachableError(
            "notifier.unreachable",
            f"`{place_of(url)}` didn't take the notice: {error}",
            hint="see that the receiver is up; the run itself isn't affected",
        ) from None


def _judge(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in _SLOW_DOWN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _AgainError(f"it answered {status}", _asked_for(answer.headers.get("retry-after")))
    moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    raise RunError(
        "notifier.refused",
        f"`{place_of(url)}` answered {status}",
        hint="redirects aren't followed: write the address that it leads to"
        if moved
        else "check the address, the secret and the headers",
    )


def _bad_address(url: str) -> ConfigError:
    return ConfigError("config.url", f"`{place_of(url)}` is not an address that takes HTTP")


def _asked_for(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


def _enough(attempts: int, end: float) -> Callable[[tenacity.RetryCallState], bool]:
    def enough(state: tenacity.RetryCallState) -> bool:
        # An attempt that could only begin after the end isn't waited for.
        return state.attempt_number >= attempts or time.monotonic() + state.upcoming_sleep >= end

    return enough


class _Wait:
    """Waits as long as the receiver asked for, else as the policy says."""

    def __init__(self, otherwise: Callable[[tenacity.RetryCallState], float]) -> None:
        self._otherwise = otherwise

    def __call__(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after_secs if isinstance(error, _AgainError) else None
        return self._otherwise(state) if asked is None else asked
