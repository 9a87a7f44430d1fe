"""What is said of lines that stand above the header or below the records."""

from __future__ import annotations

from csvflow.core.intake import Intake

_SHOWN = 60


def left_out(intake: Intake) -> list[str]:
    """Return a sentence on the lines above the header, and one on those that are a footer."""
    above, below = intake.dialect.preamble_lines, intake.dialect.footer_lines
    told = []
    if above:
        told.append(f"{_lines(above, 'first')} left out: the table begins behind")
    if below:
        text = next((line for line in intake.last_lines(below) if line.strip()), "")
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        told.append(f"{_lines(below, 'last')} left out, as a footer: `{shown}`")
    return told


def _lines(count: int, which: str) -> str:
    return f"the {which} line is" if count == 1 else f"the {which} {count:,} lines are"
