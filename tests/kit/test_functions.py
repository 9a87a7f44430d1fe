from __future__ import annotations

import sys

import pytest

from csvflow.contract import ConfigError, RunError
from csvflow.kit.functions import load_function

MODULE = """
def double(value):
    return value * 2


def fails(value):
    return value["missing"]


NUMBER = 1
"""


@pytest.fixture
def folder(tmp_path):
    pipelines = tmp_path / "pipelines"
    (pipelines / "deep").mkdir(parents=True)
    (pipelines / "orders.py").write_text(MODULE)
    (pipelines / "deep" / "inner.py").write_text(MODULE)
    (pipelines / "broken.py").write_text("1 / 0\n")
    (tmp_path / "outside.py").write_text("raise SystemExit('this must not run')\n")
    (pipelines / "link.py").symlink_to(tmp_path / "outside.py")
    return pipelines


def test_a_function_of_the_projects_folder_runs(folder):
    assert load_function("orders:double", folder, ())(21) == 42
    assert load_function("deep.inner:double", folder, ())("ab") == "abab"


def test_nothing_of_the_folder_becomes_importable(folder):
    before = list(sys.path)
    load_function("orders:double", folder, ())
    assert sys.path == before
    assert "orders" not in sys.modules


@pytest.mark.parametrize(
    "name", ["os:getcwd", "subprocess:run", "outside:x", "link:x", "csvflow:run"]
)
def test_what_the_yaml_alone_names_never_runs(folder, name):
    with pytest.raises(ConfigError) as caught:
        load_function(name, folder, ())
    assert caught.value.code == "config.python-not-allowed"
    assert f"--allow-python {name.split(':')[0]}" in str(caught.value)


def test_the_command_line_may_allow_an_installed_module():
    assert load_function("posixpath:basename", None, ("posixpath",))("/a/b") == "b"
    assert load_function("posixpath:basename", None, ("posixpath:basename",))("/a/b") == "b"
    with pytest.raises(ConfigError):
        load_function("posixpath:dirname", None, ("posixpath:basename",))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("orders:treble", "`orders` has no function `treble`"),
        ("orders:NUMBER", "`orders` has no function `NUMBER`"),
        ("orders", "`orders` names no function"),
        ("broken:x", "loading `broken:x` failed: {folder}/broken.py:1: ZeroDivisionError"),
    ],
)
def test_a_function_that_is_not_there_is_a_config_error(folder, name, message):
    with pytest.raises(ConfigError) as caught:
        load_function(name, folder, ())
    assert caught.value.code == "config.python"
    assert caught.value.message.startswith(message.format(folder=folder))


def test_what_a_function_raises_says_where(folder):
    with pytest.raises(RunError) as caught:
        load_function("orders:fails", folder, ())({})
    assert caught.value.code == "run.step"
    assert str(caught.value) == (
        f"`orders:fails` failed: {folder}/orders.py:7: KeyError: 'missing'\n"
        "  hint: `--debug` shows the whole traceback"
    )
    assert isinstance(caught.value.__cause__, KeyError)
