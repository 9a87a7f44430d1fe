"""Public contract suites: every plugin inherits the laws of its kind."""

from csvflow.testing.ledgers import LedgerCase, LedgerLaws
from csvflow.testing.notifiers import NotifierCase, NotifierLaws
from csvflow.testing.sinks import SinkCase, SinkLaws
from csvflow.testing.sources import SourceCase, SourceLaws
from csvflow.testing.steps import StepCase, StepLaws

__all__ = [
    "LedgerCase",
    "LedgerLaws",
    "NotifierCase",
    "NotifierLaws",
    "SinkCase",
    "SinkLaws",
    "SourceCase",
    "SourceLaws",
    "StepCase",
    "StepLaws",
]
