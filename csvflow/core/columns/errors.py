"""What is wrong with a declared column, and where in its text."""

from __future__ import annotations

from csvflow.contract import ConfigError


class ColumnError(ConfigError):
    """A column that can't be understood: ``config.column``.

    ``key`` is the key of the long form that is wrong, and ``offset`` the place in that
    value's text (or in the short form) where it goes wrong; either may be None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        place: str | None = None,
        offset: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.offset = offset
        self.key = key


def wrong(
    message: str, *, hint: str | None = None, offset: int | None = None, key: str | None = None
) -> ColumnError:
    """Return the error to raise."""
    return ColumnError("config.column", message, hint=hint, offset=offset, key=key)
