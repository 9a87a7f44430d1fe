"""What must not be shown: values told to this module, and credentials in URLs.

Whatever leaves the process as text (logs, errors, reports) passes ``redact``.
"""

from __future__ import annotations

import re

SHORTEST = 4
"""Shorter values aren't masked: they'd tear holes into every message and hide nothing."""
MASK = "***"

_known: set[str] = set()
_USERINFO = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@?#]*):(?P<secret>[^\s/?#]*)@")
_PARAMETER = re.compile(
    r"(?i)(?P<head>[?&;](?:[\w.-]*(?:password|passwd|secret|token|api_?key|signature)|sig|pwd)=)"
    r"(?P<secret>[^&;#\s'\"`]+)"
)
_TELLING = re.compile(
    r"(?i)pass(word|wd|phrase)?($|_)|pwd|secret|token|api_?key|access_?key|private_?key"
    r"|account_?key|credential|connection_?string|_key$|(^|_)(auth|dsn|sas|url|uri)$"
)
_LITERAL = re.compile(r"(?i)(^|_)(pass(word|wd|phrase)?|pwd|secret|token|api_?key|access_?key)$")
_OPAQUE = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9+=_-]{20,}")


def register(secret: str) -> None:
    """Mask this value from now on; each line of one that has several."""
    for line in secret.splitlines():
        if len(line.strip()) >= SHORTEST:
            _known.add(line.strip())


def redact(text: str) -> str:
    """Return the text with every known value and every password in a URL masked."""
    # Longest first: one secret may begin with another.
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _USERINFO.sub(rf"\g<head>:{MASK}@", text)
    return _PARAMETER.sub(rf"\g<head>{MASK}", text)


def telling(name: str) -> bool:
    """Tell whether a key or variable of that name is likely to hold a secret."""
    return _TELLING.search(name) is not None


def literal(name: str) -> bool:
    """Tell whether a value of that name is a secret for certain, so none should stand there."""
    return _LITERAL.search(name) is not None


def opaque(value: str) -> bool:
    """Tell whether a value looks like a token rather than like a word, path or number."""
    return _OPAQUE.fullmatch(value) is not None


def credentials(text: str) -> list[str]:
    """Return the passwords and tokens that stand inside URLs in the text."""
    found = [match["secret"] for match in _USERINFO.finditer(text)]
    return found + [match["secret"] for match in _PARAMETER.finditer(text)]
