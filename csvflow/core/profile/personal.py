"""Hints that a column holds personal data: by its header, by its first values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from csvflow.core.columns.names import snake

_HEADERS = {
    "email": "e ?mail|(?:e ?)?mail address|e ?mail adresse|correo(?: electronico)?|courriel",
    "phone": (
        "(?:(?:tele|mobile )?phone|mobile|cell|handy|tel|telefon|mobiltelefon|fax)"
        "(?: ?(?:number|no|nr|nummer))?|msisdn|rufnummer|mobilnummer|telefono|telefone|movil|"
        "portable|cell phone"
    ),
    "name": (
        "(?:first|last|full|given|family|middle|maiden|birth|customer|contact|person|patient|"
        "employee|account holder|cardholder) name|surname|forename|firstname|lastname|fullname|"
        "account holder|cardholder|payee|vorname|nachname|familienname|geburtsname|rufname|"
        "kontoinhaber|empfanger|auftraggeber|ansprechpartner|prenom|nom de famille|apellidos?|"
        "cognome|voornaam|achternaam|beneficiaire"
    ),
    "iban": "iban|bank account|account number|kontonummer|numero de compte|numero de cuenta",
    "user name": (
        "user|user ?name|login|login name|nickname|benutzer|benutzername|(?:created|changed|"
        "entered|modified|updated) by|utilisateur|usuario"
    ),
    "staff number": (
        "(?:(?:employee|emp|staff|personnel|personal|mitarbeiter|payroll|badge) ?"
        "(?:id|no|nr|num|number|nummer|code|kennung)|matricule)"
    ),
    "member of staff": (
        "employee|manager|supervisor|reports to|sales ?person|vorgesetzter?|mitarbeiter(?:in)?"
    ),
    "card number": "card number|card no|pan|credit card|debit card|kartennummer",
    "date of birth": (
        "birth|birth ?day|birth ?date|date of birth|birth year|year of birth|dob|born(?: on)?|"
        "geburtsdatum|geburtstag|geburtsjahr|geb(?: datum)?|geboren(?: am)?|"
        "(?:date (?:de )?)?naissance|(?:fecha (?:de )?)?nacimiento|data di nascita|geboortedatum"
    ),
    "address": (
        "address(?: line)?|street(?: address| name| no)?|house (?:number|no)|strasse|str|"
        "hausnummer|adresse|anschrift|wohnort|place of birth|birth ?place|geburtsort|rue|"
        "domicile|direccion|calle|domicilio|indirizzo|adres"
    ),
    "identity number": (
        "ssn|social security(?: number| no)?|national (?:id|insurance)(?: number| no)?|nino|"
        "identity (?:number|card)|id card|passport(?: number| no)?|(?:reise)?pass(?:nummer|nr)|"
        "(?:personal)?ausweis(?:nummer|nr)?|tax (?:id|number|no)|taxpayer id|"
        "steuer ?(?:id|nr|nummer)|steueridentifikationsnummer|sv ?(?:nr|nummer)|"
        "(?:sozial|renten|kranken)versicherungsnummer|versichertennummer|cpf|dni|nif|"
        "numero de securite sociale|codice fiscale|bsn|pesel|driver s license|driving licence|"
        "fuhrerschein(?:nummer)?|license plate|licence plate|number plate|kennzeichen|"
        "patient (?:id|no|number)|patientennummer"
    ),
    "ip address": "ip|ip address|client ip|remote addr",
}
_PLACE = r"(?: (?:[0-9]|private?|privat|home|work|office|mobile?|dienstlich|geschaftlich|perso))?"
_NAMED = {kind: re.compile(rf"(?:.* )?(?:{words}){_PLACE}") for kind, words in _HEADERS.items()}
_ALWAYS = frozenset(
    {"name", "date of birth", "staff number", "member of staff", "identity number", "user name"}
)
"""Kinds that a column is of by its header, also if it has a few values only."""
_OF_PEOPLE = frozenset({"date of birth", "staff number", "identity number"})
"""Kinds that a file has whose rows are people."""
_ANYTHING = re.compile(
    "(?:name|nom|nome|nombre|naam|customer|client|kunde|contact|person|owner|sender|recipient"
    "|author|agent|holder|inhaber|column)(?: [0-9]+)?"
)
"""What may be called by a person's name, and by another."""
_SENSITIVE = re.compile(
    r"(?:.* )?(?:gender|sex|geschlecht|genre|sexe|genero|sexo|religion|konfession|kirche|"
    r"ethnicity|ethnie|race|nationality|nationalitat|nationalite|nacionalidad|"
    r"staatsangehorigkeit|marital status|familienstand|etat civil|estado civil|disability|"
    r"(?:schwer)?behinderung|handicap|diagnosis|diagnose|diagnostic|diagnostico|blood (?:type|"
    r"group)|blutgruppe|sexual orientation|salary|wages?|gehalt|(?:brutto|netto|monats|jahres)"
    r"(?:gehalt|lohn)|lohn|income|einkommen|salaire|revenu|salario|sueldo|stipendio|"
    r"steuerklasse|tax class|gewerkschaft|union member(?:ship)?)(?: \w+)?"
)
"""Of a person, though they name nobody."""
_NOT_NAMES = re.compile(
    r"(?:file|product|item|host|domain|company|brand|column|table|event|city|country|state|"
    r"category|region|currency|sku|campaign|channel|game|file ?type|tag|store|shop|ip|mac|web|"
    r"e ?mail subject) (?:name|address)"
)
_VALUES = {
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "iban": re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"),
    "phone": re.compile(r"(?:\+|00)[1-9][0-9 ()/.-]{6,18}[0-9]"),
    "ip address": re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
}
_PERSON = re.compile(r"[^\W\d_]+\.?(?:[ '-]+[^\W\d_]+\.?){1,3}")
_COMPANY = re.compile(
    r"\b(?:gmbh|ag|kg|ohg|ug|ltd|inc|llc|corp|plc|se|sa|sarl|sas|srl|spa|bv|nv|ab|oy)\b",
    re.IGNORECASE,
)
_MOST = 0.8
_ENOUGH = 2


