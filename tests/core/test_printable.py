import json

import pytest

from csvflow.core.printable import json_safe, plain, printable
from csvflow.core.secrets import register


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders.csv", "orders.csv"),
        ("Müller · 注文", "Müller · 注文"),
        ("a\nb\tc\rd\0", r"a\nb\tc\rd\0"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("next\x85line", r"next\x85line"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("invoice\u202efdp.csv", r"invoice\u202efdp.csv"),
        ("\udce9.csv", r"\udce9.csv"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_an_escape(text, shown):
    assert printable(text) == shown


def test_json_made_safe_is_the_same_json():
    text = "a\u2028\x7f\x9b\u202eé"
    assert json.loads(json_safe(json.dumps(text, ensure_ascii=False))) == text


def test_secrets_are_taken_out_of_every_text_in_a_value():
    register("correct horse battery")
    value = {"a": ["x correct horse battery"], "b": 3, "c": None, "d": 1.5, "e": True}
    assert plain(value) == {"a": ["x ***"], "b": 3, "c": None, "d": 1.5, "e": True}
