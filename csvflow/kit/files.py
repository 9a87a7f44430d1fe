"""What all file sinks share: where a run's file goes, and how it gets there whole."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol, TypeVar

from pydantic import field_validator

from csvflow.contract import Comparison, Place, Receipt, Run, Settings, Sink
from csvflow.kit.staging import Staged, complaint, is_there, remove, stage, try_place
from csvflow.kit.stores import is_local, local_path, public
from csvflow.kit.templates import Template

if TYPE_CHECKING:
    import pyarrow as pa


class FileSettings(Settings):
    """Settings that every file sink has."""

    path: Place
    """A file, a folder or a URL, with placeholders: `{name}`, `{stem}`, `{run_id}`,
    `{run_date}`, `{pipeline}` and what the source's path captures. A path that ends in the
    format's suffix is exactly that file, and each run replaces it; a folder gets one file
    a run, `{stem}-{run_id}` and suffix."""

    @field_validator("path")
    @classmethod
    def _placeholders(cls, path: str) -> str:
        Template(path)
        return path


F = TypeVar("F", bound=FileSettings)


class Encoder(Protocol):
    """Writes batches in one format."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add the rows."""

    def finish(self) -> None:
        """Write what the format has at its end. The stream stays open."""


class FileSink(Sink[F]):
    """One file a run, staged beside its place and moved there by ``commit``."""

    shorthand: ClassVar[str | None] = "path"

    def __init__(self, settings: F) -> None:
        super().__init__(settings)
        self._staged: Staged | None = None
        self._encoder: Encoder | None = None
        self._final = ""
        self._rows = 0

    @abstractmethod
    def encoder(self, stream: BinaryIO, schema: pa.Schema, *, name: str) -> Encoder:
        """Return what writes to the stream; ``name`` is that of the final file."""

    @property
    def file_suffix(self) -> str:
        """The suffix of files in a folder."""
        return self.suffixes[0]

    @property
    def template(self) -> Template:
        """The path of a run's file, with its placeholders."""
        path = self.settings.path
        # Before filling: a `%2f` in a value must not become a slash.
        path = local_path(path) if is_local(path) else path
        if not path.endswith(self.suffixes):
            path = f"{path.rstrip('/')}/{{stem}}-{{run_id}}{self.file_suffix}"
        return Template(path)

    @property
    def target(self) -> str:
        return public(self.template.text)

    def open(self, run: Run, schema: pa.Schema) -> None:
        self._final = self.template.fill(run)
        self._staged = stage(self._final, run)
        self._rows = 0
        self._encoder = self.encoder(
            self._staged.stream, schema, name=self._final.rpartition("/")[2]
        )

    def write(self, batch: pa.RecordBatch) -> None:
        if self._encoder is None:
            raise TypeError("a sink is opened before it is written to")
        try:
            self._encoder.write(batch)
        except OSError as error:
            raise complaint(error, public(self._final)) from error
        self._rows += batch.num_rows

    def commit(self) -> Receipt:
        if self._staged is None or self._encoder is None:
            raise TypeError("a sink is opened before it is committed")
        try:
            self._encoder.finish()
        except OSError as error:
            raise complaint(error, public(self._final)) from error
        # A repeated commit writes the same rows under the same name, so its receipt is the same.
        self._staged.publish()
        return Receipt(target=public(self._final), rows=self._rows)

    def clear(self, run: Run) -> None:
        if run.attempt > 1 or "run_id" not in self.template.names:
            remove(self.template.fill(run))

    def compare(
        self, run: Run, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> Comparison | None:
        del schema
        final = self.template.fill(run)
        there = is_there(final)
        file = f"file {public(final)}"
        return Comparison(
            public(final),
            creates=() if there else (file,),
            replaces=(file,) if there else (),
            inserted=sum(batch.num_rows for batch in batches),
        )

    def probe(self) -> Sequence[str]:
        # What a run fills is unknown: up to there the path is the same for all.
        fixed = self.template.text.partition("{")[0]
        return (f"wrote to {try_place(fixed.rpartition('/')[0] or '/')} and removed it",)

    def abort(self) -> None:
        self._encoder = None
        if self._staged is not None:
            self._staged.discard()
            self._staged = None

    def close(self) -> None:
        # Published or not: what is still staged now belongs to nobody.
        self.abort()
