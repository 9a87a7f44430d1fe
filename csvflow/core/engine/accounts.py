"""Every row is accounted for: read + added = loaded + rejected + dropped + folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from csvflow.contract import Receipt, RunError
from csvflow.core.report import RowCounts

if TYPE_CHECKING:
    from csvflow.core.engine.flow import StepCount


def settle(
    *, read: int, damaged: int, refused: int, steps: Sequence[StepCount], sent: int
) -> RowCounts:
    """Return the run's counts.

    Raises ``RunError`` (``run.unbalanced``) when a step doesn't balance, when what leaves one
    doesn't enter the next, or when the rejects written aren't those counted.
    """
    into = read - damaged
    for step in steps:
        if step.rows_in != into:
            raise _unbalanced(f"{into} rows left the node before {step.name}, {step.rows_in} came")
        gone = step.rejected + step.dropped + step.folded
        if step.rows_in + step.added != step.out + gone:
            raise _unbalanced(
                f"{step.name} took {step.rows_in} + {step.added} rows and gave {step.out} + {gone}"
            )
        into = step.out
    if into != sent:
        raise _unbalanced(f"{into} rows left the last step, {sent} went to the sinks")
    counts = RowCounts(
        read=read,
        added=sum(step.added for step in steps),
        loaded=sent,
        rejected=damaged + sum(step.rejected for step in steps),
        dropped=sum(step.dropped for step in steps),
        folded=sum(step.folded for step in steps),
    )
    if counts.rejected != refused:
        raise _unbalanced(f"{counts.rejected} rows were rejected, {refused} rejects were written")
    if not counts.balance():
        raise _unbalanced(f"the run counts {counts.model_dump()}")
    return counts


def check_receipt(sink: str, sent: int, receipt: Receipt) -> None:
    """Raise ``RunError`` (``run.unbalanced``) unless the sink wrote what it was sent."""
    if receipt.rows + receipt.folded + receipt.unmatched != sent:
        raise _unbalanced(
            f"{sink} was sent {sent} rows and says it wrote {receipt.rows}, folded"
            f" {receipt.folded} and found nothing to change for {receipt.unmatched}"
        )


def by_name(steps: Sequence[StepCount]) -> Mapping[str, Mapping[str, int]]:
    """Return the steps' counts for a log entry."""
    return {step.name: {"in": step.rows_in, "out": step.out} for step in steps}


def _unbalanced(what: str) -> RunError:
    return RunError(
        "run.unbalanced",
        f"the run doesn't balance: {what}",
        hint="nothing more was committed; this is a fault of csvflow or of a plugin: report it",
    )
