"""The truth table: what each operator says about a value that was found, or not found.

Missing and null are the same, written None. Missing is never equal, never contains, is never greater or less, and
does not exist. `notEquals` and `notExists` are the exact opposites of `equals` and `exists`. No pair of values raises.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from math import inf
from typing import TypeGuard, assert_never

from dripline.kernel.values import Json
from dripline.predicates.model import Operator

FOLDING: Mapping[int, int] = {
    point: ord(folded)
    for point in range(0x20000)
    if not 0xD800 <= point <= 0xDFFF and len(folded := chr(point).casefold()) == 1 and ord(folded) != point
}
"""What each letter is folded to, where it is not the same (Unicode's simple case folding, which ends below there)."""

# Up to here whole numbers are floats, too.
_EXACT = 2.0**53

# A date, or a date and a time to the minute or finer; the separator may be a space (RFC 3339, section 5.6). The
# database reads the same texts as times: see the function `moment` in the migrations.
_TIME = re.compile(
    r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?",
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
        case Operator.NOT_CONTAINS:
            return not _contains(found, value)
        case Operator.STARTS_WITH:
            return isinstance(found, str) and isinstance(value, str) and fold(found).startswith(fold(value))
        case Operator.ENDS_WITH:
            return isinstance(found, str) and isinstance(value, str) and fold(found).endswith(fold(value))
        case Operator.GREATER_THAN:
            return _greater(found, value)
        case Operator.LESS_THAN:
            return _greater(value, found)
        case Operator.GREATER_OR_EQUAL:
            return _greater(found, value) or _level(found, value)
        case Operator.LESS_OR_EQUAL:
            return _greater(value, found) or _level(found, value)
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
            return _is_number(other) and _written(one) == _written(other)
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
        return isinstance(value, str) and fold(value) in fold(found)
    return _is_list(found) and any(_equal(element, value) for element in found)


def _greater(one: Json, other: Json) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        left, right = moment(one), moment(other)
        return left is not None and right is not None and left > right
    return _is_number(one) and _is_number(other) and _written(one) > _written(other)


def _level(one: Json, other: Json) -> bool:
    """Whether two numbers, or two dates or times, are neither greater nor less."""
    if isinstance(one, str) and isinstance(other, str):
        left, right = moment(one), moment(other)
        return left is not None and left == right
    return _is_number(one) and _is_number(other) and _written(one) == _written(other)


def fold(text: str) -> str:
    """The text without its case: letter by letter, and only where a letter stays one letter.

    So a text contains each of its parts (`lower` would not keep that, for the Greek final sigma), and the database can
    do the same with a table of letters.
    """
    return text.lower() if text.isascii() else text.translate(FOLDING)


def _is_number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(number: int | float) -> int | float:
    """The number that its decimal digits say, as the database has it.

    A large float lies elsewhere among the whole numbers than its digits do.
    """
    return int(Decimal(repr(number))) if isinstance(number, float) and _EXACT < abs(number) < inf else number


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
