import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from csvflow.contract import LINE, ROW, Event
from csvflow.core.intake import CsvOptions, Intake, take
from csvflow.core.progress import Silent


class Local:
    """A source whose inputs are local files, read in place."""

    def __init__(self, path):
        self.path = path

    def local_path(self, event):
        return str(self.path)


class Remote(Local):
    """A source whose inputs must be fetched."""

    def local_path(self, event):
        return None

    def open(self, event):
        return io.BytesIO(self.path.read_bytes())


@dataclass
class Read:
    header: list[str]
    dialect: dict
    rows: list[tuple] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    damaged: list[tuple] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    count: int = 0
    content_hash: str | None = None
    notes: list[str] = field(default_factory=list)


@pytest.fixture
def opened(tmp_path):
    made: list[Intake] = []

    def open_(data, *, remote=False, **options):
        number = len(made)
        path = tmp_path / f"in-{number}.csv"
        path.write_bytes(data)
        scratch = tmp_path / f"scratch-{number}"
        scratch.mkdir(exist_ok=True)
        event = Event(uri=str(path), version="1", size=len(data))
        source = (Remote if remote else Local)(path)
        intake = take(source, event, CsvOptions(**options), Path(scratch), progress=Silent())
        made.append(intake)
        return intake

    yield open_
    for intake in made:
        intake.close()


@pytest.fixture
def read(opened):
    def read_(data, *, block=None, remote=False, **options):
        intake = opened(data, remote=remote, **options)
        if block is not None:
            intake._reader._block = block
        found = Read(intake.header, intake.dialect.as_report(), notes=intake.notes)
        for piece in intake.batches():
            batch = piece.batch
            columns = [column.to_pylist() for column in batch.columns]
            found.numbers += columns[batch.schema.get_field_index(ROW)]
            found.lines += columns[batch.schema.get_field_index(LINE)]
            found.rows += list(zip(*columns[:-2], strict=True))
            found.damaged += [(d.row, d.line, d.code, d.raw) for d in piece.damaged]
        found.raw = intake.raw(found.lines)
        found.count = intake.rows
        found.content_hash = intake.content_hash
        return found

    return read_
