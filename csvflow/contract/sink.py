"""A sink stages the rows of one run and publishes them in one move."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from csvflow.contract.event import Run
from csvflow.contract.plugin import Plugin, S

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a commit made visible. It goes into the ledger; a repeated commit gives it again."""

    target: str
    """The concrete table or path, without secrets."""
    rows: int
    """Rows of this run that are in the target."""
    folded: int = 0
    """Rows that gave way to a later one of the same input with the same key (``upsert``)."""
    unmatched: int = 0
    """Rows that found nothing to change in the target, where the mode only changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit would change in one column."""

    column: str
    rows: int
    """How many rows have another value there."""
    examples: Sequence[tuple[tuple[Any, ...], Any, Any]] = ()
    """The first of them: key, the value that is there, the value that would be."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a commit would change in the target as it is now."""

    target: str
    """As in the receipt."""
    creates: Sequence[str] = ()
    """What isn't there yet, for people: "table `orders` (id BIGINT)"."""
    replaces: Sequence[str] = ()
    """What would give way as a whole: files."""
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    """Rows that are there already, as they would be."""
    removed: int = 0
    """Rows of the target that would go, where the mode takes them out and they can be counted."""
    folded: int = 0
    changes: Sequence[Change] = ()


class Sink(Plugin[S], ABC):
    """Stages rows and publishes them; its type is a noun.

    The engine calls ``open write* (commit | abort) close``; it alone checks the order.
    Anything staged is named run id + token, anything final run id alone, so a worker that
    wakes up past its lease can't write into its successor's staging.

    Laws, checked by ``csvflow.testing.SinkLaws``:

    * ``open`` removes the run's staging of lower tokens;
    * before ``commit`` a reader of the target sees nothing of the run;
    * after ``commit`` every row is there once, and ``rows + folded + unmatched`` is their number;
    * ``abort`` leaves the target as it was, at any time and any number of times, and leaves
      nothing staged;
    * a run opened, written and committed twice is there once; the second receipt equals the
      first;
    * the next generation of a run replaces what the earlier one committed, if ``can_replace``;
    * ``may_hold`` is true while rows of an earlier generation are there, and changes nothing;
      while it is false the run can be committed, whether the sink can replace or not;
    * reserved columns stay out of the target unless the settings ask for them;
    * a target out of reach raises ``UnreachableError``, one that refuses ``SinkError``;
    * ``probe`` leaves the target as it was, and raises for one out of reach if it tries anything;
    * ``compare`` leaves the target as it was, and tells what a commit then does.
    """

    kind: ClassVar[str] = "sink"
    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    reserved: ClassVar[bool] = False
    """True: schema and batches end in the columns ``_csvflow_row`` and ``_csvflow_line``."""
    schemes: ClassVar[tuple[str, ...]] = ()
    """URL schemes that ``--to`` gives to this sink: ``("postgresql", "postgres")``."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """File suffixes that ``--to`` gives to this sink: ``(".parquet",)``."""

    @classmethod
    def settings_for(cls, url: str, table: str | None) -> Mapping[str, Any]:
        """Return the settings that ``--to URL[::TABLE]`` means."""
        del table
        return {"path": url}

    @property
    @abstractmethod
    def target(self) -> str:
        """Where the rows go, for people: table or path (templates unfilled), no secrets."""

    @property
    def can_replace(self) -> bool:
        """Whether a run's next generation (``--force``) can replace what this one commits."""
        return True

    def may_hold(self, run: Run) -> bool:
        """Whether rows may be in the target that an earlier generation of the run put there.

        Asked of a sink that isn't open, where it can't replace them: with False nothing is in
        the way of loading them anew. The default can't tell.
        """
        del run
        return True

    @abstractmethod
    def open(self, run: Run, schema: pa.Schema) -> None:
        """Begin staging. May create the target's container, never rows."""

    @abstractmethod
    def write(self, batch: pa.RecordBatch) -> None:
        """Stage one batch of the schema given to ``open``."""

    @abstractmethod
    def commit(self) -> Receipt:
        """Make the staged rows visible: atomic, durable, and idempotent per run and generation."""

    @abstractmethod
    def abort(self) -> None:
        """Remove what is staged. Also called on a sink that was never opened."""

    def compare(
        self, run: Run, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Comparison | None:
        """Return what committing these rows would change, for ``csvflow plan``; change nothing.

        Called on a sink of its own, instead of ``open`` to ``commit``, with the batches that
        ``write`` would get. The default, None, says that the sink can't tell.
        """
        del run, schema, batches
        return None

    def clear(self, run: Run) -> None:
        """Called instead of ``open`` to ``commit`` where rejects go and the run has none.

        A sink whose place is that of one run, or that each run replaces, leaves nothing there
        of earlier attempts. The default changes nothing.
        """

    def close(self) -> None:
        """Let go of connections and files; changes nothing. Called once, at the end."""
