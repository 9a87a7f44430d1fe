"""Writes ``sample_data/``: what a web shop exports, with the damage that real exports have.

``poe sample`` runs it. The same bytes come out each time; a test compares them with what is
committed.
"""

import csv
import io
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "sample_data"
ORDERS = 3_000
SEED = 20_260_401

COUNTRIES = {
    "AT": ("Austria", "EUR"),
    "CH": ("Switzerland", "CHF"),
    "CZ": ("Czechia", "CZK"),
    "DE": ("Germany", "EUR"),
    "DK": ("Denmark", "DKK"),
    "ES": ("Spain", "EUR"),
    "FR": ("France", "EUR"),
    "GB": ("United Kingdom", "GBP"),
    "IE": ("Ireland", "EUR"),
    "IT": ("Italy", "EUR"),
    "NL": ("Netherlands", "EUR"),
    "NO": ("Norway", "NOK"),
    "PL": ("Poland", "PLN"),
    "PT": ("Portugal", "EUR"),
    "SE": ("Sweden", "SEK"),
    "US": ("United States", "USD"),
}
FIRST = ("Ana", "Björn", "Chloé", "Dmitri", "Eimear", "Françoise", "Giulia", "Hüseyin", "Inês",
         "Jan", "Kateřina", "Łukasz", "Mónica", "Nils", "Olivia", "Paweł", "Zoë")  # fmt: skip
LAST = ("Andersen", "Brown", "Côté", "Dvořák", "Esposito", "Fischer", "García", "Horváth",
        "Jansen", "Kowalska", "Müller", "Nowak", "O'Neill", "Pereira", "Ørsted")  # fmt: skip
SKUS = {
    "00417": "12.90",
    "00733": "4.50",
    "01288": "89.00",
    "02015": "249.95",
    "02016": "259.95",
    "03370": "0.99",
    "04102": "1199.00",
    "05556": "34.20",
}
NOTES = (
    "leave with neighbour",
    "ring twice,\nthen wait",
    'gift; card says "Happy birthday, Zoë"',
    "Postfach 12\r\nnicht an die Tür",
    "call first: +44 20 7946 0018",
    "fragile, keep upright",
)
HEADER = ("Order ID", "Line", "Customer", "Email", "Ordered at", "Deliver on", "Country", "SKU",
          "Quantity", "Unit price", "Paid", "Channel", "Note")  # fmt: skip

DAMAGE = {
    "no order id": {"Order ID": ""},
    "a decimal comma": {"Unit price": "12,50"},
    "too many decimals": {"Unit price": "12.345"},
    "an exponent": {"Unit price": "1e3"},
    "a number in words": {"Quantity": "two"},
    "a fraction of a piece": {"Quantity": "2.5"},
    "a negative quantity": {"Quantity": "-1"},
    "31 February": {"Deliver on": "31/02/2026"},
    "a date in American order": {"Deliver on": "04/23/2026"},
    "an unknown country": {"Country": "UK"},
    "an email without @": {"Email": "zoe.example.com"},
    "a third truth value": {"Paid": "maybe"},
    "a delivery before the order": {"Deliver on": "01/01/2020"},
}
"""What is wrong with a row → the fields that are. Two rows of each, besides broken records."""


def customers(random_):
    """Return rows of the customers file."""
    rows = []
    for number in range(1, 401):
        first, last = random_.choice(FIRST), random_.choice(LAST)
        since = date(2019, 1, 1) + timedelta(days=random_.randrange(2_400))
        rows.append(
            {
                "id": f"C{number:05}",
                "name": f" {first} {last}" if number % 37 == 0 else f"{first} {last}",
                "email": f"{first}.{last}.{number}@Example.com".replace("'", ""),
                "country": random_.choice(list(COUNTRIES)),
                "since": since.isoformat(),
                "newsletter": random_.choice(("yes", "no", "")),
            }
        )
    return rows


def orders(random_, people):
    """Return rows of the orders file, all of them good."""
    rows = []
    at = datetime(2026, 3, 1, 0, 4, 11)  # noqa: DTZ001 - the export has no time zone
    number, line, channel = 480_000, 0, "web"
    while len(rows) < ORDERS:
        if line == 0 or random_.random() < 0.6:
            number, line = number + random_.randrange(1, 4), 1
            at += timedelta(seconds=random_.randrange(20, 1_900))
            who = random_.choice(people)
            channel = random_.choices(("web", "app", "phone", "test"), (60, 30, 8, 2))[0]
        else:
            line += 1
        sku = random_.choice(list(SKUS))
        deliver = at.date() + timedelta(days=random_.randrange(1, 12))
        rows.append(
            {
                "Order ID": str(number),
                "Line": str(line),
                "Customer": who["id"],
                "Email": who["email"],
                "Ordered at": at.isoformat(sep=" "),
                "Deliver on": f"{deliver:%d/%m/%Y}",
                "Country": who["country"],
                "SKU": sku,
                "Quantity": str(random_.choice((1, 1, 1, 2, 3, 12))),
                "Unit price": str(Decimal(SKUS[sku])),
                "Paid": random_.choice(("true", "true", "true", "false")),
                "Channel": channel,
                "Note": random_.choice(NOTES) if random_.random() < 0.08 else "",
            }
        )
    return rows


def damaged(rows, random_):
    """Return the records as text, about one in a hundred of them bad."""
    spots = random_.sample(range(20, len(rows)), 2 * len(DAMAGE) + 5)
    for changes, spot in zip([*DAMAGE.values()] * 2, spots, strict=False):
        rows[spot] = {**rows[spot], **changes}
    broken = spots[-5:]
    records = []
    for number, row in enumerate(rows):
        record = _record(row.values())
        if number in broken[:2]:
            # Somebody put a comma into a field without quoting it.
            record = record.replace(",web,", ",web,shop,").replace(",app,", ",app,ios,")
            record = record if ",shop," in record or ",ios," in record else f"{record[:-2]},\r\n"
        elif number in broken[2:4]:
            # The export was cut and went on.
            record = record[: record.index(row["Country"] + ",")] + "\r\n"
        records.append(record.encode())
        if number % 251 == 250:
            # The shop's job sends a line twice when it is restarted.
            records.append(record.encode())
    records[broken[4]] = records[broken[4]].replace(b"@Example", b"@Exampl\xe9")
    return records


def _record(values):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()


def files():
    """Return file name → bytes."""
    random_ = random.Random(SEED)
    people = customers(random_)
    records = damaged(orders(random_, people), random_)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(people[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(people)
    lines = [f"{code},{name},{currency}\n" for code, (name, currency) in COUNTRIES.items()]
    return {
        "orders.csv": b"\xef\xbb\xbf" + _record(HEADER).encode() + b"".join(records),
        "customers.csv": text.getvalue().encode(),
        "countries.csv": ("code,name,currency\n" + "".join(lines)).encode(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
