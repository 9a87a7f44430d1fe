"""What can go wrong, each with a stable code, a place and a hint."""

from __future__ import annotations


class CsvflowError(Exception):
    """Something a user must know. Prints as ``place: message`` and a line ``hint: …``.

    ``code`` is stable (``config.unknown-key``); ``csvflow help CODE`` explains it.
    ``message`` is one sentence without a final period, values in backticks.
    ``place`` is where it is wrong: ``file:line:column``, a URI, or nothing.
    ``excerpt`` may show the line at fault with carets under it; it prints before the hint.
    ``subject`` may be the text it is about, as the author wrote it (an expression), and
    ``offset`` where in it: the reader of the file makes a place and an excerpt of them.
    """

    excerpt: str | None = None
    offset: int | None = None
    subject: str | None = None

    def __init__(
        self, code: str, message: str, *, hint: str | None = None, place: str | None = None
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        head = f"{self.place}: {self.message}" if self.place else self.message
        excerpt = f"\n{self.excerpt}" if self.excerpt else ""
        return head + excerpt + (f"\n  hint: {self.hint}" if self.hint else "")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders: workers of `watch` and `batch` send them home.
        details = {"excerpt": self.excerpt, "offset": self.offset, "subject": self.subject}
        return (_rebuild, (type(self), self.code, self.message, self.hint, self.place), details)


def _rebuild(
    kind: type[CsvflowError], code: str, message: str, hint: str | None, place: str | None
) -> CsvflowError:
    return kind(code, message, hint=hint, place=place)


class ConfigError(CsvflowError):
    """The pipeline or the command is wrong; nothing was read. Exit code 2."""


class InputError(CsvflowError):
    """The input can't be read as what it claims to be. Trying again gives the same."""


class RowError(CsvflowError):
    """Too many rows were refused, or one that may not be."""


class RunError(CsvflowError):
    """This attempt can't go on: it doesn't balance, or its lease is lost."""


class SinkError(CsvflowError):
    """The target refused what it was given. Trying again gives the same."""


class UnreachableError(CsvflowError):
    """A source, sink or ledger is out of reach. Nothing is lost; trying again may help."""
