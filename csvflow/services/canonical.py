"""Values as a test writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def shown(value: object) -> str | None:
    """Return a value of a row as a test writes it; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        text = value.replace(tzinfo=None).isoformat(sep=" ")
        return text if value.tzinfo is None else f"{text}Z"
    if isinstance(value, date | time):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def canonical(text: str, kind: pa.DataType) -> str:
    """Return an expected text as ``shown`` writes that value; what is none stays as it is.

    So ``1.5`` is the decimal 1.50, and ``2026-01-31T10:00`` the timestamp 2026-01-31 10:00:00.
    """
    import pyarrow as pa  # noqa: PLC0415 - start-up

    types = pa.types
    try:
        if types.is_integer(kind) and re.fullmatch(r"[-+]?[0-9]+", text):
            return str(int(text))
        if types.is_decimal(kind):
            exact = Decimal(text).quantize(Decimal(1).scaleb(-kind.scale))
            return f"{exact:f}" if exact == Decimal(text) else text
        if types.is_floating(kind):
            return repr(float(text))
        if types.is_boolean(kind):
            return text.lower()
        if types.is_date(kind):
            return date.fromisoformat(text).isoformat()
        if types.is_time(kind):
            return time.fromisoformat(text).isoformat()
        if types.is_timestamp(kind):
            value = datetime.fromisoformat(text)
            if kind.tz is not None:
                value = value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
            return str(shown(value))
    except (ValueError, InvalidOperation):
        return text
    return text
