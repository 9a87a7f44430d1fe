"""Where files live: the local disk, or any store that fsspec reaches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from csvflow.contract import ConfigError, CsvflowError, UnreachableError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^/\s]*@")


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

    ``root`` is the path of ``url`` as the store writes paths.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.scheme = _scheme(url)
        self.fs = _connect(url, self.scheme)
        self.root = self._stripped(url)

    def path(self, uri: str) -> str:
        """Return this store's path of a URI."""
        if uri.startswith(f"{self.url}/"):
            # Below the root a name is taken as it is, whatever it looks like.
            return self.root + uri.removeprefix(self.url)
        return self._stripped(uri)

    def _stripped(self, uri: str) -> str:
        return str(self.fs._strip_protocol(uri))  # noqa: SLF001 -- fsspec has no public name for it

    def close(self) -> None:
        """Close the connections that the store keeps open."""
        client = getattr(self.fs, "_s3", None)
        if client is not None:
            # s3fs would do this when it is collected, which may be after its loop has ended.
            self.fs.close_session(self.fs.loop, client)
            self.fs._s3 = None  # noqa: SLF001 -- or a second close would await a closed client


def _scheme(url: str) -> str:
    found = _SCHEME.match(url)
    return found[1].lower() if found else "file"


def _connect(url: str, scheme: str) -> AbstractFileSystem:
    emulated = bool(os.environ.get("STORAGE_EMULATOR_HOST")) and scheme in {"gs", "gcs"}
    if emulated:
        # gcsfs would probe an emulator over gRPC and hang for a minute; it reads this once.
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    from fsspec.core import url_to_fs  # noqa: PLC0415 -- heavy, and not needed for local paths

    # The authority alone: in a whole URL a name with `::` would be taken for a chain of stores.
    authority = url.partition("://")[2].partition("/")[0]
    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if emulated:
        options["token"] = "anon"  # noqa: S105 -- the word for none at all
    try:
        fs, _ = url_to_fs(f"{scheme}://{authority}", **({} if scheme == "memory" else options))
    except ImportError as error:
        raise ConfigError(
            "config.missing-package", f"`{scheme}://` needs a package: {error}"
        ) from error
    except ValueError as error:
        raise ConfigError(
            "config.unknown-scheme", f"no store is known for `{scheme}://`: {error}"
        ) from error
    return fs


@contextmanager
def reaching(
    url: str, code: str, *, gone: CsvflowError | None = None, refused: CsvflowError | None = None
) -> Iterator[None]:
    """Turn what a store raises into ours: ``UnreachableError``, unless it is one of those given.

    Every cloud has its own exceptions, and none of them means that the bytes are wrong.
    """
    try:
        yield
    except CsvflowError:
        raise
    except Exception as error:
        if gone is not None and isinstance(error, FileNotFoundError):
            raise gone from error
        if refused is not None and isinstance(error, _REFUSED):
            raise refused from error
        raise UnreachableError(
            code,
            f"`{public(url)}` can't be reached: {reason(error)}",
            hint="nothing is lost; it is tried again, or run the command again",
        ) from error


_REFUSED = (PermissionError, NotADirectoryError, IsADirectoryError)


def reason(error: Exception) -> str:
    """Return one line that says what a store or the system complained of."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.strip().splitlines()[0]
    text = public(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
