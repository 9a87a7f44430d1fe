"""Where files live: the local disk, or any store that fsspec reaches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from csvflow.contract import ConfigError, CsvflowError, UnreachableError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^/@]*@")
_INSTALL = {"az": "azure", "abfs": "azure", "abfss": "azure", "gs": "gcp", "gcs": "gcp"}


def is_local(url: str) -> bool:
    """Tell whether the URL is a path on this machine."""
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[1].lower() == "file"


def local_path(url: str) -> str:
    """Return the plain path of a local URL."""
    return unquote(urlsplit(url).path) if _SCHEME.match(url) else url


def public(url: str) -> str:
    """Return the URL without user name and password: for people, logs and receipts."""
    return _USERINFO.sub(r"\1", url)


class Store:
    """One store behind fsspec, always looked at afresh: no listing is ever cached.

    Paths are fsspec's own; ``uri`` and ``path`` translate them.
    """

    def __init__(self, url: str) -> None:
        scheme = _SCHEME.match(url)
        self.scheme = scheme[1].lower() if scheme else "file"
        self.fs, self.root = _connect(url, self.scheme)
        self._prefix = url.removesuffix(self.root) if url.endswith(self.root) else None

    def uri(self, path: str) -> str:
        """Return the absolute URI of a path of this store."""
        if self._prefix is None:
            return f"{self.scheme}://{path.lstrip('/')}"
        return self._prefix + path

    def path(self, uri: str) -> str:
        """Return this store's path of a URI."""
        if self._prefix is not None and uri.startswith(self._prefix):
            return uri.removeprefix(self._prefix)
        return str(self.fs._strip_protocol(uri))  # noqa: SLF001 -- fsspec has no public name for it

    def close(self) -> None:
        """Close the connections that the store keeps open."""
        client = getattr(self.fs, "_s3", None)
        if client is not None:
            # s3fs would do this when it is collected, which may be after its loop has ended.
            self.fs.close_session(self.fs.loop, client)
            self.fs._s3 = None  # noqa: SLF001 -- or a second close would await a closed client


def _connect(url: str, scheme: str) -> tuple[AbstractFileSystem, str]:
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        # gcsfs would probe an emulator over gRPC and hang for a minute; it reads this once.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    from fsspec.core import url_to_fs  # noqa: PLC0415 -- heavy, and not needed for local paths

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if scheme in {"gs", "gcs"} and os.environ.get("STORAGE_EMULATOR_HOST"):
        options["token"] = "anon"  # noqa: S105 -- the word for none at all
    if scheme == "memory":
        options = {}
    try:
        fs, root = url_to_fs(url, **options)
    except ImportError as error:
        extra = _INSTALL.get(scheme)
        hint = f"pip install 'csvflow[{extra}]'" if extra else f"pip install {error.name}"
        raise ConfigError(
            "config.missing-package", f"`{scheme}://` needs a package: {error}", hint=hint
        ) from error
    except ValueError as error:
        raise ConfigError(
            "config.unknown-scheme", f"no store is known for `{scheme}://`: {error}"
        ) from error
    return fs, root


@contextmanager
def reaching(url: str, code: str, errors: Mapping[type[Exception], CsvflowError]) -> Iterator[None]:
    """Turn what a store raises into ours: ``errors`` by type, all else ``UnreachableError``.

    Every cloud has its own exceptions, and none of them means that the bytes are wrong.
    """
    try:
        yield
    except CsvflowError:
        raise
    except Exception as error:
        for kind, ours in errors.items():
            if isinstance(error, kind):
                raise ours from error
        raise UnreachableError(
            code,
            f"`{public(url)}` can't be reached: {reason(error)}",
            hint="nothing is lost; it is tried again, or run the command again",
        ) from error


def reason(error: Exception) -> str:
    """Return one line that says what a store or the system complained of."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.strip().splitlines()[0]
    text = public(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
