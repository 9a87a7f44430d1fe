"""A step changes rows. It doesn't execute: it composes a plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from csvflow.contract.plugin import Plugin, S
from csvflow.contract.rows import Rows


class Step(Plugin[S], ABC):
    """Turns rows into rows; its type is a verb.

    Laws, checked by ``csvflow.testing.StepLaws``:

    * ``apply`` reads no row; it raises ``ConfigError`` for a column that isn't there;
    * the rows that come out have the schema that ``apply`` announced;
    * where the input is cut into batches makes no difference to the output;
    * every row that comes in is kept, rejected, dropped or folded: it balances;
    * rows keep their input order, unless the step is there to change it.
    """

    kind: ClassVar[str] = "step"

    @abstractmethod
    def apply(self, rows: Rows) -> Rows:
        """Return the rows with this step added to their plan."""
