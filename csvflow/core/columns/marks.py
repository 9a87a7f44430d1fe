"""How numbers and truth are spelled in one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Spelling(Protocol):
    """What the pipeline's ``csv:`` says about numbers and truth."""

    @property
    def decimal(self) -> str:
        """The decimal mark."""

    @property
    def thousands(self) -> str:
        """The mark between thousands, or ``none``."""

    @property
    def true(self) -> tuple[str, ...]:
        """Words that mean true."""

    @property
    def false(self) -> tuple[str, ...]:
        """Words that mean false."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The spelling of numbers and booleans, as the pipeline's ``csv:`` gives it."""

    decimal: str = "."
    """What stands before the decimals."""
    thousands: str | None = None
    """What may stand between groups of three digits: one character, or nothing."""
    true: tuple[str, ...] = ("true",)
    """Words that mean true, in any case."""
    false: tuple[str, ...] = ("false",)
    """Words that mean false, in any case."""

    @classmethod
    def of(cls, options: Spelling) -> Marks:
        """Return the marks that the pipeline's ``csv:`` gives."""
        thousands = None if options.thousands == "none" else options.thousands
        return cls(options.decimal, thousands, options.true, options.false)


PLAIN = Marks()
"""The marks of YAML literals, and of files that say nothing else."""
