"""The truth table: what each operator says about a value that was found, or not found.

Missing and null are the same, written None. Missing is never equal, never contains, is never greater or less, and
does not exist. `notEquals` and `notExists` are the exact opposites of `equals` and `exists`. No pair of values raises.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeGuard, assert_never

from dripline.kernel.values import Json
from dripline.predicates.model import Operator

# A date, or a date and a time to the minute or finer; the separator may be a space (RFC 3339, section 5.6).
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


def holds(operator: Operator, found: Json, value: Json) -> bool:
    """Whether `found` stands in this relation to `value`."""
    match operator:
        case Operator.EQUALS:
            return _equal(found, value)
        case Operator.NOT_EQUALS:
            return not _equal(found, value)
        case Operator.CONTAINS:
            return _contains(found, value)
        case Operator.GREATER_THAN:
            return _greater(found, value)
        case Operator.LESS_THAN:
            return _greater(value, found)
        case Operator.EXISTS:
            return found is not None
        case Operator.NOT_EXISTS:
            return found is None
        case unreachable:
            assert_never(unreachable)


def _equal(found: Json, value: Json) -> bool:
    return found is not None and _same(found, value)


def _same(one: Json, other: Json) -> bool:
    """The same JSON value: 1 and 1.0 are one number, true is no number, texts differ by case."""
    match one:
        case bool() | None:
            return one is other
        case str():
            return isinstance(other, str) and one == other
        case int() | float():
            return _is_number(other) and one == other
        case Mapping():
            return (
                isinstance(other, Mapping)
                and one.keys() == other.keys()
                and all(_same(inner, other[name]) for name, inner in one.items())
            )
        case Sequence():
            return (
                _is_list(other)
                and len(one) == len(other)
                and all(_same(left, right) for left, right in zip(one, other, strict=True))
            )


def _contains(found: Json, value: Json) -> bool:
    if isinstance(found, str):
        # Case folding looks at each letter alone; lower() does not (the Greek final sigma), and would
        # let a text not contain a part of itself.
        return isinstance(value, str) and value.casefold() in found.casefold()
    return _is_list(found) and any(_equal(element, value) for element in found)


def _greater(one: Json, other: Json) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        left, right = moment(one), moment(other)
        return left is not None and right is not None and left > right
    return _is_number(one) and _is_number(other) and one > other


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def moment(text: str) -> datetime | None:
    """The time that an ISO 8601 date or time names, or None when it names none.

    A date is its midnight in UTC; a time without a zone is in UTC.
    """
    if not _TIME.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
