"""The driver of PostgreSQL, and what may be told of addresses and errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from csvflow.contract import ConfigError
from csvflow.kit.sql.names import without_quoted

if TYPE_CHECKING:
    import psycopg


def driver() -> Any:
    """Return the driver. Raises ``ConfigError`` (``config.missing-package``)."""
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConfigError(
            "config.missing-package",
            "sink `postgres` needs the package `psycopg`",
            hint="pip install 'csvflow[postgres]'",
        ) from error
    return psycopg


def public(url: str) -> str:
    """Return a database's URL without what may hold a password: user, and what follows ``?``."""
    parts = urlsplit(url)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


def told(error: psycopg.Error, url: str) -> str:
    """Return what the server said, without cells (it quotes them) and without passwords."""
    text = error.diag.message_primary or str(error).strip().split("\n", 1)[0]
    if (error.sqlstate or "").startswith("22"):
        text = without_quoted(text.split(': "', 1)[0])
        if found := re.search(r", column (.+?)(?:: \"|$)", error.diag.context or "", re.DOTALL):
            text = f"{text} (column `{found[1]}`)"
    try:
        passwords = {urlsplit(url).password or ""}
    except ValueError:
        return "the url can't be read"
    passwords.update(re.findall(r"[?&](?:ssl)?password=([^&]*)", url))
    for password in filter(None, passwords):
        text = text.replace(password, "***").replace(unquote(password), "***")
    return text
