"""``csvflow plan``: what a run would change in its targets as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from csvflow.contract import (
    Comparison,
    CsvflowError,
    InputError,
    RunRecord,
    Sink,
    UnreachableError,
)
from csvflow.core.engine.accounts import settle
from csvflow.core.engine.flow import Passed
from csvflow.core.engine.operators import with_reserved
from csvflow.core.engine.spool import Spool
from csvflow.core.pipeline.model import Part
from csvflow.core.report import Reason, RowCounts
from csvflow.services.contents import ContentQuestion
from csvflow.services.look import Look, looked_at
from csvflow.services.run import Order
from csvflow.services.wiring import ledger_of


@dataclass(frozen=True)
class Planned:
    """What would become of one sink's target."""

    part: str
    type: str
    target: str
    """Of a sink that can tell nothing else, with its placeholders."""
    comparison: Comparison | None
    """None: the sink can't tell, or failed, or committed before."""
    error: CsvflowError | None = None
    committed: bool = False
    """Whether an earlier attempt, which failed later on, loaded this sink for good."""


@dataclass(frozen=True)
class Plan:
    """What a run of one input would do."""

    pipeline: str
    uri: str
    run_id: str
    known: str | None
    """How the ledger has this version: `succeeded` is loaded again only by `--force`."""
    skipped: Reason | None
    """Why a run would leave the input alone, though the ledger doesn't know this version."""
    error: CsvflowError | None
    """What would fail the input before any sink."""
    rows: RowCounts
    by_code: dict[str, int]
    """Rejects."""
    max_rejects: str
    allowed: bool
    """Whether `rejects: {max}` allows so many; if not, nothing would be loaded."""
    sinks: list[Planned]


def plan(word: str, order: Order) -> Plan:
    """Take the whole input through its steps and compare what comes out with the targets.

    Writes nothing. What is wrong with one sink is in its entry, not raised.
    """
    with looked_at(word, order, bare=False) as look:
        rows, by_code = RowCounts(), Counter[str]()
        sinks: list[Planned] = []
        ledger = _asked(look)
        if look.plans:
            schema = look.plans[-1].schema
            spool = Spool(look.scratch, with_reserved(schema))
            try:
                rows, by_code = _through(look, spool)
                for at, part in enumerate(look.pipeline.sinks):
                    done = at < ledger.committed
                    sinks.append(_committed(part) if done else _compared(look, part, schema, spool))
            finally:
                spool.close()
        limit = look.pipeline.rejects.max
        return Plan(
            look.pipeline.name,
            look.run.event.uri,
            look.run.id,
            ledger.state,
            ledger.skipped or (None if look.plans else "empty"),
            _refused(look) if not rows.read else None,
            rows,
            dict(sorted(by_code.items())),
            str(limit),
            limit.allows(rows.rejected, rows.read),
            sinks,
        )


def _through(look: Look, spool: Spool) -> tuple[RowCounts, Counter[str]]:
    by_code: Counter[str] = Counter()
    last = len(look.plans) - 1

    def watch(index: int, passed: Passed) -> None:
        by_code.update(item.code for item in passed.rejected)
        if index == last and passed.batch is not None and passed.batch.num_rows:
            spool.write(passed.batch)

    read = lost = 0
    chain = look.chain(watch)
    try:
        for batch, damaged in look.records(None):
            read += batch.num_rows + len(damaged)
            lost += len(damaged)
            by_code.update(item.code for item in damaged)
            chain.push(batch)
        chain.finish()
        refused = by_code.total()
        counts = chain.counts
    finally:
        chain.close()
    settled = settle(read=read, damaged=lost, refused=refused, steps=counts, sent=spool.rows)
    return settled, by_code


def _compared(look: Look, part: Part, schema: pa.Schema, spool: Spool) -> Planned:
    sink = part.make()
    if not isinstance(sink, Sink):
        raise TypeError(f"{part.key} is no sink")
    names = [*schema.names, *(spool.schema.names[-2:] if sink.reserved else [])]
    taken = with_reserved(schema) if sink.reserved else schema
    try:
        found = sink.compare(look.run, taken, _batches(spool, names, taken))
    except CsvflowError as error:
        return Planned(part.key, part.type, sink.target, None, part.locate(error))
    except OSError as error:
        told = UnreachableError("run.io", f"{sink.target}: {error}", place=part.place or None)
        return Planned(part.key, part.type, sink.target, None, told)
    finally:
        sink.close()
    return Planned(part.key, part.type, found.target if found else sink.target, found)


def _batches(spool: Spool, names: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        for batch in spool.read(names):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except OSError as error:
        # Not the sink's, which is told of its own.
        raise UnreachableError("run.io", f"the rows that were read: {error}") from error


def _committed(part: Part) -> Planned:
    sink = part.make()
    if not isinstance(sink, Sink):
        raise TypeError(f"{part.key} is no sink")
    return Planned(part.key, part.type, sink.target, None, committed=True)


def _refused(look: Look) -> CsvflowError | None:
    if look.pipeline.empty != "fail":
        return None
    return InputError(
        "input.empty",
        "the file has no data rows, and `empty: fail` wants some",
        hint="`empty: ok` takes such a file as done",
        place=look.run.event.uri,
    )


@dataclass(frozen=True)
class _Known:
    """What the ledger says of the input."""

    state: str | None
    skipped: Reason | None
    committed: int
    """How many sinks, from the first on, need nothing any more."""


def _asked(look: Look) -> _Known:
    with ledger_of(look.pipeline) as ledger:
        record = next(iter(ledger.find(look.run.id)), None)
        if record is not None and record.state not in {"failed", "released", "claimed"}:
            return _Known(record.state, None, 0)
        question = ContentQuestion.of(ledger, look.pipeline, look.run)
        skipped = question(look.intake.hash_now()) if question else None
        state = None if record is None else record.state
        return _Known(state, skipped, _loaded(record, look.pipeline.digest))


def _loaded(record: RunRecord | None, digest: str) -> int:
    # Under another digest the run is the next generation: every sink is loaded anew.
    if record is None or record.state != "failed" or record.digest != digest:
        return 0
    return len((record.report or {}).get("sinks", ()))
