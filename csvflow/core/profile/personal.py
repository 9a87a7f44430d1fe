"""Hints that a column holds personal data: by its header, by its first values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from csvflow.core.columns.names import snake

_HEADERS = {
    "email": "e?mail|email address|correo|courriel",
    "phone": "phone|telephone|tel|telefon|mobile|cell|handy|fax|msisdn",
    "name": (
        "(?:first|last|full|given|family|middle|maiden|customer|contact|person|user|patient|"
        "employee|account holder) name|name|surname|forename|firstname|lastname|fullname|vorname|"
        "nachname|nom|prenom|apellidos?"
    ),
    "iban": "iban|bank account|account number|kontonummer",
    "user name": "user ?name|login name|nickname|benutzername",
    "card number": "card number|card no|pan|credit card|debit card",
    "date of birth": "birth|birthday|birthdate|date of birth|dob|geburtsdatum|geburtstag",
    "address": "address|street|strasse|street address|adresse|anschrift",
    "identity number": (
        "ssn|social security number|national id|passport|passport number|passport no|tax id|"
        "nino|cpf|steuernummer|dni|driver s license|driving licence|license plate|"
        "licence plate|number plate|kennzeichen"
    ),
    "ip address": "ip|ip address|client ip|remote addr",
}
_SENSITIVE = re.compile(
    r"(?:.* )?(?:gender|sex|geschlecht|religion|konfession|ethnicity|race|nationality|"
    r"marital status|familienstand|disability|diagnosis|blood type|sexual orientation|"
    r"salary|gehalt|income|einkommen)"
)
"""Of a person, though they name nobody."""
_NAMED = {kind: re.compile(rf"(?:.* )?(?:{words})(?: [0-9])?") for kind, words in _HEADERS.items()}
_NOT_NAMES = re.compile(
    r"(?:file|product|item|host|domain|company|brand|column|table|event|city|country|state|"
    r"category|region|currency|sku|campaign|channel|game|file ?type|tag|store|shop|ip|mac|web|"
    r"e?mail subject) (?:name|address)"
)
_VALUES = {
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "iban": re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"),
    "phone": re.compile(r"(?:\+|00)[1-9][0-9 ()/.-]{6,18}[0-9]"),
    "ip address": re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
}
_PERSON = re.compile(r"[^\W\d_]+\.?(?:[ '-]+[^\W\d_]+\.?){1,3}")
_MOST = 0.8
_ENOUGH = 2


def personal(header: str, sample: Sequence[str], *, few: bool) -> str | None:
    """Return what kind of personal data a column seems to hold, or None.

    ``few``: it has a closed set of values, which no names of people are.
    """
    for kind, pattern in _VALUES.items():
        hits = sum(1 for text in sample if pattern.fullmatch(text.strip()))
        if hits >= _ENOUGH and hits >= _MOST * len(sample):
            return kind
    if len(sample) > _ENOUGH and all(map(_is_card, sample)):
        return "card number"
    words = snake(header).replace("_", " ")
    if few or not sample:
        return None
    if re.fullmatch("name(?: [0-9])?", words) and sum(
        1 for text in sample if _PERSON.fullmatch(text)
    ) * 2 < len(sample):
        # Countries have names too.
        return None
    for kind, pattern in _NAMED.items():
        if pattern.fullmatch(words) and not (
            kind in {"name", "address"} and _NOT_NAMES.search(words)
        ):
            return kind
    return None


def sensitive(header: str) -> bool:
    """Tell whether a column of that name says of a person what is nobody's business."""
    return _SENSITIVE.fullmatch(snake(header).replace("_", " ")) is not None


def _is_card(text: str) -> bool:
    """Tell whether these may be the digits of a payment card: its last one checks the others."""
    digits = re.sub("[ -]", "", text)
    if not re.fullmatch("[2-6][0-9]{12,18}", digits):
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(two - 9 * (two > 9) for two in doubled)) % 10 == 0  # noqa: PLR2004 - decimal digits
