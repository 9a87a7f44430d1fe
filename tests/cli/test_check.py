import pytest
from support import projects

from csvflow.plugins.notifiers.webhook import WebhookNotifier
from csvflow.plugins.sinks.postgres import PostgresSink
from csvflow.services.check import check

SINKS = """
  - postgres: {url: "postgresql://localhost/shop", table: orders}
notify:
  - webhook: {url: "http://localhost:9/hook"}
"""


def test_a_part_whose_package_is_not_installed_cannot_run(tmp_path, monkeypatch):
    projects.make(tmp_path, SINKS)
    path = tmp_path / "pipelines" / "orders.yaml"
    assert PostgresSink.packages == ("psycopg",)
    assert WebhookNotifier.packages == ("httpx",)
    assert check(path, project=tmp_path)[1] == []
    monkeypatch.setattr(PostgresSink, "packages", ("a_package_that_is_not_there",))
    monkeypatch.setattr(WebhookNotifier, "packages", ("nor_is_this_one",))
    sink, notifier = check(path, project=tmp_path)[1]
    assert sink.code == notifier.code == "config.missing-package"
    assert sink.message == "sink `postgres` needs the package `a_package_that_is_not_there`"
    assert sink.hint == "pip install 'csvflow[postgres]'"
    assert sink.place == f"{path}:7:5"
    assert notifier.message == "notifier `webhook` needs the package `nor_is_this_one`"
    assert notifier.hint == "pip install 'csvflow[webhook]'"


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("place", ["out/", "landing"])
def test_a_folder_is_no_database(tmp_path, kind, place):
    projects.make(tmp_path, f"  - {kind}: {{path: {place}, table: orders}}")
    pipeline, (error,) = check(tmp_path / "pipelines" / "orders.yaml", project=tmp_path)
    assert pipeline is None
    assert "it is a folder; name the database's file in it" in error.message
