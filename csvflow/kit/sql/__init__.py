"""What SQL sinks share: names, tables, the marker row and the statements of a commit."""

from csvflow.kit.sql.database import Database
from csvflow.kit.sql.dialect import Dialect, Kind, Types
from csvflow.kit.sql.files import FileTableSettings, FileTableSink
from csvflow.kit.sql.layout import Layout
from csvflow.kit.sql.marker import Loaded, Marker, Settled
from csvflow.kit.sql.names import Table, quote
from csvflow.kit.sql.settings import TableSettings, without_scheme
from csvflow.kit.sql.sink import TableSink
from csvflow.kit.sql.staging import SideFile

__all__ = [
    "Database",
    "Dialect",
    "FileTableSettings",
    "FileTableSink",
    "Kind",
    "Layout",
    "Loaded",
    "Marker",
    "Settled",
    "SideFile",
    "Table",
    "TableSettings",
    "TableSink",
    "Types",
    "quote",
    "without_scheme",
]
