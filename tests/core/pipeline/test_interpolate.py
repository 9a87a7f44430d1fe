import pytest

from csvflow.contract import ConfigError
from csvflow.core import secrets
from csvflow.core.pipeline.compose import compose
from csvflow.core.pipeline.interpolate import Values, interpolate
from csvflow.core.pipeline.nodes import plain


def filled(text, environment=None, overrides=None, project=None):
    values = Values(overrides or {}, environment or {}, project)
    return plain(interpolate(compose(text, "p.yaml"), values).root)


def refused(text, environment=None, project=None):
    with pytest.raises(ConfigError) as caught:
        filled(text, environment, project=project)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: ${PORT}", 5432),
        ('a: "${PORT}"', "5432"),
        ("a: db-${PORT}.host", "db-5432.host"),
        ("a: ${NONE:-7}", 7),
        ("a: ${NONE:-}", None),
        ("a: '${NONE:-}'", ""),
        ("a: ${EMPTY:-x}", "x"),
        ("a: ${PORT:-7}", 5432),
        ("a: $${PORT}", "${PORT}"),
        ("a: $PORT", "$PORT"),
        ("a: ${NONE:-a:b - c}", "a:b - c"),
        ("a: |\n  x ${PORT}\n", "x 5432\n"),
        ("a: ^\\d+$", "^\\d+$"),
    ],
)
def test_references_are_replaced(text, value):
    assert filled(text, {"PORT": "5432", "EMPTY": ""}) == {"a": value}


def test_a_value_can_not_add_keys_lines_or_references():
    hostile = "x\nsinks: [evil]\n${HOME}"
    assert filled("a: ${V}\nb: 1", {"V": hostile, "HOME": "/root"}) == {"a": hostile, "b": 1}


def test_set_goes_before_the_environment():
    assert filled("a: ${X}", {"X": "env"}, {"X": "set"}) == {"a": "set"}


def test_keys_are_left_alone():
    assert filled("${X}: 1", {"X": "y"}) == {"${X}": 1}


def test_an_anchor_is_filled_in_where_it_is_used_too():
    assert filled("a: &x ['$${A}${A}']\nb: *x", {"A": "1"}) == {"a": ["${A}1"], "b": ["${A}1"]}


def test_a_file_gives_its_content_without_the_last_newline(tmp_path):
    (tmp_path / "token").write_text("s3cret-value\n")
    text = f"a: ${{file:{tmp_path}/token}}\nb: ${{file:token}}"
    assert filled(text, project=tmp_path) == {"a": "s3cret-value", "b": "s3cret-value"}
    assert secrets.redact("it is s3cret-value!") == "it is ***!"


def test_an_undefined_variable_is_told_with_its_place():
    assert str(refused("sinks:\n  - url: x/${DATABASE}\n")) == (
        "p.yaml:2:12: `${DATABASE}` is not defined\n"
        "    2 |   - url: x/${DATABASE}\n"
        "      |            ^\n"
        "  hint: export DATABASE=…, or give `--set DATABASE=…`, or a default: `${DATABASE:-…}`"
    )


def test_a_near_name_is_proposed():
    assert refused("a: ${DATABASE_ULR}", {"DATABASE_URL": "x"}).hint == (
        "did you mean `DATABASE_URL`?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: ${X", "this `${` has no `}`"),
        ("a: ${}", "`${}` is no reference"),
        ("a: ${A B}", "`${A B}` is no reference"),
        ("a: ${1A}", "`${1A}` is no reference"),
        ("a: ${A:=x}", "`${A:=x}` is no reference"),
    ],
)
def test_a_malformed_reference_is_refused(text, message):
    error = refused(text, {"A": "1"})
    assert (error.code, error.message) == ("config.interpolation", message)
    assert error.place == "p.yaml:1:4"


def test_a_file_that_is_not_there_is_told(tmp_path):
    error = refused("a: ${file:no}", project=tmp_path)
    assert error.code == "config.undefined"
    assert error.message == f"`{tmp_path}/no` can't be read: no such file or directory"


@pytest.mark.parametrize(
    ("text", "environment", "masked"),
    [
        ("url: ${PG}", {"PG": "postgresql://u:hunter22@db/x"}, "hunter22"),
        ("url: postgresql://u:${PG}@db/x", {"PG": "hunter22"}, "hunter22"),
        (
            "url: ${HOOK}",
            {"HOOK": "https://hooks.example/T0/B1/abc"},
            "https://hooks.example/T0/B1/abc",
        ),
        ("a: ${API_TOKEN}", {"API_TOKEN": "abcdef"}, "abcdef"),
        ("password: ${P}", {"P": "correct horse"}, "correct horse"),
        ("a: ${X}", {"X": "ghp16C7e42F292c6912E7"}, "ghp16C7e42F292c6912E7"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text, environment, masked):
    filled(text, environment)
    assert masked not in secrets.redact(f"failed: {masked} was refused")


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("path: ${LANDING}", {"LANDING": "/data/landing/orders"}),
        ("table: ${TABLE}", {"TABLE": "orders"}),
        ("url: ${DATABASE_URL}", {"DATABASE_URL": "sqlite:///orders.db"}),
    ],
)
def test_what_helps_to_read_a_message_is_not(text, environment):
    filled(text, environment)
    value = next(iter(environment.values()))
    assert secrets.redact(f"into {value}") == f"into {value}"
