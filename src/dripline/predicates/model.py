"""What a condition is: a place to look, an operator, and a value to compare with."""

from enum import StrEnum

import msgspec

from dripline.kernel.values import Json


class Operator(StrEnum):
    """The seven ways to compare. `truth.holds` says what each means."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    CONTAINS = "contains"
    GREATER_THAN = "greaterThan"
    LESS_THAN = "lessThan"
    EXISTS = "exists"
    NOT_EXISTS = "notExists"

    @property
    def takes_value(self) -> bool:
        """Whether there is something to compare with; only `exists` and `notExists` take nothing."""
        return self not in (Operator.EXISTS, Operator.NOT_EXISTS)


class Comparison(msgspec.Struct, frozen=True):
    """One condition on one fact.

    `path` is dotted: `contact.properties.plan`, `event.order.total`. `value` is None for `exists` and `notExists`.
    """

    path: str
    operator: Operator
    value: Json = None
