"""What became of inputs, as a table for people or as the document of ``--json``."""

from __future__ import annotations

import posixpath
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from csvflow.cli import prose, screen
from csvflow.core import logs

if TYPE_CHECKING:
    from pathlib import Path

    from csvflow.contract import CsvflowError
    from csvflow.core.report import ColumnsReport, Inputs, Report, RunReport

SHOWN = 50
"""Lines of a summary: of more inputs than that, only those worth a look are listed."""
TOLD_OF_RUNS = ("run_failed", "worker_lost")
"""Log events that ``tell_error`` tells people."""
TOLD = (*TOLD_OF_RUNS, "inputs_failed_before")
"""Log events that ``tell_error`` and ``show`` tell people."""
_COUNTS = ("read", "added", "loaded", "rejected", "dropped", "folded")
_SELDOM = ("added", "dropped", "folded")
STYLES = {"succeeded": "green", "skipped": "dim", "failed": "red", "dead_lettered": "red"}
SHOWN_NOTES = 12
_FAILED_BEFORE = "failed before and not loaded"
WHY = {
    "unchanged": "this version was loaded before",
    "duplicate": "the same content was loaded under another name",
    "claimed": "another worker holds it",
    "filtered": "the source's filter leaves it out",
    "undone": "it was undone",
    "empty": "it has no rows",
    "not-ready": "it is still being written",
}


def as_document(report: Report, errors: Sequence[CsvflowError] = ()) -> dict[str, Any]:
    """Return the document of ``--json``: ``inputs`` only where a source was surveyed."""
    from csvflow.core.report import ErrorReport  # noqa: PLC0415

    found = report.model_dump(mode="json")
    if found["inputs"] is None:
        del found["inputs"]
    found["errors"] += [ErrorReport.of(error).model_dump() for error in errors]
    return found


def show(report: Report, *, dry_run: bool = False, named: str = "") -> None:
    """Print the table, where rows and rejects are, or that there is nothing new.

    ``named`` is what a hint of another command needs to choose the same pipeline.
    """
    runs = report.runs
    if all(run.outcome == "skipped" for run in runs):
        _nothing_new(report)
        _show_failed_before(report)
        return
    listed = runs if len(runs) <= SHOWN else [run for run in runs if _worth_a_look(run)][:SHOWN]
    screen.out().print(_table(listed, runs))
    _show_targets(runs)
    if len(runs) == 1:
        _show_dialect(runs[0])
    _show_columns(runs)
    _show_rejects(runs, dry_run=dry_run, named=named)
    _show_failed_before(report)
    if dry_run:
        screen.say("dry run: nothing was loaded")


def tell_error(run: RunReport) -> None:
    """Tell why a run failed, on stderr, as soon as it is known; JSON lines tell it already."""
    if not logs.as_json():
        show_error(run)


def tell_project(pipeline: str | None, project: Path | None) -> None:
    """Tell where the relative places of a pipeline are, unless they are here."""
    from csvflow.services.wiring import project_elsewhere  # noqa: PLC0415

    elsewhere = project_elsewhere(pipeline, project) if pipeline else None
    if elsewhere is not None:
        screen.note(f"project: {elsewhere}, which relative paths of the pipeline belong to")


def tell(error: CsvflowError) -> None:
    """Tell on stderr of an error that no run has; JSON lines tell it already."""
    if not logs.as_json():
        screen.complain(str(error))


def show_error(run: RunReport) -> None:
    """Print on stderr why a run failed."""
    if run.error is not None:
        where = run.error.place or ""
        place = f"{where}: " if where else ""
        # Of several inputs, which one.
        whose = "" if where.startswith(run.uri) else f"\n  input: {screen.near(run.uri)}"
        hint = f"\n  hint: {run.error.hint}" if run.error.hint else ""
        screen.complain(f"{place}{run.error.message}{whose}{hint}")


def duration(secs: float) -> str:
    """Return a duration for people: ``0.2 s``, ``1 m 05 s``."""
    if secs < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{secs:.1f} s"
    return f"{int(secs // 60)} m {int(secs % 60):02} s"


def _worth_a_look(run: RunReport) -> bool:
    return run.outcome not in {"succeeded", "skipped"} or run.rows.rejected > 0


def _nothing_new(report: Report) -> None:
    for run in report.runs[:SHOWN]:
        why = WHY.get(run.reason or "", "skipped")
        screen.say(f"{posixpath.basename(run.uri)}: skipped, {why}")
    if all(run.reason in {"unchanged", "duplicate"} for run in report.runs):
        if report.inputs is not None:
            if report.errors and not report.inputs.seen:
                return
            screen.say(f"nothing new: {report.inputs.seen:,} seen, {_known(report.inputs)}")
        else:
            screen.say("nothing new; --force loads it again")


def _known(inputs: Inputs) -> str:
    failed = f", {inputs.failed:,} {_FAILED_BEFORE}" if inputs.failed else ""
    waiting = f", {inputs.not_ready:,} still being written" if inputs.not_ready else ""
    return f"{inputs.known - inputs.failed:,} loaded before{failed}{waiting}"


def _show_failed_before(report: Report) -> None:
    if report.inputs is None or not report.inputs.failed:
        return
    if any(run.outcome != "skipped" for run in report.runs):
        screen.say(f"{report.inputs.failed:,} {_FAILED_BEFORE}")
    screen.hint("csvflow runs --state failed; csvflow run FILE tries one again")


