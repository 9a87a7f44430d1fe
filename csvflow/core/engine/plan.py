"""``Rows`` as the engine has them: an immutable list of nodes and the schema after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from csvflow.contract import RESERVED, ConfigError, MapBatch, Rows
from csvflow.core.engine import nodes as n
from csvflow.core.engine.naming import TABLE, names_in_batch, quoted, unknown

if TYPE_CHECKING:
    from csvflow.core.engine.expressions import Expression

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_CASTS = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "BIGNUM": "VARCHAR",
    "UBIGINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "USMALLINT": "BIGINT",
    "UTINYINT": "BIGINT",
    "INTEGER": "BIGINT",
    "SMALLINT": "BIGINT",
    "TINYINT": "BIGINT",
    "FLOAT": "DOUBLE",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "INTERVAL": "VARCHAR",
    "TIME WITH TIME ZONE": "VARCHAR",
    "TIMETZ": "VARCHAR",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "BIT": "VARCHAR",
    "NULL": "VARCHAR",
}
"""Each type that sinks needn't know, and the one that takes its place.

A value that doesn't fit, as a sum beyond 64 bits, fails; none is rounded.
"""


class PlannedRows(Rows):
    """A plan. ``Flow`` carries it out."""

    def __init__(self, nodes: tuple[tuple[n.Node, pa.Schema], ...], before: pa.Schema) -> None:
        self.nodes = nodes
        """Each node, and the schema of what it lets out."""
        self.before = before
        """The schema of what goes in, without reserved columns."""

    @classmethod
    def start(cls, schema: pa.Schema) -> PlannedRows:
        """Return the empty plan over batches of a schema, whose reserved columns don't count."""
        visible = pa.schema([field for field in schema if not field.name.startswith(RESERVED)])
        return cls((), visible)

    def labelled(self, name: str) -> PlannedRows:
        """Return the plan with a border: what follows is counted under this name."""
        return self._with(n.Label(name))

    @property
    def schema(self) -> pa.Schema:
        return self.nodes[-1][1] if self.nodes else self.before

    def project(self, columns: Mapping[str, str]) -> PlannedRows:
        self._need(columns.values())
        self._new_names(columns)
        fields = [self.schema.field(old).with_name(new) for new, old in columns.items()]
        return self._with(n.Project(tuple(columns.items())), pa.schema(fields))

    def map_batches(self, function: MapBatch, schema: pa.Schema) -> PlannedRows:
        self._new_names(schema.names)
        return self._with(n.MapBatches(function, schema), schema)

    def cast(self, types: Mapping[str, str]) -> PlannedRows:
        # Imported here: the rules of typing need numpy, and few pipelines have this node.
        from csvflow.core.engine.casting import casting  # noqa: PLC0415

        self._need(types)
        function, schema, uniques = casting(self.schema, types)
        rows = self.map_batches(function, schema)
        for name in uniques:
            rows = rows.distinct([name], keep="first", reject="row.unique")
        return rows

    def where(self, condition: str) -> PlannedRows:
        return self._with(n.Where(self._condition(condition)))

    def with_columns(self, expressions: Mapping[str, str]) -> PlannedRows:
        self._new_names(expressions)
        made = tuple(self._computed(name, text) for name, text in expressions.items())
        types = {column.name: column.type for column in made}
        fields = [
            pa.field(field.name, types.pop(field.name)) if field.name in types else field
            for field in self.schema
        ]
        fields += [pa.field(name, kind) for name, kind in types.items()]
        return self._with(n.WithColumns(made), pa.schema(fields))

    def check(self, condition: str, *, code: str, column: str | None, reason: str) -> PlannedRows:
        if column is not None:
            self._need([column])
        return self._with(n.Check(self._condition(condition), code, column, reason))

    def distinct(
        self, by: Sequence[str], *, keep: Literal["first", "last"], reject: str | None = None
    ) -> PlannedRows:
        self._need(by)
        return self._with(n.Distinct(tuple(by), keep, reject))

    def sort(self, by: Sequence[tuple[str, Literal["asc", "desc"]]]) -> PlannedRows:
        self._need(name for name, _ in by)
        return self._with(n.Sort(tuple(by)))

    def limit(self, count: int) -> PlannedRows:
        return self._with(n.Limit(count))

    def query(self, sql: str) -> PlannedRows:
        from csvflow.core.engine.queries import parse_query  # noqa: PLC0415 - SQLGlot: 90 ms

        query = parse_query(sql)
        self._one_name_each(sql)
        plain = query.sql(_ANY_TIME)
        try:
            columns, schema = self._look(plain, TABLE, self.schema)
        except _DuckSaid as said:
            raise _about(sql, f"the query can't be run: {said}") from None
        self._new_names(schema.names)
        if len({name.casefold() for name in schema.names}) < len(schema.names):
            raise _about(
                sql,
                f"the query gives two columns of one name: {', '.join(schema.names)}",
                hint="name them apart with `AS`",
            )
        return self._with(n.Select(query, columns, schema), schema)

    def map_all(self, function: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> PlannedRows:
        self._new_names(schema.names)
        return self._with(n.MapAll(function, schema), schema)

    def _with(self, node: n.Node, schema: pa.Schema | None = None) -> PlannedRows:
        return PlannedRows((*self.nodes, (node, schema or self.schema)), self.before)

    def _need(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.schema.names:
                message, hint = unknown("column", name, self.schema.names)
                error = ConfigError("config.unknown-column", message, hint=hint)
                error.subject = name
                raise error

    @staticmethod
    def _new_names(names: Iterable[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name.startswith(RESERVED):
                raise ConfigError(
                    "config.reserved-column",
                    f"a column can't be called `{name}`: names that begin with `{RESERVED}` are "
                    "csvflow's own",
                )
            if name in seen:
                raise ConfigError("config.duplicate-column", f"there would be two columns `{name}`")
            seen.add(name)

    def _one_name_each(self, sql: str) -> None:
        seen: dict[str, str] = {}
        for name in self.schema.names:
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                raise _about(
                    sql,
                    f"the columns `{other}` and `{name}` differ only in case, which a query can't "
                    "tell apart",
                    hint="rename one in a step before",
                )

    def _condition(self, text: str) -> Expression:
        computed = self._computed("", text)
        if not pa.types.is_boolean(computed.type):
            raise _about(
                text,
                f"`{text}` isn't a condition: it gives {computed.type}, not true or false",
                hint="compare it with something, e.g. `amount > 0`",
            )
        return computed.expression

    def _computed(self, name: str, text: str) -> n.Computed:
        from csvflow.core.engine.expressions import parse_expression  # noqa: PLC0415 - likewise

        expression = parse_expression(text, self.schema.names)
        names = names_in_batch(expression.columns)
        read = pa.schema(
            [pa.field(names[c], self.schema.field(c).type) for c in expression.columns]
            or [pa.field("c0", pa.int64())]
        )
        plain = expression.sql(names, _ANY_TIME)
        try:
            columns, schema = self._look(f"SELECT ({plain}) AS v FROM b", "b", read)
        except _DuckSaid as said:
            known = {short: f"`{column}`" for column, short in names.items()}
            message = " ".join(known.get(word, word) for word in str(said).split(" "))
            raise _about(text, f"`{text}` can't be computed: {message}") from None
        return n.Computed(name, expression, columns[0][1], schema.field(0).type)

    @staticmethod
    def _look(
        sql: str, table: str, schema: pa.Schema
    ) -> tuple[tuple[tuple[str, str | None], ...], pa.Schema]:
        """Return the columns of a query with the casts that they need, and what comes then."""
        # DuckDB costs 90 ms to import: a pipeline without expressions doesn't.
        from csvflow.core.engine import duck  # noqa: PLC0415

        try:
            with duck.probe() as probe:
                types = probe.types(sql, table, schema)
                columns = tuple((name, _cast_for(kind)) for name, kind in types)
                if len({name for name, _ in columns}) < len(columns):
                    return columns, pa.schema([(name, pa.string()) for name, _ in columns])
                return columns, probe.schema(converted(sql, columns), table, schema)
        except duck.DuckError as error:
            raise _DuckSaid(str(error)) from None


class _DuckSaid(Exception):  # noqa: N818 - not an error yet: the caller says what it means
    """What DuckDB has against a query."""


def converted(sql: str, columns: Sequence[tuple[str, str | None]]) -> str:
    """Return the query with its odd columns converted, in the order of its rows."""
    if not any(cast for _, cast in columns):
        return sql
    listed = ", ".join(
        f"CAST({quoted(name)} AS {cast}) AS {quoted(name)}" if cast else quoted(name)
        for name, cast in columns
    )
    return f"SELECT {listed} FROM ({sql}\n)"


def _about(text: str, message: str, *, hint: str | None = None) -> ConfigError:
    error = ConfigError("config.expression", message, hint=hint)
    error.subject = text
    return error


def _cast_for(kind: str) -> str | None:
    kind = kind.strip('"')
    return "VARCHAR" if kind.startswith("ENUM") else _CASTS.get(kind)
