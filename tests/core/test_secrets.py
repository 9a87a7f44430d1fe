import pytest

from csvflow.core import secrets


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch):
    monkeypatch.setattr(secrets, "_known", set())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://bob:hunter2@db:5432/x", "postgresql://bob:***@db:5432/x"),
        ("at postgres://bob:p@ss@db/x now", "at postgres://bob:***@db/x now"),
        ("redis://:pw@host", "redis://:***@host"),
        ("https://b.example/x?sig=abc%2F&se=1", "https://b.example/x?sig=***&se=1"),
        ("postgresql://h/x?user=a&password=b", "postgresql://h/x?user=a&password=***"),
        ("s3://bucket/a:b@c.csv", "s3://bucket/a:b@c.csv"),
        ("me@example.org: 12:30", "me@example.org: 12:30"),
        ("postgresql://bob@db/x", "postgresql://bob@db/x"),
    ],
)
def test_passwords_in_urls_are_masked(text, shown):
    assert secrets.redact(text) == shown


def test_a_registered_value_is_masked_everywhere():
    secrets.register("hunter2")
    assert secrets.redact("hunter2 and xhunter2x") == "*** and x***x"


def test_a_secret_that_begins_with_another_is_masked_whole():
    secrets.register("abcd")
    secrets.register("abcd-efgh")
    assert secrets.redact("abcd-efgh abcd") == "*** ***"


def test_short_values_stay():
    secrets.register("abc")
    secrets.register("")
    assert secrets.redact("abc") == "abc"


def test_each_line_of_a_key_is_masked():
    secrets.register("-----BEGIN-----\nMIIEabc\n")
    assert secrets.redact("line MIIEabc") == "line ***"