def _table(listed: Sequence[RunReport], runs: Sequence[RunReport]) -> Any:
    from rich.table import Table  # noqa: PLC0415

    used = [
        name
        for name in _COUNTS
        if name not in _SELDOM or any(getattr(run.rows, name) for run in runs)
    ]
    table = Table(box=None, pad_edge=False, header_style="bold")
    several = len({run.pipeline for run in runs}) > 1
    for name in ("input", "pipeline", "outcome") if several else ("input", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in (*used, "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in listed:
        counts = [f"{getattr(run.rows, name):,}" for name in used]
        outcome = screen.text(run.outcome, STYLES[run.outcome])
        shown = screen.text(posixpath.basename(run.uri))
        pipeline = [screen.text(run.pipeline or "-")] if several else []
        table.add_row(shown, *pipeline, outcome, *counts, duration(run.duration_secs))
    if len(runs) > 1:
        sums = [f"{sum(getattr(run.rows, name) for run in runs):,}" for name in used]
        table.add_row(f"{len(runs):,} inputs", *[""] * (1 + several), *sums, "", style="bold")
    return table


def _show_targets(runs: Sequence[RunReport]) -> None:
    """Print each target once, with what all runs loaded there."""
    totals: Counter[str] = Counter()
    for run in runs:
        for sink in run.sinks:
            totals[screen.near(sink.target)] += sink.rows
    for target, count in list(totals.items())[:SHOWN]:
        screen.say(f"loaded:  {prose.counted(count, 'row')} in {target}")
    if len(totals) > SHOWN:
        screen.say(f"         and {len(totals) - SHOWN:,} more targets; --json lists all")


def _show_dialect(run: RunReport) -> None:
    """Print what of the file was guessed or left out, if anything was."""
    dialect: Mapping[str, Any] = run.dialect or {}
    told = []
    if (sure := dialect.get("encoding_confidence")) is not None:
        told.append(f"{dialect['encoding']} by statistics, {sure:.0%} sure")
    left = []
    if above := dialect.get("preamble_lines"):
        left.append(f"{prose.counted(above, 'line')} above the header")
    if below := dialect.get("footer_lines"):
        left.append(prose.counted(below, "footer line"))
    if mark := dialect.get("comment"):
        left.append(f"lines that begin with `{mark}`")
    if left:
        *most, last = left
        told.append(f"{', '.join(most)}{' and ' if most else ''}{last} left out")
    if told:
        prose.say(f"file:    {'; '.join(told)}", rest="         ")


def _show_columns(runs: Sequence[RunReport]) -> None:
    """Print what nobody would expect of the headers: each thing once, with how many had it."""
    told: dict[str, list[str]] = {}
    for run in runs:
        for line in _of_columns(run.columns) if run.columns else ():
            told.setdefault(line, []).append(posixpath.basename(run.uri))
    for line, files in list(told.items())[:SHOWN_NOTES]:
        whose = files[0] if len(files) == 1 else f"in {len(files):,} inputs"
        prose.say(f"columns: {line}{f' ({whose})' if len(runs) > 1 else ''}", rest="         ")
    if len(told) > SHOWN_NOTES:
        screen.say(f"         and {len(told) - SHOWN_NOTES:,} more; --json lists all")


def _of_columns(found: ColumnsReport) -> Iterator[str]:
    yield from found.notes
    for name in found.missing:
        other = found.likely.get(name)
        renamed = f"; `{other}` may be its new name" if other else ""
        yield f"`{name}` is not in the file and null{renamed}"
    if found.unknown:
        yield f"not declared: {', '.join(f'`{name}`' for name in found.unknown)}"


def _show_rejects(runs: Sequence[RunReport], *, dry_run: bool = False, named: str = "") -> None:
    """Print how many rows were rejected and why, and the command that shows them."""
    found = [run for run in runs if run.rejects.rows]
    if not found:
        return
    codes: Counter[str] = Counter()
    for run in found:
        codes.update(run.rejects.by_code)
    first = found[0]
    uri = first.rejects.uri
    told = prose.counted(sum(run.rejects.rows for run in found), "row")
    if len(found) > 1:
        told += f" of {len(found):,} inputs"
    elif uri:
        told += f" in {screen.near(uri)}"
    head = "would be rejected" if dry_run else "rejects"
    prose.say(f"{head}: {told}", rest="  ")
    by_code = ", ".join(f"{code}\N{NO-BREAK SPACE}{n:,}" for code, n in sorted(codes.items()))
    for line in prose.fold(by_code, first="  ", rest="  "):
        screen.say(line.replace("\N{NO-BREAK SPACE}", " "))
    if dry_run:
        file = shlex.quote(screen.near(first.uri))
        screen.hint(f"csvflow preview {file}{named}")
    elif len(found) > 1:
        screen.hint("csvflow rejects list")
    elif uri:
        screen.hint(f"csvflow rejects show {first.run_id[:8]}")


def counted(counts: Mapping[str, int], *, zeros: bool = True) -> str:
    """Return a balance as text."""
    return ", ".join(f"{counts[name]:,} {name}" for name in _COUNTS if zeros or counts[name])


def show_stored(report: dict[str, Any] | None) -> None:
    """Print the balance, sinks and rejects of a run as the ledger keeps them."""
    if report is None:
        return
    from csvflow.core.report import RunReport  # noqa: PLC0415

    run = RunReport.model_validate(report)
    screen.say(f"rows      {counted(run.rows.model_dump())}")
    _show_targets([run])
    _show_dialect(run)
    _show_columns([run])
    _show_rejects([run])
