"""Rules that rows must obey."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from csvflow.contract import Examples, Rows, Settings, Step
from csvflow.kit.names import Sql


class Rule(BaseModel):
    """One rule of the validate step."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    rule: Sql
    """SQL condition over the row's columns, in DuckDB's dialect. Null passes, as in a CHECK."""
    code: str = Field(default="row.rule", pattern=r"^[a-z][a-z0-9_.-]*$")
    """The code of the rejects, to tell the rules apart."""
    column: str | None = None
    """The column that the rejects name."""
    message: str | None = None
    """One sentence that says what is wrong with such a row."""


def _rules(value: object) -> object:
    entries = value if isinstance(value, list | tuple) else [value]
    return [{"rule": entry} if isinstance(entry, str) else entry for entry in entries]


class ValidateSettings(Settings):
    """Settings of the validate step."""

    rules: Annotated[
        tuple[Rule, ...],
        Field(min_length=1),
        BeforeValidator(_rules, json_schema_input_type=str | Rule | list[str | Rule]),
    ]
    """The rules, each an SQL condition or a mapping with `rule`. The first broken one is told."""


class ValidateStep(Step[ValidateSettings]):
    """Rejects the rows that break a rule, with the rule's code and message.

    A rule that can't be answered, as `amount > 0` where there is no amount, is not broken;
    `required` in `columns` refuses nulls.
    """

    shorthand: ClassVar[str | None] = "rules"
    examples: ClassVar[Examples] = {
        "One rule": {"rules": "amount > 0"},
        "Rules with codes": {
            "rules": [
                {
                    "rule": "quantity between 1 and 1000",
                    "code": "order-quantity",
                    "column": "quantity",
                },
                {
                    "rule": "day <= current_date",
                    "code": "future-order",
                    "message": "an order can't come from the future",
                },
            ]
        },
    }

    def apply(self, rows: Rows) -> Rows:
        for rule in self.settings.rules:
            rows = rows.check(
                rule.rule,
                code=rule.code,
                column=rule.column,
                reason=rule.message or f"`{rule.rule}` does not hold",
            )
        return rows