def personal(header: str, sample: Sequence[str], *, few: bool, people: bool = False) -> str | None:
    """Return what kind of personal data a column seems to hold, or None.

    ``few``: it has a closed set of values. ``people``: other columns of the file are of people.
    """
    for kind, pattern in _VALUES.items():
        hits = sum(1 for text in sample if pattern.fullmatch(text.strip()))
        if hits >= _ENOUGH and hits >= _MOST * len(sample):
            return kind
    if len(sample) > _ENOUGH and all(map(_is_card, sample)):
        return "card number"
    words = plain(header)
    if not sample or _NOT_NAMES.search(words):
        return None
    if _ANYTHING.fullmatch(words):
        persons = sum(1 for text in sample if _PERSON.fullmatch(text) and not _COMPANY.search(text))
        named = persons * 2 >= len(sample) or (people and words == "name")
        return "name" if named and not few else None
    for kind, pattern in _NAMED.items():
        if pattern.fullmatch(words) and not (few and kind not in _ALWAYS):
            return kind
    return None


def sensitive(header: str) -> bool:
    """Tell whether a column of that name says of a person what is nobody's business."""
    return _SENSITIVE.fullmatch(plain(header)) is not None


def of_birth(header: str) -> bool:
    """Tell whether a column of that name says when people were born."""
    return _NAMED["date of birth"].fullmatch(plain(header)) is not None


def of_people(kinds: Sequence[str | None]) -> bool:
    """Tell whether a file with columns of these kinds has a person in each row."""
    return not _OF_PEOPLE.isdisjoint(kinds)


def plain(header: str) -> str:
    """Return a header as small words without accents: ``Straße`` is ``strasse``."""
    folded = unicodedata.normalize("NFKD", snake(header).replace("_", " ").casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))


def _is_card(text: str) -> bool:
    """Tell whether these may be the digits of a payment card: its last one checks the others."""
    digits = re.sub("[ -]", "", text)
    if not re.fullmatch("[2-6][0-9]{12,18}", digits):
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(two - 9 * (two > 9) for two in doubled)) % 10 == 0  # noqa: PLR2004 - decimal digits
