"""``csvflow plan``: what a run would change in its targets as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from csvflow.contract import Comparison, CsvflowError, Sink, UnreachableError
from csvflow.core.engine.accounts import settle
from csvflow.core.engine.flow import Passed
from csvflow.core.engine.operators import with_reserved
from csvflow.core.engine.spool import Spool
from csvflow.core.pipeline.model import Part
from csvflow.core.report import RowCounts
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
    """None: the sink can't tell, or failed."""
    error: CsvflowError | None = None


@dataclass(frozen=True)
class Plan:
    """What a run of one input would do."""

    pipeline: str
    uri: str
    run_id: str
    known: str | None
    """How the ledger has this version: `succeeded` is loaded again only by `--force`."""
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
        if not look.plans:
            return _plan(look, RowCounts(), Counter(), [])
        schema = look.plans[-1].schema
        spool = Spool(look.scratch, with_reserved(schema))
        try:
            rows, by_code = _through(look, spool)
            sinks = [_compared(look, part, schema, spool) for part in look.pipeline.sinks]
        finally:
            spool.close()
        return _plan(look, rows, by_code, sinks)


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
    for batch in spool.read(names):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _plan(look: Look, rows: RowCounts, by_code: Counter[str], sinks: list[Planned]) -> Plan:
    limit = look.pipeline.rejects.max
    return Plan(
        look.pipeline.name,
        look.run.event.uri,
        look.run.id,
        _known(look),
        rows,
        dict(sorted(by_code.items())),
        str(limit),
        limit.allows(rows.rejected, rows.read),
        sinks,
    )


def _known(look: Look) -> str | None:
    with ledger_of(look.pipeline) as ledger:
        record: Any = ledger.known(look.pipeline.name, [look.run.id]).get(look.run.id)
        return None if record is None else str(record.state)
